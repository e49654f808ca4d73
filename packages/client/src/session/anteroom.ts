import { StarError } from '@socket-star/protocol'
import { DEFAULT_BACKLOG_BYTES, DEFAULT_BACKLOG_MESSAGES } from '@socket-star/protocol/channel'
import { type Encoded, payloadBytes } from '@socket-star/protocol/session'

/** What was emitted and waits for a welcome: until then nobody knows how large a message may be (SES-15). */
export class Anteroom {
  readonly messages: Encoded[] = []
  bytes = 0

  /** @throws StarError ERR_BACKLOG past what a Channel would keep */
  push(payload: Encoded): void {
    const bytes = payloadBytes(payload)
    if (this.messages.length >= DEFAULT_BACKLOG_MESSAGES || this.bytes + bytes > DEFAULT_BACKLOG_BYTES) {
      throw new StarError('ERR_BACKLOG')
    }
    this.messages.push(payload)
    this.bytes += bytes
  }
}
