import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { StarError } from '@socket-star/protocol'

/** Only the server's own user reads it. */
const MODE = 0o600
/** Files that a star of this process has. */
const claimed = new Set<string>()

/**
 * Claims a state file for this process, as long as it runs or until the
 * returned function is called: two that write it would lose one's sessions.
 * What is written beside it, `<file>.lock`, holds the number of the process;
 * one that was left by a process that is gone counts for nothing.
 *
 * @throws StarError ERR_CONFIG when somebody else has it, or nothing can be written there: better now than at the stop
 */
export function claimState(file: string): () => void {
  const path = resolve(file)
  const lock = `${path}.lock`
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw refused(path, 'is a directory')
  if (claimed.has(path)) throw refused(path, 'is in use by another star of this process')
  const holder = processIn(lock)
  if (holder !== undefined && holder !== process.pid && isRunning(holder)) {
    throw refused(path, `is in use by process ${holder}; if that is no server of yours, remove ${lock}`)
  }
  try {
    const handle = openSync(lock, 'w', MODE)
    writeSync(handle, `${process.pid}\n`)
    closeSync(handle)
  } catch (error) {
    throw refused(path, `cannot be written: ${error instanceof Error ? error.message : error}`)
  }
  claimed.add(path)
  return () => {
    // it may be gone with its directory
    if (claimed.delete(path)) rmSync(lock, { force: true })
  }
}

function processIn(lock: string): number | undefined {
  try {
    const id = Number.parseInt(readFileSync(lock, 'utf8'), 10)
    return id > 0 ? id : undefined
  } catch {
    return undefined
  }
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    // it runs, as somebody else's
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function refused(path: string, why: string): StarError {
  return new StarError('ERR_CONFIG', `the state file ${path} ${why}`)
}
