/** The longest `data` of a join, in characters (LIM-2): a key or a signature of RSA 8192 in hex, twice over. */
export const MAX_JOIN_DATA_LENGTH = 8192
/** The longest dial id, in characters (DIAL-3). */
export const MAX_DIAL_ID_LENGTH = 128
/** How many addresses a join's reply names at most (JOIN-3). */
export const MAX_JOIN_PEERS = 256
/** How many addresses of a join's reply are read: a legacy server names all, and again in its rounds (JOIN-3). */
export const MAX_LEGACY_JOIN_PEERS = 2048
/** How many addresses a snapshot or a delta may hold (DISC-6). */
export const MAX_PEERS = 100_000
/** How many characters the addresses of one list may have together when it is written out (DISC-6). */
export const MAX_LIST_CHARACTERS = 16 * 1024 * 1024
/** The longest id of a peer list, in characters (DISC-16). */
export const MAX_LIST_ID_LENGTH = 64
/** How many names of features are read from a server's capabilities (JOIN-9). */
export const MAX_FEATURES = 64
/** How long a challenge waits for its answer, in milliseconds (JOIN-5). */
export const CHALLENGE_TIMEOUT_MS = 30_000
/** The longest challenge that a client signs, in characters (JOIN-6). */
export const MAX_NONCE_LENGTH = 1024
