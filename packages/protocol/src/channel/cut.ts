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
  /** To be sent, for the first time or again. */
  due: boolean
  /** The other end has it, though it may not have let us forget it. */
  seen: boolean
  /** Where and when it was last sent; transmissions are counted from 1. */
  path: Path | undefined
  tx: number
  sentAt: number
  resent: boolean
}
