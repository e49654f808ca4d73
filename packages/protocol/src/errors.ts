/**
 * The error registry without its first four letters (PROTOCOL.md, ERR clauses).
 * A code never changes its meaning and is never reused. Match on `code`, never
 * on text; `error-texts.ts` has the texts, for those who show them to people.
 */
const NAMES = [
  'ABORTED',
  'ADDRESS_TAKEN',
  'ALREADY_JOINED',
  'BACKLOG',
  'BAD_ADDRESS',
  'BAD_DIAL_ID',
  'BAD_FRAME',
  'BAD_KEY',
  'BAD_REQUEST',
  'CHALLENGE',
  'CHALLENGE_DISABLED',
  'CHALLENGE_EXPIRED',
  'CLOSED',
  'CONFIG',
  'DIAL_ID_IN_USE',
  'DIAL_REFUSED',
  'DIAL_TIMEOUT',
  'DISCONNECTED',
  'EXHAUSTED',
  'FORBIDDEN',
  'HANDSHAKE',
  'ID_MISMATCH',
  'INTERRUPTED',
  'KEY_REQUIRED',
  'LEGACY_CHALLENGE',
  'NAMESPACE',
  'NOT_CONNECTED',
  'NOT_JOINED',
  'PEER_NOT_FOUND',
  'QUOTA',
  'REMOTE',
  'SESSION_REFUSED',
  'SIGNATURE',
  'STREAM_BACKLOG',
  'STREAM_RESET',
  'TIMEOUT',
  'TOO_LARGE',
] as const

/** Every code of the registry. */
export type ErrorCode = `ERR_${(typeof NAMES)[number]}`

let texts: { readonly [code in ErrorCode]?: string } = {}

/** Gives errors that are made from here on, and have no text of their own, one by their code. */
export function explainErrorsWith(textByCode: typeof texts): void {
  texts = textByCode
}

const BRAND = Symbol.for('socket-star.error')

/**
 * Every error that this suite raises or hands on: a stable `code` beside a
 * message for people, which is the code itself where nothing more is said.
 */
export class StarError extends Error {
  override readonly name = 'StarError'
  readonly code: ErrorCode
  /** Marks the class across copies of this module in one process. */
  readonly [BRAND] = true

  constructor(code: ErrorCode, message: string = texts[code] ?? code, options?: ErrorOptions) {
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
  const { code, message } = isStarError(error) ? error : new StarError('ERR_REMOTE')
  return `${code}: ${message}`
}

const WIRE_ERROR = /^ERR_([A-Z0-9_]{1,40}): ([\s\S]*)$/
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
  const [, name, rest] = WIRE_ERROR.exec(text) ?? []
  const known = NAMES.find((each) => each === name)
  if (known === undefined) return new StarError(fallback, text)
  const code: ErrorCode = `ERR_${known}`
  // who had no text to send sent the code twice
  return new StarError(code, rest === code ? undefined : rest)
}
