import type { EndOrError, Source } from '@socket-star/pull-stream'

/** Reads one chunk. */
export function readOne<T>(source: Source<T>): Promise<{ end: EndOrError; chunk: T | undefined }> {
  return new Promise((resolve) => source(null, (end, chunk) => resolve({ end, chunk })))
}

/** Reads to the end. */
export async function readAll<T>(source: Source<T>): Promise<{ end: EndOrError; chunks: T[] }> {
  const chunks: T[] = []
  for (;;) {
    const { end, chunk } = await readOne(source)
    if (end) return { end, chunks }
    chunks.push(chunk as T)
  }
}

/** A source of these chunks, then of `end`. It notes how often it was read and what it was aborted with. */
export function scripted<T>(chunks: readonly T[], end: EndOrError = true) {
  const rest = [...chunks]
  const log = { reads: 0, aborted: null as EndOrError }
  const source: Source<T> = (abort, callback) => {
    if (abort) {
      log.aborted = abort
      callback(abort)
      return
    }
    log.reads++
    const chunk = rest.shift()
    if (chunk === undefined) callback(end)
    else callback(null, chunk)
  }
  return { source, log }
}

/** A source that answers no read until it is aborted. */
export function silent(): { source: Source<Uint8Array>; log: { aborted: EndOrError } } {
  const log = { aborted: null as EndOrError }
  const source: Source<Uint8Array> = (abort, callback) => {
    if (!abort) return
    log.aborted = abort
    callback(abort)
  }
  return { source, log }
}

/** The code that an end carries. */
export function codeOf(end: unknown): unknown {
  return typeof end === 'object' && end !== null && 'code' in end ? end.code : end
}

/** Waits until `condition` holds; looks again at each turn of the event loop. */
export async function until(condition: () => boolean, what: string, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
