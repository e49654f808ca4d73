// Socket.IO events of a session (SES-1). A plain client never sees one of them.

/** The handshake: one string; or, of a client, its late {@link Announcement}. */
export const DOP_EVENT = 'dop'
/** One frame of the Channel. */
export const FRAME_EVENT = 'star'
/** One message that goes around the Channel (SES-13): an event, a live room message, or the parameters after a resume. */
export const VOLATILE_EVENT = 'star-volatile'
/** Why the sender closes this socket: {@link Close}. */
export const CLOSE_EVENT = 'star-close'

/** Version of the session protocol. */
export const SESSION_VERSION = 1

/** All of them; a client's bundle does without the table. */
export const SESSION_EVENTS = {
  dop: DOP_EVENT,
  frame: FRAME_EVENT,
  volatile: VOLATILE_EVENT,
  close: CLOSE_EVENT,
} as const

/** The key under which an {@link Announcement} stands in a handshake's `auth` (SES-2). */
export const AUTH_KEY = 'socket-star'
