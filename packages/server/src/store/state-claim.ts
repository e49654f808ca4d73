import { closeSync, rmSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { StarError } from '@socket-star/protocol'
import { takeLock } from './lock-file.ts'
import { isRunning, startOf } from './running-process.ts'

/** Files that a star of this process has. */
const claimed = new Set<string>()

/** A state file that this process has to itself. */
export interface StateClaim {
  /** Gives back the descriptor that was kept for the write: a process at its limit could not open the file. */
  makeRoom(): void
  /** Lets others have the file. */
  release(): void
}

/**
 * Claims a state file for this process, as long as it runs or until the claim
 * is released: two that write it would lose one's sessions. What is written
 * beside it, `<file>.lock`, holds the number of the process and when it
 * started; one that was left by a process that is gone counts for nothing,
 * also when another one has its number since.
 *
 * @throws StarError ERR_CONFIG when somebody else has it, or nothing can be written there: better now than at the stop
 */
export function claimState(file: string): StateClaim {
  const path = resolve(file)
  const lock = `${path}.lock`
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw refused(path, 'is a directory')
  if (claimed.has(path)) throw refused(path, 'is in use by another star of this process')
  let handle: number | undefined = take(path, lock)
  const makeRoom = (): void => {
    if (handle !== undefined) closeSync(handle)
    handle = undefined
  }
  claimed.add(path)
  return {
    makeRoom,
    release: () => {
      makeRoom()
      // it may be gone with its directory
      if (claimed.delete(path)) rmSync(lock, { force: true })
    },
  }
}

/** Answers the descriptor of the lock. */
function take(path: string, lock: string): number {
  const text = `${[process.pid, startOf(process.pid)].join(' ').trim()}\n`
  let taken: number | string
  try {
    taken = takeLock(lock, text, (there) => !isHeld(there))
  } catch (error) {
    throw refused(path, `cannot be written: ${error instanceof Error ? error.message : error}`)
  }
  if (typeof taken === 'number') return taken
  throw refused(
    path,
    `is in use by process ${Number.parseInt(taken, 10)}; if that is no server of yours, remove ${lock}`,
  )
}

/** Whether whoever wrote it runs still, and is not this process: that one has its number since. */
function isHeld(text: string): boolean {
  const [number = '', start] = text.trim().split(' ')
  const id = Number.parseInt(number, 10)
  return id > 0 && id !== process.pid && isRunning(id, start)
}

function refused(path: string, why: string): StarError {
  return new StarError('ERR_CONFIG', `the state file ${path} ${why}`)
}
