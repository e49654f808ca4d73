import { HELLO } from './frame-kind.ts'
import type { PathId } from './types.ts'

/** What one end knows of one path. */
export class Path {
  readonly id: PathId
  /** The other end's HELLO has come: the path carries data. */
  live = false
  /** The other end's life on this path, 0 before its HELLO. */
  peer = 0
  /** The one that our last HELLO here named, -1 before any. */
  named = -1
  /** Control that waits to be pulled, a bit for each kind: a peer cannot make it grow. */
  due = 1 << HELLO
  /** What the PONG that is due has to echo. */
  token = 0
  /** The token of our last PING here: no PONG answers a later one. */
  asked = 0
  /** We sent LEAVE, and `drained` is still to be reported; they sent LEAVE. */
  left = false
  peerLeft = false

  constructor(id: PathId) {
    this.id = id
  }
}
