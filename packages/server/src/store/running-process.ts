import { readFileSync } from 'node:fs'

/** Where the time that a process started at stands among the fields behind its name in `/proc/<id>/stat`. */
const START_FIELD = 19

/**
 * What tells a running process from a later one of the same number: its start in ticks since the machine's. Undefined
 * where the system does not say: only Linux does.
 */
export function startOf(id: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'latin1')
    // the name stands in brackets, and may have spaces and brackets in it
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD]
  } catch {
    return undefined
  }
}

/** Whether a process runs, and is the one that started then, as far as both can be told. */
export function isRunning(id: number, start: string | undefined): boolean {
  try {
    process.kill(id, 0)
  } catch (error) {
    // it runs, as somebody else's
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = startOf(id)
  return start === undefined || now === undefined || start === now
}
