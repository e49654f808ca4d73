import { StarError } from '../errors.ts'

/** What any value may turn out to be. */

/** @throws StarError ERR_BAD_REQUEST, with this text, for what has no properties */
export function record(value: unknown, text: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new StarError('ERR_BAD_REQUEST', text)
  return value as Record<string, unknown>
}

/** A whole number from 0 on; undefined for anything else. */
export function whole(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}
