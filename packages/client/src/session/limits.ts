/** Delays between attempts after a refusal: from the first to the longest, doubled each time, in milliseconds (SES-14). */
export const FIRST_SESSION_RETRY_MS = 500
/** See {@link FIRST_SESSION_RETRY_MS}. */
export const MAX_SESSION_RETRY_MS = 20_000
/** A connection that lasted so long begins delays and times anew, in milliseconds. */
export const STABLE_MS = 60_000
/** How often the time that silence may last is doubled at most, on a slow network (SES-9). */
export const MAX_DOUBLINGS = 3
/** Handshakes in a row that are given a time: a server that finished none of them is left alone (SES-14). */
export const MAX_UNFINISHED_HANDSHAKES = 6
/** Bytes that wait in a WebSocket before nothing more is taken from the session: its window bounds what waits there. */
export const SOCKET_BACKLOG_BYTES = 1_048_576
/** As often it is looked whether they have left, in milliseconds, beside a look with all that is acknowledged. */
export const BACKLOG_LOOK_MS = 50
/** How long a server that was told of the end may take to close the socket, in milliseconds. */
export const PARTING_MS = 1_000
/** The session moves to a fresh connection at a random moment between these two, in milliseconds (SES-17). */
export const CYCLE_MIN_MS = 600_000
/** See {@link CYCLE_MIN_MS}. */
export const CYCLE_MAX_MS = 900_000
/** How long the fresh connection may take to get the session, in milliseconds; then the present one keeps it (SES-17). */
export const CYCLE_OPENING_MS = 20_000
/** How long a document waits for the lock of the one before it in its tab, in milliseconds (SES-18). */
export const LOCK_WAIT_MS = 1_000
/** Of so many the lives of two documents are two that go on from one snapshot. */
export const LIVES = 1_000_000_000
