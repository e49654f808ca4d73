import type { FrameKind } from './frame-kind.ts'
import type { Path } from './path.ts'

/** What was cut into one frame: sent again, it is the same (CH-3). */
export interface Cut<P> {
  readonly kind: FrameKind
  readonly seq: number
  readonly last: number
  readonly payloads: readonly P[]
  /** The bytes of the direction before this frame: what credit is held against. */
  readonly before: number
  /** To be sent, for the first time or again. */
  due: boolean
  /** The other end has it, though it may not have let us forget it. */
  seen: boolean
  /** Where it was last sent, and as which transmission, counted from 1. */
  path: Path | undefined
  tx: number
  /** When it was sent; Infinity when that happened more than once. */
  sentAt: number
}
