import { StarError } from '@socket-star/protocol'
import { type Asking, decodePayload, type Encoded, parseMessage } from '@socket-star/protocol/session'

/** Messages that a session took along when it went: the application's alone. */
export class LostMessages {
  /** As the application emitted them: `[name, ...args]`. */
  readonly events: unknown[][] = []
  /** The ids of the requests among them. */
  readonly requests: number[] = []
  /** What was not taken yet. */
  payloads: readonly Encoded[]

  constructor(payloads: readonly Encoded[]) {
    const own: Encoded[] = []
    for (const payload of payloads) {
      const message = parseMessage(decodePayload(payload))
      if (message.kind !== 'event' && message.kind !== 'request') continue
      if (message.kind === 'request') this.requests.push(message.id)
      own.push(payload)
      this.events.push([message.name, ...message.args])
    }
    this.payloads = own
  }

  /** The messages, once: to be sent again. */
  take(): readonly Encoded[] {
    const { payloads } = this
    this.payloads = []
    return payloads
  }

  /** They are not sent again: nobody waits for a response to them. Does nothing once they were taken. */
  drop(asking: Asking, error: Error = new StarError('ERR_INTERRUPTED')): void {
    if (this.take().length > 0) for (const id of this.requests) asking.settle(id, error)
  }
}
