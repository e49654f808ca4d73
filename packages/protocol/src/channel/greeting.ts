import { CHANNEL_VERSION } from './limits.ts'
import type { Ack, Hello } from './types.ts'

/** What one end knows when the other one's HELLO comes. */
export interface Acquaintance {
  readonly incarnation: number
  /** The other end's latest known life, 0 when it was never heard. */
  readonly peerIncarnation: number
  /** Its life on this path, 0 when it was not heard there. */
  readonly pathIncarnation: number
  /** The other end has met this life: until then its cursors may still move away with an earlier one. */
  readonly verified: boolean
  readonly sent: number
  readonly acked: number
  readonly received: number
}

/**
 * What a HELLO means (CH-15, CH-16): `known` continues, `met` is the first
 * one between these two lives and their cursors agree, the rest are ends.
 */
export type Greeting = 'known' | 'met' | 'version' | 'superseded' | 'stale' | 'state-lost'

export function greet(hello: Hello, ack: Ack, us: Acquaintance): Greeting {
  if (hello.version !== CHANNEL_VERSION) return 'version'
  if (hello.peerIncarnation > us.incarnation) return 'superseded'
  if (hello.incarnation < us.peerIncarnation) return 'stale'
  // A path belongs to one life of each end: its late frames must not meet the next one.
  if (us.pathIncarnation > 0 && hello.incarnation !== us.pathIncarnation) return 'stale'
  if (us.verified && hello.incarnation === us.peerIncarnation) return 'known'
  const oursAgrees = ack.received <= us.sent && ack.received >= us.acked
  const theirsAgrees = us.received <= hello.sent && us.received >= hello.acked
  return oursAgrees && theirsAgrees ? 'met' : 'state-lost'
}
