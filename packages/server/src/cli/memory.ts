import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const KEEP_YOUNG_GENERATION = '--semi-space-growth-factor=1'
/** Whoever sets one of these knows better. */
const OWN_CHOICE = /semi[-_]space/

/** How often to look whether there is something to collect. */
const LOOK_EVERY_MS = 5_000
/** Less than that outside of the heap is not worth a collection. */
export const WORTH_COLLECTING_BYTES = 4 * 1024 * 1024

/**
 * Sets the process up for a relay, whose objects are small and point at bytes
 * outside of the heap. Those are freed only when their object is collected. So
 * the young generation stays at its first size, and what is left when traffic
 * has come to rest is collected then, not when the next traffic comes. This is
 * for the whole process: the command may do it, a library may not.
 */
export function keepMemoryLow(env: NodeJS.ProcessEnv): void {
  if (!OWN_CHOICE.test([env.NODE_OPTIONS, ...process.execArgv].join(' '))) {
    setFlagsFromString(KEEP_YOUNG_GENERATION)
  }
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') return
  const look = createIdleCollector(
    () => process.memoryUsage().arrayBuffers,
    () => collect(),
  )
  setInterval(look, LOOK_EVERY_MS).unref()
}

/**
 * What to call every {@link LOOK_EVERY_MS}: collects once when
 * {@link WORTH_COLLECTING_BYTES} were added since the last time and nothing has
 * moved from one look to the next.
 */
export function createIdleCollector(bytesOutside: () => number, collect: () => void): () => void {
  let lastBytes = 0
  let keptBytes = 0
  return () => {
    const bytes = bytesOutside()
    const isMoving = bytes !== lastBytes
    lastBytes = bytes
    if (bytes < keptBytes) keptBytes = bytes
    if (isMoving || bytes - keptBytes < WORTH_COLLECTING_BYTES) return
    collect()
    keptBytes = bytesOutside()
    lastBytes = keptBytes
  }
}
