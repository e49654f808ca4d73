/** What a frame is (CH-18). The numbers are the wire's and never change their meaning. */

/** Messages, in sequence. */
export const DATA = 0
/** Acknowledgement and credit alone. */
export const ACK = 1
/** The first frame on each path: incarnation and cursors. */
export const HELLO = 2
/** Answered by a PONG on the same path. */
export const PING = 3
/** The answer to a PING, with its token. */
export const PONG = 4
/** The end of this direction, in sequence. */
export const END = 5
/** Both directions are given up. */
export const RESET = 6

/** One of the kinds above. */
export type FrameKind =
  | typeof DATA
  | typeof ACK
  | typeof HELLO
  | typeof PING
  | typeof PONG
  | typeof END
  | typeof RESET
