import { MAX_OWNER_LENGTH } from '../limits.ts'
import { array, positive, text } from './check.ts'

/** How a client announces itself, in `auth` or on `dop` (SES-2). */
export type Announcement = readonly [
  /** Version of the session protocol that the client speaks. */
  version: number,
  /** A random id of the wrapped client, unguessable. */
  owner: string,
  /** Rises with each socket that the owner opens, from 1. */
  attempt: number,
]

/** Elements of an announcement that are read; a later version may have more. */
const MAX_ANNOUNCED = 16

/** Reads an announcement. Throws `ERR_BAD_FRAME`. */
export function parseAnnouncement(value: unknown): { readonly owner: string; readonly attempt: number } {
  const [version, owner, attempt] = array(MAX_ANNOUNCED, value)
  positive(version)
  return { owner: text(MAX_OWNER_LENGTH)(owner), attempt: positive(attempt) }
}
