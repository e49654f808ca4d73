/** What a frame is (CH-1). The numbers are the wire's and never change their meaning. */

/** Messages, in sequence. */
export const DATA = 0
/** Message 0, in sequence. */
export const WELCOME = 1
/** The end of this direction, in sequence. */
export const END = 2
/** Acknowledgement and credit alone. */
export const ACK = 3
/** The first frame on each path: incarnation and cursors. */
export const HELLO = 4
/** Answered by a PONG on the same path. */
export const PING = 5
/** The answer to a PING, with its token. */
export const PONG = 6
/** Nothing more is sent on this path: a newer one took over. */
export const LEAVE = 7
/** Both directions are given up. */
export const RESET = 8

/** One of the kinds above. */
export type FrameKind =
  | typeof DATA
  | typeof WELCOME
  | typeof END
  | typeof ACK
  | typeof HELLO
  | typeof PING
  | typeof PONG
  | typeof LEAVE
  | typeof RESET
