import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const COLLECTIONS = 3
const PAUSE_MS = 100

/** A collection that also gives pages back, as a process does in the end that has been idle for long. */
const THOROUGH = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const

/** Resident memory after garbage was collected. */
export async function settledRssBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect: (options: typeof THOROUGH) => void = runInNewContext('gc')
  for (let nth = 0; nth < COLLECTIONS; nth++) {
    collect(THOROUGH)
    await delay(PAUSE_MS)
  }
  return process.memoryUsage.rss()
}
