import type { ERROR_TEXTS } from './error-texts.ts'

/**
 * Every code of the registry (PROTOCOL.md, ERR clauses). A code never changes
 * its meaning and is never reused. Match on `code`, never on text.
 */
export type ErrorCode = keyof typeof ERROR_TEXTS

/** The longest error text that is taken over from another side, in UTF-16 units (ERR-4). */
export const MAX_ERROR_TEXT = 512

/** Whatever has the form of a code, and its text. */
export const ANY_CODE = /^(ERR_[A-Z0-9_]{1,40}): (.*)/s

/** The registry, where it was given to this process, and what travels with a code that is known. */
let texts: { readonly [code: string]: string } = {}
let known = ANY_CODE

/** Gives errors that are made from here on, and have no text of their own, one by their code; `codes`: that are known then. */
export function explainErrorsWith(textByCode: typeof texts, codes: RegExp): void {
  texts = textByCode
  known = codes
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
  return (value as { [BRAND]?: unknown } | null | undefined)?.[BRAND] === true
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

/**
 * What the other side sent where an error belongs (ERR-3). Whatever it is, the
 * answer is a {@link StarError}: a known code stays, anything else becomes
 * `fallback` with the text that came, cut to {@link MAX_ERROR_TEXT}. Without
 * the registry whatever has the form of a code is known.
 */
export function errorFromWire(value: unknown, fallback: ErrorCode = 'ERR_REMOTE'): StarError {
  const text = typeof value === 'string' ? value.slice(0, MAX_ERROR_TEXT) : ''
  const [, code, rest] = known.exec(text) ?? []
  if (!code) return new StarError(fallback, text || undefined)
  // who had no text to send sent the code twice
  return new StarError(code as ErrorCode, rest === code ? undefined : rest)
}
