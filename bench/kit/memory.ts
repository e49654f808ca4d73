import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const COLLECTIONS = 3
const PAUSE_MS = 100

/** Resident memory after garbage was collected. */
export async function settledRssBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  for (let nth = 0; nth < COLLECTIONS; nth++) {
    collect()
    await delay(PAUSE_MS)
  }
  return process.memoryUsage.rss()
}
