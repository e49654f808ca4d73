import type { FrameKind } from './frame-kind.ts'
import type { Delivery } from './types.ts'

/** A message between its arrival and its consumption, in a list by sequence number. */
export interface Received<P> extends Delivery<P> {
  readonly seq: number
  readonly kind: FrameKind
  readonly payload: P
  readonly bytes: number
  /** With the application: handed out, and not handed back. */
  out: boolean
  previous: Received<P> | undefined
  next: Received<P> | undefined
}
