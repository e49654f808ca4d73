/** Why something that arrived was thrown away (LIM clauses). */
export type PeerDropReason =
  /** `ss-incomming` could not be read. */
  | 'bad-incoming'
  /** `ws-peer` or `ss-left` could not be read. */
  | 'bad-peer'
  /** `ss-peers` could not be read. */
  | 'bad-peers'
  /** A frame of a stream could not be read, was too large or came too early. */
  | 'bad-frame'

/** How often it happened on one socket, by reason. */
export type PeerDrops = Readonly<Record<PeerDropReason, number>>

/** Fresh counters. */
export function noDrops(): Record<PeerDropReason, number> {
  return { 'bad-incoming': 0, 'bad-peer': 0, 'bad-peers': 0, 'bad-frame': 0 }
}
