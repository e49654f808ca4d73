/** The server's half of the handshake, as data; its theory of operation stands with the client's. */
import {
  connected,
  ended,
  type HandshakeAction,
  type HandshakeTable,
  keepRemote,
  merge,
  renewed,
  resumed,
  sendLocal,
  sendToken,
} from './handshake-table.ts'
import { CONNECTED, DISCONNECTED, OPEN, PRECONNECTED } from './status.ts'

/** Asks the session records about the remote token. */
const ask: HandshakeAction = (_, party) => party.ask?.()

/** The session's token is the remote one. */
const adoptRemote: HandshakeAction = (handshake) => {
  handshake.token = handshake.remote
}

/** Every transition of a server's handshake; what is not here is refused. */
export const SERVER_HANDSHAKE: HandshakeTable = {
  [OPEN]: {
    open: [OPEN, sendLocal],
    single: [OPEN, keepRemote, ask],
    double: [OPEN, keepRemote, ask],
    fresh: [PRECONNECTED, sendLocal],
    resume: [CONNECTED, adoptRemote, sendToken, resumed],
  },
  [PRECONNECTED]: {
    remote: [CONNECTED, merge, connected],
    renewal: [CONNECTED, merge, renewed],
  },
  [CONNECTED]: {
    merged: [DISCONNECTED, ended],
    end: [DISCONNECTED, sendToken, ended],
  },
}
