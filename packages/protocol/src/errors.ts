/**
 * The error registry (PROTOCOL.md, ERR clauses). A code never changes its
 * meaning and is never reused; a message may change at any time. Match on
 * `code`, never on text.
 */
export const ERROR_CODES = {
  ERR_ABORTED: 'the caller aborted the operation',
  ERR_ADDRESS_TAKEN: 'another connection joined the address later, and has it now',
  ERR_ALREADY_JOINED: 'this client has joined the address on this socket already',
  ERR_BACKLOG: 'too much waits to be acknowledged: slow down when a send answers false',
  ERR_BAD_ADDRESS: 'the address is not a multiaddr, or not one this server accepts',
  ERR_BAD_DIAL_ID: 'the dial id is malformed',
  ERR_BAD_FRAME: 'what came on an event of a session cannot be read',
  ERR_BAD_KEY: 'the public key cannot be read, or is of a type that is not supported',
  ERR_BAD_REQUEST: 'the arguments do not have the shape that the event asks for',
  ERR_CHALLENGE: 'the challenge is not one that this client may sign',
  ERR_CHALLENGE_DISABLED:
    'the server let this client join without a challenge, and the client insists on one',
  ERR_CHALLENGE_EXPIRED: 'the challenge was not answered in time',
  ERR_CLOSED: 'the peer or the connection it uses was closed',
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
  ERR_TOO_LARGE: 'a message is larger than one connection may carry',
} as const

/** Every code of the registry. */
export type ErrorCode = keyof typeof ERROR_CODES

const BRAND = Symbol.for('socket-star.error')

/** Every error that this suite raises or hands on: a stable `code` beside a message for people. */
export class StarError extends Error {
  override readonly name = 'StarError'
  readonly code: ErrorCode
  /** Marks the class across copies of this module in one process. */
  readonly [BRAND] = true

  constructor(code: ErrorCode, message: string = ERROR_CODES[code], options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** True for a {@link StarError}, also one that another copy of this module made. */
export function isStarError(value: unknown): value is StarError {
  return typeof value === 'object' && value !== null && BRAND in value
}

/**
 * An error as it travels (ERR-2): `CODE: message`. A string, because a legacy
 * peer hands whatever it gets to `new Error()`, and an `Error` object would
 * arrive as `{}`.
 */
export function errorToWire(error: unknown): string {
  if (isStarError(error)) return `${error.code}: ${error.message}`
  return `ERR_REMOTE: ${ERROR_CODES.ERR_REMOTE}`
}

const WIRE_ERROR = /^(ERR_[A-Z0-9_]{1,40}): ([\s\S]*)$/
/** The longest error text that is taken over from another side, in UTF-16 units (ERR-4). */
export const MAX_ERROR_TEXT = 512

/**
 * What the other side sent where an error belongs (ERR-3). Whatever it is, the
 * answer is a {@link StarError}: a known code stays, anything else becomes
 * `fallback` with the text that came, cut to {@link MAX_ERROR_TEXT}.
 */
export function errorFromWire(value: unknown, fallback: ErrorCode = 'ERR_REMOTE'): StarError {
  if (typeof value !== 'string' || value === '') return new StarError(fallback)
  const text = value.slice(0, MAX_ERROR_TEXT)
  const match = WIRE_ERROR.exec(text)
  const code = match?.[1]
  if (code !== undefined && Object.hasOwn(ERROR_CODES, code)) {
    return new StarError(code as ErrorCode, match?.[2])
  }
  return new StarError(fallback, text)
}
