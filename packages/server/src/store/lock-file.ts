import {
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'

/** Only the server's own user reads it. */
const MODE = 0o600
/** How often a lock that counts for nothing is taken away: others may have done so at the same moment. */
const MAX_TRIES = 16

/**
 * Puts a file with a text there, whole from its first moment on, unless one is
 * there already that is not `free`. Of several processes that do so at once,
 * one succeeds, also where each finds the same one that is free.
 *
 * @returns a descriptor of it, or the text of the one that is there
 * @throws the system's error
 */
export function takeLock(path: string, text: string, free: (text: string) => boolean): number | string {
  const own = `${path}.${process.pid}`
  const handle = openSync(own, 'w', MODE)
  let taken = false
  try {
    writeSync(handle, text)
    let there: string | undefined
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      taken = place(own, path)
      if (taken) return handle
      there = textOf(path)
      if (there === undefined) continue
      if (!free(there)) return there
      takeAway(path, there, `${own}.old`)
    }
    return there ?? ''
  } finally {
    rmSync(own, { force: true })
    if (!taken) closeSync(handle)
  }
}

/** Whether nothing was there. */
function place(own: string, path: string): boolean {
  try {
    linkSync(own, path)
    return true
  } catch (error) {
    if (isThere(error)) return false
  }
  try {
    // some network file systems have no links
    copyFileSync(own, path, constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if (isThere(error)) return false
    throw error
  }
}

/** Takes a lock away that reads so. Somebody else may have done it, and put theirs there: that goes back. */
function takeAway(path: string, text: string, aside: string): void {
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (textOf(aside) !== text) place(aside, path)
  rmSync(aside, { force: true })
}

/** What cannot be read says nothing. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : ''
  }
}

function isThere(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST'
}
