/**
 * Defaults and hard limits of the Channel (PROTOCOL.md, CH clauses). Every
 * buffer of the machine is bounded by one of these or by an option that
 * starts from one.
 */

/** When something is due that is not. */
export const NEVER = Infinity
/** Flag of a HELLO: the other end's HELLO has come on this path (CH-4). */
export const HEARD = 1
/** Flag of a HELLO: a restored end that waits to be met (CH-15). */
export const UNMET = 2
/** Receive window in messages: how many may be received and not consumed (CH-9). */
export const DEFAULT_WINDOW_MESSAGES = 2_048
/** Receive window in bytes (CH-9). */
export const DEFAULT_WINDOW_BYTES = 1_048_576
/** Most messages that wait here, queued and unacknowledged together, before `send` throws `ERR_BACKLOG` (CH-11). */
export const DEFAULT_BACKLOG_MESSAGES = 65_536
/** Most bytes that wait here before `send` throws `ERR_BACKLOG` (CH-11). */
export const DEFAULT_BACKLOG_BYTES = 16_777_216
/**
 * Most messages that are owed, and so are taken past the backlog, beside as many as the receive window has (CH-11): the
 * answers to 4,096 requests in work, and two controls for each of 4,096 rooms.
 */
export const OWED_MESSAGES = 12_288
/** An {@link Owed} answer: the backlog's bytes and as many again. */
export const ANSWER = 2
/** What the binding itself has to say, small by nature, is {@link Owed} whatever its bytes. */
export const CONTROL = Infinity
/** How long an acknowledgement waits for data to ride on, in milliseconds (CH-8). */
export const DEFAULT_ACK_DELAY_MS = 5
/** A frame is cut at this many bytes; one larger message travels alone (CH-3). */
export const DEFAULT_FRAME_BYTES = 65_536
/** A frame is cut at this many messages (CH-3). */
export const DEFAULT_FRAME_MESSAGES = 1_024
/** A frame is cut at this many attachments: what socket.io-parser accepts (CH-3). */
export const DEFAULT_FRAME_ATTACHMENTS = 10
/** The time of what does not wait for its time to come, such as an acknowledgement that does not wait for data (CH-8). */
export const AT_ONCE = 0
/** Numbers of a HELLO in the head of a frame, and of an acknowledgement without ranges (CH-18). */
export const HELLO_FIELDS = 4
export const ACK_FIELDS = 4
/** A gap report names at most this many ranges (CH-13). */
export const MAX_RANGES = 32
/** Most paths attached at once; one more is refused with `ERR_QUOTA` (CH-12). */
export const MAX_PATHS = 8
/** Before a path's round trip was measured it is taken to be this long, in milliseconds (CH-14). */
export const INITIAL_RTT_MS = 333
/** The tail timer of a lossy path backs off to this at most, in milliseconds (CH-14). */
export const MAX_TAIL_MS = 4_000
