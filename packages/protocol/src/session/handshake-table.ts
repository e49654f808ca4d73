/**
 * The dop handshake on one socket, as data (PROTOCOL.md HS-4 to HS-10).
 *
 * Theory of operation. Both sides hold a local token. A side that has nothing
 * to resume sends it at once, keeps the first token that comes as the remote
 * one (PRECONNECTED), says its own again to confirm, and is CONNECTED when the
 * remote token comes a second time; the session's token is the merge of both.
 * A client that has a session starts RECONNECTING with the merged token as its
 * local one, and stays silent until the server's token came; then it shows the
 * merged one. The server looks it up. Known: the server answers with the same
 * merged token and the session moves to this socket (resumed). Unknown: the
 * server goes on as with any other remote token and says its own again; by that
 * the client learns that its session is gone and confirms (renewed). While
 * CONNECTED the merged token, from either side, is the formal disconnection.
 *
 * A received token is named by what it equals before it is named by its length:
 *
 * - `merged`  the session's token, or the merged one that we had shown
 * - `remote`  the remote token again; `renewal` when one of the two that were shown is a merged token
 * - `single`, `double`  any other token of L or 2L characters but our own
 * - `other`   everything else
 *
 * A pair of status and event that has no row is a violation: coded drop and
 * close. The server's look-up may take its time; `fresh` and `resume` are its
 * answers.
 */
import type { Handshake, HandshakeParty } from './handshake.ts'
import { CONNECTED, DISCONNECTED, OPEN, PRECONNECTED, RECONNECTING, type Status } from './status.ts'

/** What can happen to a handshake. */
export type HandshakeEvent =
  | 'open'
  | 'single'
  | 'double'
  | 'remote'
  | 'renewal'
  | 'merged'
  | 'other'
  | 'fresh'
  | 'resume'
  | 'end'

/** What a row does, in the order of the row, after the status has changed. */
export type HandshakeAction = (
  handshake: Handshake,
  party: HandshakeParty,
  on: HandshakeEvent,
  value: unknown,
) => void

export const sendLocal: HandshakeAction = (handshake, party) => party.send(handshake, handshake.local)

/** Of a socket that is CONNECTED: it has one. */
export const sendToken: HandshakeAction = (handshake, party) =>
  party.send(handshake, handshake.token as string)

/** Keeps what came as the remote token. */
export const keepRemote: HandshakeAction = (handshake, _party, _on, value) => {
  handshake.remote = value as string
}

/** The session's token is the merge of the local and the remote one. */
export const merge: HandshakeAction = (handshake) => {
  handshake.token = handshake.merged
}

/** This socket carries a session that is new. */
export const connected: HandshakeAction = (handshake, party) => party.connected(handshake, 'new')

/** The same, and the client had shown the token of another one. */
export const renewed: HandshakeAction = (handshake, party) => party.connected(handshake, 'renewed')

/** This socket carries the session that was asked for. */
export const resumed: HandshakeAction = (handshake, party) => party.connected(handshake, 'resumed')

/** The session ended formally. */
export const ended: HandshakeAction = (_handshake, party, on) => party.ended(on === 'end')

/** A row of a table: the status that follows, and what is done. */
type HandshakeRow = readonly [Status, ...HandshakeAction[]]

/** The row of whatever has none. */
export const REFUSED: HandshakeRow = [DISCONNECTED, (handshake, party) => party.broken(handshake)]

/** One side: by status and event, the status that follows and what is done. */
export type HandshakeTable = {
  readonly [S in Status]?: {
    readonly [E in HandshakeEvent]?: HandshakeRow
  }
}

/** Every transition of a client's handshake; what is not here is refused. */
export const CLIENT_HANDSHAKE: HandshakeTable = {
  [OPEN]: {
    open: [OPEN, sendLocal],
    single: [PRECONNECTED, keepRemote, sendLocal],
  },
  [RECONNECTING]: {
    open: [RECONNECTING],
    single: [PRECONNECTED, keepRemote, sendLocal],
  },
  [PRECONNECTED]: {
    remote: [CONNECTED, merge, connected],
    merged: [CONNECTED, resumed],
    renewal: [CONNECTED, merge, sendLocal, renewed],
  },
  [CONNECTED]: {
    merged: [DISCONNECTED, ended],
    end: [DISCONNECTED, sendToken, ended],
  },
}
