/** Socket.IO events of a session (SES-1). A plain client never sees one of them. */
export const SESSION_EVENTS = {
  /** The handshake: one string. */
  dop: 'dop',
  /** A client announces itself late: {@link Announcement}. */
  announce: 'star-announce',
  /** One frame of the Channel. */
  frame: 'star',
  /** The current parameters, after a resume: {@link Welcome}. */
  welcome: 'star-welcome',
  /** One message that goes around the Channel, and may be lost (SES-13). */
  volatile: 'star-volatile',
  /** A room message, through the adapter's broadcast: {@link RoomItem}. */
  room: 'star-room',
  /** Why the sender closes this socket: {@link Close}. */
  close: 'star-close',
} as const

/** The key under which an {@link Announcement} stands in a handshake's `auth` (SES-2). */
export const AUTH_KEY = 'socket-star'

/** Version of the session protocol. */
export const SESSION_VERSION = 1
