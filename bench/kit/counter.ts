import type { Received } from '../benches/relay.ts'
import { nowMs } from './clock.ts'

/** Counts what comes in. */
export class Counter {
  #bytes = 0

  add(bytes: number): void {
    this.#bytes += bytes
  }

  received(): Received {
    return { bytes: this.#bytes, atMs: nowMs() }
  }
}
