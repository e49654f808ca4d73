import { explainErrorsWith } from './errors.ts'

/** What each code means, for people (PROTOCOL.md, ERR-1). A text may change at any time: match on the code. */
export const ERROR_TEXTS = {
  ERR_ABORTED: 'the caller aborted the operation',
  ERR_ADDRESS_TAKEN: 'another connection joined the address later, and has it now',
  ERR_ALREADY_JOINED: 'this client has joined the address on this socket already',
  ERR_BACKLOG: 'too much waits to be acknowledged: slow down when a send answers false',
  ERR_BAD_ADDRESS: 'the address is not a multiaddr, or not one this server accepts',
  ERR_BAD_DIAL_ID: 'the dial id is malformed',
  ERR_BAD_FRAME: 'what came on an event of a session cannot be read',
  ERR_BAD_KEY: 'the public key cannot be read, or is of a type that is not supported',
  ERR_BAD_REQUEST: 'the arguments are not of the kind that is asked for here',
  ERR_CHALLENGE: 'the challenge is not one that this client may sign',
  ERR_CHALLENGE_DISABLED:
    'the server let this client join without a challenge, and the client insists on one',
  ERR_CHALLENGE_EXPIRED: 'the challenge was not answered in time',
  ERR_CLOSED: 'the session, the peer or the connection it uses was closed',
  ERR_CONFIG: 'the options cannot be used as they are',
  ERR_DIAL_ID_IN_USE: 'the dial id is in use already',
  ERR_DIAL_REFUSED: 'the dialled peer refused',
  ERR_DIAL_TIMEOUT: 'the dialled peer did not answer in time',
  ERR_DISCONNECTED: 'the connection to the server was lost',
  ERR_EXHAUSTED: 'the sequence numbers are used up',
  ERR_FORBIDDEN: 'the server does not accept this client on this connection',
  ERR_HANDSHAKE: 'the token is not one that belongs here',
  ERR_ID_MISMATCH: 'the public key does not belong to the peer id in the address',
  ERR_INTERRUPTED: 'whoever worked on the request was lost before it answered',
  ERR_KEY_REQUIRED: 'the server asks for a proof of identity and no key was given',
  ERR_LEGACY_CHALLENGE: 'the server speaks the legacy challenge, which signs bytes of its choice',
  ERR_NAMESPACE: 'one star serves one namespace, and one namespace has one star',
  ERR_NOT_CONNECTED: 'there is no connection to the server',
  ERR_NOT_JOINED: 'the address was not joined on this socket',
  ERR_PEER_NOT_FOUND: 'no peer with this address is online',
  ERR_QUOTA: 'a limit of the server was reached',
  ERR_REMOTE: 'the other side reported an error without a code',
  ERR_SESSION_REFUSED: 'the server did not give this socket a session',
  ERR_SIGNATURE: 'the signature does not match the challenge',
  ERR_STREAM_BACKLOG: 'the reader was too slow for the sender for too long, and the stream was cut',
  ERR_STREAM_RESET: 'the stream was ended by the other side before it was complete',
  ERR_TIMEOUT: 'the other side did not answer in time',
  ERR_TOO_LARGE: 'a message is larger, or nests deeper, than one connection may carry',
}

/**
 * From here on errors of this process that are made without a text have their
 * code's. Servers and whoever joins a star call it; a page that only wraps a
 * socket reads the code, and does not carry the texts.
 */
export function explainErrors(): void {
  explainErrorsWith(ERROR_TEXTS, new RegExp(`^(${Object.keys(ERROR_TEXTS).join('|')}): (.*)`, 's'))
}
