/**
 * The shape of what comes from the other side, as data. A check reads one value
 * and answers with it, or throws `ERR_BAD_FRAME`. It looks at a length before it
 * walks, and no deeper than it says: the work is bounded by a named limit
 * whatever arrived (SES-3).
 */
import { StarError } from '../../errors.ts'
import { MAX_REASON_LENGTH } from '../limits.ts'

/** Reads one value. Throws `ERR_BAD_FRAME`. */
export type Check<T> = (value: unknown) => T

/** Throws the error for a value that is not what its place asks for. */
export function bad(): never {
  throw new StarError('ERR_BAD_FRAME')
}

/** A safe integer of at least `least`. */
export const integer =
  (least: number): Check<number> =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least ? (value as number) : bad()

/** A safe integer from 1. */
export const positive: Check<number> = integer(1)

/** A string of at least one and at most `most` UTF-16 units. */
export const text =
  (most: number): Check<string> =>
  (value) =>
    typeof value === 'string' && value && value.length <= most ? value : bad()

/** The name of a reason. One of a later version is told as it is (SES-4, SES-5). */
export const reasonName: Check<string> = text(MAX_REASON_LENGTH)

/** An array of at most `most` elements, whatever they are. */
export function array(most: number, value: unknown): readonly unknown[] {
  return Array.isArray(value) && value.length <= most ? value : bad()
}
