/** Limits and times of the legacy stream wire (PROTOCOL.md, PS-30 and after). Sizes are in bytes. */

const KIB = 1024
const MIB = 1024 * KIB

/** What a source keeps for its reader before it holds the sender back. */
export const DEFAULT_MAX_BUFFERED_BYTES = 4 * MIB
/** What may wait on one reader's socket before the relay holds the writers back. */
export const DEFAULT_MAX_BACKLOG_BYTES = 4 * MIB
/**
 * How far past its mark a buffer may go where the sender cannot be held (a
 * browser, long-polling) before the stream is cut at once. It has to outlast
 * what is on its way already and a short pause of the reader.
 */
export const DEFAULT_OVERRUN_BYTES = 12 * MIB
/**
 * How long a sender is held at a stretch. Held means that nothing is read from
 * its connection, heartbeats included; Socket.IO gives up on those after 20 s.
 */
export const DEFAULT_HOLD_TIMEOUT_MS = 10_000
/** A held sender is let go as soon as this much was taken. */
export const DEFAULT_RELEASE_BYTES = 256 * KIB
/** What a sink leaves unsent on its own connection before it stops reading its source. */
export const DEFAULT_MAX_UNSENT_BYTES = MIB
/** The largest frame that a sink sends. Larger chunks are cut. */
export const DEFAULT_FRAME_BYTES = 64 * KIB
/** The largest frame that is accepted or relayed: Socket.IO's own default limit for one message. */
export const DEFAULT_MAX_FRAME_BYTES = 1_000_000
/** What waits on all readers' sockets of one process together. */
export const DEFAULT_RELAY_BUDGET_BYTES = 256 * MIB
/** However little the share of a reader is while all of that is used up, this much may wait for it. */
export const BUDGET_FLOOR_BYTES = 64 * KIB
/** While all of that is used up, a reader that took less than {@link DEFAULT_RELEASE_BYTES} in this time may have to go. */
export const STUCK_AFTER_MS = 10_000
/** A reader that took nothing for so long, though much waits for it, is closed at any time. */
export const READER_PATIENCE_MS = 30_000
/** How long the end of a writer waits for a reader that has not accepted. Honest ones accept at once, or when they were asked. */
export const EARLY_END_KEPT_MS = 60_000
/** The longest stream id, in UTF-16 units. */
export const MAX_STREAM_ID_LENGTH = 256
/** The longest text that is sent as one frame, in UTF-16 units: as UTF-8 it fits into one message. */
export const MAX_TEXT_FRAME_LENGTH = 256 * KIB
/** How often a waiting sink looks whether its connection has caught up. Browsers have no event for it. */
export const UNSENT_POLL_MS = 4
/** How often the relay looks whether a reader that is behind has caught up. */
export const BACKLOG_POLL_MS = 50
/** How often bytes that move may set a connection's heartbeat timeout anew: a small part of any such timeout. */
export const LIFE_SIGN_EVERY_MS = 1_000
/** How often, while a pong is awaited, a server looks whether the client's system still takes bytes. */
export const LIFE_POLL_MS = 2_000
