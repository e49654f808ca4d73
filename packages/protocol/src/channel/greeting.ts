import { CHANNEL_VERSION } from './limits.ts'
import type { Ack, Hello } from './types.ts'

/** The two lives that talk to each other, as one end knows them (CH-15). */
export interface Lives {
  readonly incarnation: number
  /** The other end's latest known life, 0 when it was never heard. */
  peerIncarnation: number
  /** The other end has met this life: until then its cursors may still move away with an earlier one. */
  met: boolean
  /** This life goes on from a snapshot. */
  restored: boolean
}

/** The cursors that are compared. */
export interface Cursors {
  readonly sent: number
  readonly acked: number
  readonly received: number
}

/**
 * What a HELLO means (CH-15, CH-16): `agreed` goes on, every other answer is
 * an end, of the path or of this life.
 */
export type Greeting = 'agreed' | 'version' | 'superseded' | 'stale' | 'state-lost'

/** Judges a HELLO and its acknowledgement; `onPath` is the life that was heard on the path before, or 0. */
export function greet(hello: Hello, [received]: Ack, lives: Lives, us: Cursors, onPath: number): Greeting {
  const [version, incarnation, known, sent, acked] = hello
  if (version !== CHANNEL_VERSION) return 'version'
  if (known > lives.incarnation) return 'superseded'
  // A path belongs to one life of each end: its late frames must not meet the next one.
  if (incarnation < lives.peerIncarnation || (onPath > 0 && incarnation !== onPath)) return 'stale'
  if (lives.met && incarnation === lives.peerIncarnation) return 'agreed'
  const ours = received <= us.sent && received >= us.acked
  const theirs = us.received <= sent && us.received >= acked
  return ours && theirs ? 'agreed' : 'state-lost'
}
