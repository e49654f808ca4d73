import { MAX_OWNER_LENGTH } from '../limits.ts'
import { integer, record, text } from './check.ts'
import { SESSION_VERSION } from './events.ts'

/** How a client announces itself, in `auth` or on `dop` (SES-2). */
export interface Announcement {
  /** Version of the session protocol that the client speaks. */
  readonly v: number
  /** A random id of the wrapped client, unguessable. */
  readonly owner: string
  /** Rises with each socket that the owner opens, from 1. */
  readonly attempt: number
}

/** The announcement of a client's next socket. */
export function createAnnouncement(owner: string, attempt: number): Announcement {
  return { v: SESSION_VERSION, owner, attempt }
}

/** Reads an announcement. Throws `ERR_BAD_FRAME`. */
export function parseAnnouncement(value: unknown): Announcement {
  return record({ v: integer(1), owner: text(MAX_OWNER_LENGTH), attempt: integer(1) }, value)
}
