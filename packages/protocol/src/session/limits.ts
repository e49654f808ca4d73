/** The largest message where nobody says otherwise: what Socket.IO's own default takes, less what a frame needs beside it. */
export const DEFAULT_MESSAGE_BYTES = 998_976

/** How long a session without a socket is kept, in milliseconds (HS-17). Ended tokens are remembered as long. */
export const RESUME_WINDOW_MS = 120_000

/** How long a session may wait for its client to confirm, in milliseconds (HS-17). */
export const UNCONFIRMED_MS = 30_000

/** Sockets of one session that may drain at once (HS-12). One more, and the oldest is closed. */
export const MAX_DRAINING = 2

/** Most requests of one side that may wait at once; one more throws `ERR_QUOTA` (SES-10). */
export const MAX_REQUESTS = 4_096

/** Most requests of one session that may be in work at once; with one more the oldest is answered `ERR_QUOTA` (SES-11). */
export const MAX_RESPONSES = 4_096

/** Rooms that one session follows; the client refuses to be joined to more (ROOM-1). */
export const MAX_FOLLOWED_ROOMS = 4_096

/** Live messages of a room that wait behind a hole; what does not fit is asked for again (ROOM-7). */
export const MAX_AHEAD = 64

/** After as many answers in a row that bring nothing, what waits behind the hole is forgotten (ROOM-7). */
export const MAX_FRUITLESS = 8

/** Longest name of an event, in UTF-16 units (SES-8). */
export const MAX_EVENT_NAME = 256

/** UTF-16 units of a client's id (SES-4). */
export const MAX_ID_LENGTH = 64

/** Most elements of one message: a request with 1,024 arguments, or an event with 1,026 (SES-8). */
export const MAX_ELEMENTS = 1_027

/** Most binaries in one message: what socket.io-parser takes in one packet (SES-12). */
export const MAX_ATTACHMENTS = 10

/** How deep a message may nest; an application's own mistake, such as a cycle, ends here (SES-12). */
export const MAX_DEPTH = 512

/** How many levels a room's replay puts around a message that has been encoded before (ROOM-6). */
export const REPLAY_DEPTH = 2

/** Longest name of a room, in UTF-16 units (ROOM-1). */
export const MAX_ROOM_NAME = 256

/** Longest epoch, in UTF-16 units (ROOM-1). */
export const MAX_EPOCH_LENGTH = 64

/** Most bodies in one replay message (ROOM-6). */
export const MAX_REPLAY_BODIES = 256

/** Longest owner id (SES-2). */
export const MAX_OWNER_LENGTH = 64

/** Idle time before a heartbeat, in milliseconds (SES-9). */
export const HEARTBEAT_MS = 30_000

/** Silence that is a timeout while something is outstanding, in milliseconds (SES-9). */
export const ANSWER_MS = 5_000

/**
 * Where bytes cannot be seen to move (a browser, a kernel's buffer), a large
 * message is taken to move at this speed, in bytes a second (SES-9).
 */
export const SLOW_LINK_BYTES_PER_SECOND = 65_536

/** While something is outstanding it is looked that many times in `answerMs` whether bytes move. */
export const LOOKS = 4

/** After as many frames it is looked again whether a socket is backed up. */
export const FRAMES_A_LOOK = 8

/**
 * Bytes of UTF-8 that a UTF-16 unit of encoded messages takes at most: three in a JSON string, and less than one more for
 * the quotes and the comma of its message, which has four units at least.
 */
export const WIRE_BYTES = 4
/** UTF-16 units of the reason that a socket is closed for, or a session is a new one (SES-4, SES-5). */
export const MAX_REASON_LENGTH = 64
