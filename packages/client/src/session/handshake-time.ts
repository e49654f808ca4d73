import type { Carrier } from './carrier.ts'
import { MAX_HANDSHAKE_MS, MAX_UNFINISHED_HANDSHAKES } from './limits.ts'
import { Timer } from './timer.ts'

/** Gives each handshake its time, more with each one in a row that was not finished (SES-14). */
export class HandshakeTime extends Timer {
  #carrier: Carrier | undefined
  #unfinished = 0

  /** The server is to say its part. */
  expect(carrier: Carrier, answerMs: number, late: () => void): void {
    this.#carrier = carrier
    this.stop()
    // a server that has no sessions any more; Socket.IO itself notices a connection that is dead
    if (this.#unfinished >= MAX_UNFINISHED_HANDSHAKES) return
    this.set(Math.min(MAX_HANDSHAKE_MS, answerMs * 2 ** this.#unfinished), () => {
      this.#unfinished += 1
      late()
    })
  }

  /** It did, or the connection is gone. */
  done(carrier: Carrier): void {
    if (carrier !== this.#carrier) return
    this.stop()
    if (!carrier.closed) this.#unfinished = 0
  }
}
