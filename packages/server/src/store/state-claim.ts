import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { StarError } from '@socket-star/protocol'
import { isRunning, startOf } from './running-process.ts'

/** Only the server's own user reads it. */
const MODE = 0o600
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
  const holder = holderOf(lock)
  if (holder !== undefined && holder.id !== process.pid && isRunning(holder.id, holder.start)) {
    throw refused(path, `is in use by process ${holder.id}; if that is no server of yours, remove ${lock}`)
  }
  let handle: number | undefined = write(path, lock)
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

function write(path: string, lock: string): number {
  try {
    const handle = openSync(lock, 'w', MODE)
    writeSync(handle, `${[process.pid, startOf(process.pid)].join(' ').trim()}\n`)
    return handle
  } catch (error) {
    throw refused(path, `cannot be written: ${error instanceof Error ? error.message : error}`)
  }
}

interface Holder {
  readonly id: number
  readonly start: string | undefined
}

function holderOf(lock: string): Holder | undefined {
  try {
    const [number = '', start] = readFileSync(lock, 'utf8').trim().split(' ')
    const id = Number.parseInt(number, 10)
    return id > 0 ? { id, start } : undefined
  } catch {
    return undefined
  }
}

function refused(path: string, why: string): StarError {
  return new StarError('ERR_CONFIG', `the state file ${path} ${why}`)
}
