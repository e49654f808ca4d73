import type { Channel } from '../../channel/channel.ts'
import { parseMessage } from '../wire/message.ts'
import { decodePayload, type Encoded } from '../wire/payload.ts'

/** The application's events and requests that the other end is not known to have, as `[name, ...args]`, in order. */
export function unacknowledgedEvents(channel: Pick<Channel<Encoded>, 'unacknowledged'>): unknown[][] {
  return channel.unacknowledged().flatMap((payload) => {
    const message = parseMessage(decodePayload(payload))
    return message.kind === 'event' || message.kind === 'request' ? [[message.name, ...message.args]] : []
  })
}
