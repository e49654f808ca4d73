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
import type { StatusName } from './status.ts'

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

/** Rows of one side: the status and the event, then the status that follows. What is not here changes nothing. */
export type LifeTable = { readonly [K in `${StatusName} ${LifeEvent}`]?: StatusName }

/** Every transition of a client's identity. Its status follows from its sockets; these are the steps that it takes. */
export const CLIENT_LIFE: LifeTable = {
  'OPEN preconnected': 'PRECONNECTED',
  'OPEN end': 'DISCONNECTED',
  'PRECONNECTED connected': 'CONNECTED',
  'PRECONNECTED cut': 'RECONNECTING',
  'PRECONNECTED displaced': 'OPEN',
  'PRECONNECTED end': 'DISCONNECTED',
  'CONNECTED cut': 'RECONNECTING',
  // the socket was cut while a further one's handshake had come that far
  'CONNECTED preconnected': 'PRECONNECTED',
  'CONNECTED displaced': 'OPEN',
  'CONNECTED end': 'DISCONNECTED',
  'RECONNECTING preconnected': 'PRECONNECTED',
  'RECONNECTING displaced': 'OPEN',
  'RECONNECTING end': 'DISCONNECTED',
}

/** Every transition of a server's session. */
export const SERVER_LIFE: LifeTable = {
  'OPEN preconnected': 'PRECONNECTED',
  'PRECONNECTED connected': 'CONNECTED',
  'PRECONNECTED cut': 'RECONNECTING',
  'PRECONNECTED expired': 'DISCONNECTED',
  'PRECONNECTED end': 'DISCONNECTED',
  'CONNECTED cut': 'RECONNECTING',
  'CONNECTED end': 'DISCONNECTED',
  'RECONNECTING connected': 'CONNECTED',
  'RECONNECTING expired': 'DISCONNECTED',
  'RECONNECTING end': 'DISCONNECTED',
}
