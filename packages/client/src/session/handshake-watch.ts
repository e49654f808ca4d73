import { MAX_HANDSHAKE_MS } from './limits.ts'
import type { Line } from './line.ts'

/** Gives each handshake its time, more with each one in a row that was not finished (SES-14). */
export class HandshakeWatch {
  readonly #answerMs: number
  #line: Line | undefined
  #unanswered = 0
  /** When the present handshake is late; Infinity while there is none. */
  deadline = Number.POSITIVE_INFINITY

  constructor(answerMs: number) {
    this.#answerMs = answerMs
  }

  /** The server is to say its part. */
  expect(line: Line, now: number): void {
    this.#line = line
    this.deadline = now + Math.min(MAX_HANDSHAKE_MS, this.#answerMs * 2 ** this.#unanswered)
  }

  /** It did, or the connection is gone. */
  done(line: Line): void {
    if (line !== this.#line) return
    this.#forget()
    if (!line.closed) this.#unanswered = 0
  }

  /** The connection on which it did not. */
  late(now: number): Line | undefined {
    if (now < this.deadline) return undefined
    const line = this.#line
    this.#forget()
    this.#unanswered += 1
    return line
  }

  #forget(): void {
    this.#line = undefined
    this.deadline = Number.POSITIVE_INFINITY
  }
}
