import { REQUEST } from '../wire/kinds.ts'
import { decodePayload, type Encoded } from '../wire/payload.ts'

/** An event or a request of the application that the other end is not known to have. */
export interface Unacknowledged {
  readonly payload: Encoded
  /** As the application emitted it: `[name, ...args]`. */
  readonly event: unknown[]
  /** Of a request; 0, which is none's, of an event. */
  readonly id: number
}

/** The application's own among messages of this end, in order. */
export function unacknowledgedIn(payloads: readonly Encoded[]): Unacknowledged[] {
  return payloads.flatMap((payload) => {
    const event = decodePayload(payload) as unknown[]
    // what this end wrote itself needs no second look
    const id = event[0] === REQUEST ? (event.splice(0, 2)[1] as number) : 0
    return typeof event[0] === 'string' ? [{ payload, event, id }] : []
  })
}
