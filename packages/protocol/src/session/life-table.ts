/**
 * What a node lives through across its sockets, as data (PROTOCOL.md HS-15).
 *
 * Theory of operation. A handshake belongs to one socket; a session does not.
 * The client's identity and the server's session each hold a status of their
 * own, moved by what happens on the sockets: a handshake reached PRECONNECTED or
 * CONNECTED, the last socket that carried the session was cut, the session was
 * ended. While a session is CONNECTED, a handshake on a further socket (a cycle)
 * moves nothing: it either takes the session along or comes to nothing.
 */
import type { Side, StatusName } from './status.ts'

/** What can happen to an identity. */
export type LifeEvent =
  /** The handshake of the newest socket is PRECONNECTED. */
  | 'preconnected'
  /** The handshake of the newest socket is CONNECTED. */
  | 'connected'
  /** No socket carries the session, or tries to, any more. */
  | 'cut'
  /** Ended formally, or given up by this side. */
  | 'end'
  /** Another owner has the session: the client begins anew. */
  | 'displaced'
  /** Nobody came back in time, or confirmed in time: the server forgets it. */
  | 'expired'

/** One transition. */
export interface LifeRow {
  readonly side: Side
  readonly from: StatusName
  readonly on: LifeEvent
  readonly to: StatusName
}

const row = (side: Side, from: StatusName, on: LifeEvent, to: StatusName): LifeRow => ({ side, from, on, to })

/** Every transition; what is not here changes nothing. */
export const LIFE_TABLE: readonly LifeRow[] = [
  row('client', 'OPEN', 'preconnected', 'PRECONNECTED'),
  row('client', 'PRECONNECTED', 'connected', 'CONNECTED'),
  row('client', 'PRECONNECTED', 'cut', 'RECONNECTING'),
  row('client', 'CONNECTED', 'cut', 'RECONNECTING'),
  row('client', 'RECONNECTING', 'preconnected', 'PRECONNECTED'),
  row('client', 'PRECONNECTED', 'displaced', 'OPEN'),
  row('client', 'CONNECTED', 'displaced', 'OPEN'),
  row('client', 'RECONNECTING', 'displaced', 'OPEN'),
  row('client', 'OPEN', 'end', 'DISCONNECTED'),
  row('client', 'PRECONNECTED', 'end', 'DISCONNECTED'),
  row('client', 'CONNECTED', 'end', 'DISCONNECTED'),
  row('client', 'RECONNECTING', 'end', 'DISCONNECTED'),

  row('server', 'OPEN', 'preconnected', 'PRECONNECTED'),
  row('server', 'PRECONNECTED', 'connected', 'CONNECTED'),
  row('server', 'PRECONNECTED', 'cut', 'RECONNECTING'),
  row('server', 'CONNECTED', 'cut', 'RECONNECTING'),
  row('server', 'RECONNECTING', 'connected', 'CONNECTED'),
  row('server', 'PRECONNECTED', 'expired', 'DISCONNECTED'),
  row('server', 'RECONNECTING', 'expired', 'DISCONNECTED'),
  row('server', 'PRECONNECTED', 'end', 'DISCONNECTED'),
  row('server', 'CONNECTED', 'end', 'DISCONNECTED'),
  row('server', 'RECONNECTING', 'end', 'DISCONNECTED'),
]

/** The status that a row leads to; undefined when the event changes nothing. */
export function lifeStep(side: Side, from: StatusName, on: LifeEvent): StatusName | undefined {
  return LIFE_TABLE.find((row) => row.side === side && row.from === from && row.on === on)?.to
}
