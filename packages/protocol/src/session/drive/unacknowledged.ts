import { parseMessage } from '../wire/message.ts'
import { decodePayload, type Encoded } from '../wire/payload.ts'

/** An event or a request of the application that the other end is not known to have. */
export interface Unacknowledged {
  readonly payload: Encoded
  /** As the application emitted it: `[name, ...args]`. */
  readonly event: unknown[]
  /** Of a request. */
  readonly id: number | undefined
}

/** The application's own among messages of this end, in order. */
export function unacknowledgedIn(payloads: readonly Encoded[]): Unacknowledged[] {
  return payloads.flatMap((payload) => {
    const message = parseMessage(decodePayload(payload))
    if (!('name' in message)) return []
    const { name, args, id }: { name: string; args: unknown[]; id?: number } = message
    return [{ payload, event: [name, ...args], id }]
  })
}
