import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where the processes of a stack run: one after the other on one processor, or each on one of its own. */
export type Placement = 'together' | 'apart'

/** The processors that this process may run on; none where the system does not say. */
export function processors(): readonly number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
    return list.split(',').flatMap(rangeOf)
  } catch {
    // Not Linux.
    return []
  }
}

/** Where each of so many processes is put; undefined where there are not enough processors. */
export function placesFor(
  placement: Placement,
  count: number,
  known: readonly number[],
): readonly number[] | undefined {
  // the first one has more of the system's own work to do
  const last = known.at(-1)
  if (last === undefined) return undefined
  if (placement === 'together') return Array.from({ length: count }, () => last)
  return known.length < count ? undefined : known.slice(-count)
}

/** Keeps a process, all of its threads, on some processors; false where the system cannot be told. */
export async function keepOn(pid: number | undefined, on: readonly number[]): Promise<boolean> {
  if (pid === undefined || on.length === 0) return false
  try {
    await run('taskset', ['--all-tasks', '--cpu-list', '--pid', on.join(','), String(pid)])
    return true
  } catch {
    return false
  }
}

/** `2` or `0-3`, as the kernel writes them. */
function rangeOf(text: string): number[] {
  const [first = Number.NaN, last = first] = text.split('-').map(Number)
  return Number.isInteger(last - first)
    ? Array.from({ length: last - first + 1 }, (_, index) => first + index)
    : []
}
