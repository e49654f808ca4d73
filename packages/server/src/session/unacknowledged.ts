import type { Channel } from '@socket-star/protocol/channel'
import { decodePayload, type Encoded, parseMessage } from '@socket-star/protocol/session'

/** The application's events and requests that the other end is not known to have, as `[name, ...args]`, in order. */
export function unacknowledgedEvents(channel: Channel<Encoded>): unknown[][] {
  return channel.unacknowledged().flatMap((payload) => {
    const message = parseMessage(decodePayload(payload))
    return message.kind === 'event' || message.kind === 'request' ? [[message.name, ...message.args]] : []
  })
}
