/** How long `joinStar` may take, waiting for the connection included, in milliseconds (JOIN-15). */
export const JOIN_TIMEOUT_MS = 30_000
/** How long a server may take over one request of a join, in milliseconds (JOIN-15). */
export const JOIN_REPLY_TIMEOUT_MS = 10_000
/** How long a dial may take, in milliseconds (DIAL-9): longer than a server waits for the listener. */
export const DIAL_TIMEOUT_MS = 15_000
/** How many streams one peer may have open, dialled and accepted together (DIAL-10). */
export const MAX_OPEN_STREAMS = 1024
/** How many other peers a client keeps in its list (DISC-6). */
export const MAX_KNOWN_PEERS = 65_536
/** How long a server may take to answer a watch, in milliseconds (DISC-7). */
export const WATCH_TIMEOUT_MS = 10_000
/** The shortest time between two watches on one socket, in milliseconds (DISC-7). */
export const MIN_WATCH_INTERVAL_MS = 1_000
/** How often a legacy server announces every peer, in milliseconds (DISC-3). */
export const LEGACY_ROUND_MS = 10_000
/** A legacy peer that was not announced in this many rounds is gone (DISC-8). */
export const LEGACY_ROUNDS_UNSEEN = 3
/** The delay before the first repetition of what failed, in milliseconds (JOIN-16). */
export const FIRST_RETRY_MS = 1_000
/** The longest delay before a repetition, in milliseconds (JOIN-16). */
export const MAX_RETRY_MS = 30_000
/** How many signatures for legacy servers are remembered on one connection (JOIN-18). */
export const MAX_REMEMBERED_SIGNATURES = 256
