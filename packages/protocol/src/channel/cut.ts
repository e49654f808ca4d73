import type { FrameKind } from './frame-kind.ts'
import type { Path } from './path.ts'

/** What was cut into one frame: sent again, it is the same (CH-3). */
export interface Cut<P> {
  readonly kind: FrameKind
  readonly seq: number
  readonly last: number
  readonly payloads: readonly P[]
  /** The bytes of the direction before this frame: what credit is held against. */
  readonly bytesBefore: number
  /** Its bytes, if they are too many for a batch. */
  readonly large: number
  /** To be sent, for the first time or again. */
  due: boolean
  /** Where it is under way; undefined before it was sent, and once the other end has it. */
  path: Path | undefined
  /** As which transmission it was last sent, counted from 1. */
  tx: number
  /** When it was sent, where the round trip is measured: -1 before, Infinity when that happened more than once. */
  sentAt: number
}
