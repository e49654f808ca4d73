import { createHash } from 'node:crypto'
import { type SeededPlan, seededChunks } from '../seeded.ts'
import { type Arguments, describeError, type ErrorReport, type Handler } from './commands.ts'

type End = unknown
type ReadCallback = (end: End, data?: Uint8Array) => void
/** A pull-stream source, as legacy and new packages both have it. */
type PullSource = (abort: End, callback: ReadCallback) => void
/** A pull-stream duplex, as legacy and new packages both have it. */
export interface PullDuplex {
  source: PullSource
  sink: (source: PullSource) => void
}

/** How one direction of a stream ended. `error` is absent after a clean end. */
export interface Outcome {
  readonly bytes: number
  readonly sha256: string
  readonly ms: number
  readonly error?: ErrorReport
}

/** The streams of a client role, and the commands on them. */
export class StreamTable {
  readonly #streams = new Map<string, PullDuplex>()
  readonly #received = new Map<string, number>()
  #next = 1

  /** Keeps a stream; the answer is its name towards the test. */
  add(duplex: PullDuplex): string {
    const name = `s${this.#next++}`
    this.#streams.set(name, duplex)
    return name
  }

  /** `send`, `receive`, `received` and `forget`. */
  get commands(): Record<string, Handler> {
    return {
      send: (args) => sendSeeded(this.#get(args), args as SeededPlan & { bytesPerS?: number }),
      receive: (args) => {
        const { stream, bytesPerS } = args
        return receiveAll(this.#get(args), bytesPerS, (bytes) => this.#received.set(stream, bytes))
      },
      received: ({ stream }) => this.#received.get(stream) ?? 0,
      forget: ({ stream }) => {
        this.#streams.delete(stream)
        this.#received.delete(stream)
      },
    }
  }

  #get({ stream }: Arguments): PullDuplex {
    const duplex = this.#streams.get(stream)
    if (duplex === undefined) throw new Error(`no stream ${stream} here`)
    return duplex
  }
}

/**
 * Writes the bytes of a seed and ends the direction. One chunk a loop turn:
 * the legacy sink reads its source in one go and would recurse. Settles when
 * the sink has taken the end, or has aborted.
 */
export function sendSeeded(duplex: PullDuplex, plan: SeededPlan & { bytesPerS?: number }): Promise<Outcome> {
  return new Promise((resolve) => {
    const tally = new Tally(plan.bytesPerS)
    const chunks = seededChunks(plan)
    duplex.sink((abort, callback) => {
      if (abort) {
        callback(abort)
        resolve(tally.outcome(abort))
        return
      }
      const { done, value } = chunks.next()
      if (done) {
        resolve(tally.outcome(true))
        callback(true)
        return
      }
      tally.add(value)
      tally.pace(() => callback(null, value))
    })
  })
}

/** Reads a direction to its end. */
export function receiveAll(
  duplex: PullDuplex,
  bytesPerS?: number,
  progress: (bytes: number) => void = () => {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const tally = new Tally(bytesPerS)
    const read = () =>
      duplex.source(null, (end, data) => {
        if (end || data === undefined) {
          resolve(tally.outcome(end))
          return
        }
        tally.add(data)
        progress(tally.bytes)
        tally.pace(read)
      })
    read()
  })
}

/** Counts, hashes and paces one direction of a stream. */
class Tally {
  bytes = 0
  readonly #hash = createHash('sha256')
  readonly #startedMs = performance.now()
  readonly #bytesPerS: number | undefined

  constructor(bytesPerS: number | undefined) {
    this.#bytesPerS = bytesPerS
  }

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length
    this.#hash.update(chunk)
  }

  /** Goes on in the next loop turn, or as late as the speed asks for. */
  pace(next: () => void): void {
    if (this.#bytesPerS === undefined) {
      setImmediate(next)
      return
    }
    const dueMs = this.#startedMs + (this.bytes / this.#bytesPerS) * 1000
    const waitMs = dueMs - performance.now()
    if (waitMs > 1) setTimeout(next, waitMs)
    else setImmediate(next)
  }

  outcome(end: End): Outcome {
    const ms = Math.round(performance.now() - this.#startedMs)
    const done = { bytes: this.bytes, sha256: this.#hash.digest('hex'), ms }
    return end === true ? done : { ...done, error: describeError(end) }
  }
}
