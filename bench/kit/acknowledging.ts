import type { Counter } from './counter.ts'
import { type Duplex, Mailbox, readAll } from './pull.ts'

const ACKNOWLEDGE_EVERY_CHUNKS = 16

/** Counts what comes in on a stream and answers every sixteenth chunk on the way back. */
export function acknowledging(counter: Counter): (stream: Duplex) => void {
  return ({ source, sink }) => {
    const acknowledgements = new Mailbox()
    sink(acknowledgements.source)
    let chunks = 0
    readAll(source, (chunk) => {
      counter.add(chunk.length)
      if (++chunks % ACKNOWLEDGE_EVERY_CHUNKS === 0) {
        acknowledgements.put(Uint8Array.of(ACKNOWLEDGE_EVERY_CHUNKS))
      }
    }).finally(() => acknowledgements.end())
  }
}
