import { HELLO } from './frame-kind.ts'
import type { PathId } from './types.ts'

/** What one end knows of one path. */
export class Path {
  readonly id: PathId
  /** The other end's life on this path, 0 before its HELLO. */
  peer = 0
  /** Control that waits to be pulled, a bit for each kind: a peer cannot make it grow. */
  due = 1 << HELLO
  /** What the PONG that is due has to echo. */
  token = 0
  /** The token of our last PING here, and the last number that was under way when it left; -1 once that is answered. */
  asked = 0
  mark = -1

  constructor(id: PathId) {
    this.id = id
  }

  /** The other end's HELLO has come: the path carries data. */
  get live(): boolean {
    return this.peer > 0
  }
}
