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
 * - `merged`  the session's token, once CONNECTED
 * - `remote`  the remote token again; `renewal` when we had shown a merged token
 * - `shown`   our local token, when it is a merged one that we had shown
 * - `own`     our local token, when it is a single one
 * - `single`, `double`  any other token of L or 2L characters
 * - `other`   everything else
 *
 * A pair of status and event that has no row is a violation: coded drop and
 * close. The server's look-up may take its time; `fresh` and `resume` are its
 * answers.
 */
import type { StatusName } from './status.ts'

/** What can happen to a handshake. */
export type HandshakeEvent =
  | 'open'
  | 'single'
  | 'double'
  | 'own'
  | 'shown'
  | 'remote'
  | 'renewal'
  | 'merged'
  | 'other'
  | 'fresh'
  | 'resume'
  | 'end'

/** What a row does, in the order of the row, after the status has changed. */
export type HandshakeAction =
  /** Send the local token. */
  | 'send-local'
  /** Send the session's token. */
  | 'send-token'
  /** Keep what came as the remote token. */
  | 'keep-remote'
  /** Ask the session records about the remote token. */
  | 'ask'
  /** The session's token is the merge of the local and the remote one. */
  | 'merge'
  /** The session's token is the local one. */
  | 'adopt-local'
  /** The session's token is the remote one. */
  | 'adopt-remote'
  /** Tell that this socket carries the session now. */
  | 'connected'
  /** Tell that the session ended formally. */
  | 'ended'

/** Rows of one side: the status and the event, then the status that follows and what is done. */
export type HandshakeTable = {
  readonly [K in `${StatusName} ${HandshakeEvent}`]?: readonly [StatusName, ...HandshakeAction[]]
}

/** Every transition of a client's handshake; what is not here is refused. */
export const CLIENT_HANDSHAKE: HandshakeTable = {
  'OPEN open': ['OPEN', 'send-local'],
  'OPEN single': ['PRECONNECTED', 'keep-remote', 'send-local'],
  'RECONNECTING open': ['RECONNECTING'],
  'RECONNECTING single': ['PRECONNECTED', 'keep-remote', 'send-local'],
  'PRECONNECTED remote': ['CONNECTED', 'merge', 'connected'],
  'PRECONNECTED shown': ['CONNECTED', 'adopt-local', 'connected'],
  'PRECONNECTED renewal': ['CONNECTED', 'merge', 'send-local', 'connected'],
  'CONNECTED merged': ['DISCONNECTED', 'ended'],
  'CONNECTED end': ['DISCONNECTED', 'send-token', 'ended'],
}

/** Every transition of a server's handshake; what is not here is refused. */
export const SERVER_HANDSHAKE: HandshakeTable = {
  'OPEN open': ['OPEN', 'send-local'],
  'OPEN single': ['OPEN', 'keep-remote', 'ask'],
  'OPEN double': ['OPEN', 'keep-remote', 'ask'],
  'OPEN fresh': ['PRECONNECTED', 'send-local'],
  'OPEN resume': ['CONNECTED', 'adopt-remote', 'send-token', 'connected'],
  'PRECONNECTED remote': ['CONNECTED', 'merge', 'connected'],
  'CONNECTED merged': ['DISCONNECTED', 'ended'],
  'CONNECTED end': ['DISCONNECTED', 'send-token', 'ended'],
}
