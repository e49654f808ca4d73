import { StarError } from '@socket-star/protocol'
import { type Asking, decodePayload, type Encoded, parseMessage } from '@socket-star/protocol/session'
import type { RenewReason } from './types.ts'

/** Messages that a session took along when it went: the application's alone. */
export class LostMessages {
  readonly reason: RenewReason | undefined
  /** As the application emitted them: `[name, ...args]`. */
  readonly events: unknown[][] = []
  readonly #asking: Asking
  readonly #requests: number[] = []
  #payloads: Encoded[] = []

  constructor(payloads: readonly Encoded[], asking: Asking, reason?: RenewReason) {
    this.#asking = asking
    this.reason = reason
    for (const payload of payloads) {
      const message = parseMessage(decodePayload(payload))
      if (message.kind !== 'event' && message.kind !== 'request') continue
      if (message.kind === 'request') this.#requests.push(message.id)
      this.#payloads.push(payload)
      this.events.push([message.name, ...message.args])
    }
  }

  /** Requests that the server had received: it will not answer them any more. */
  interruptOthers(): void {
    this.#asking.fail('ERR_INTERRUPTED', (id) => !this.#requests.includes(id))
  }

  /** The messages, once: to be sent again. */
  take(): readonly Encoded[] {
    const payloads = this.#payloads
    this.#payloads = []
    return payloads
  }

  /** They are not sent again: nobody waits for a response to them. Does nothing once they were taken. */
  drop(error: Error = new StarError('ERR_INTERRUPTED', 'the session was renewed')): void {
    if (this.take().length > 0) for (const id of this.#requests) this.#asking.settle(id, error)
  }
}
