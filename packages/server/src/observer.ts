import type { ErrorCode } from '@socket-star/protocol'
import type { CloseReason, RenewalReason } from '@socket-star/protocol/session'

/** How a join or a dial ended: `ok`, or the code that its sender was answered with. */
export type Outcome = 'ok' | ErrorCode

/** Why something that arrived was not used (LIM-1). */
export const DROP_REASONS = {
  malformed: 'a request without a callback could not be read, or was not allowed',
  arguments: 'a packet that Socket.IO could not have delivered closed its connection',
  misbehaviour: 'a socket that went on misbehaving was disconnected',
  session: 'a session was spoken to against the rules, and the socket was closed',
  lagging:
    'a socket that does not read was taken off discovery, its request dropped, or its place given away',
  'frame-malformed': 'a frame of a stream was neither binary nor text',
  'frame-not-accepted': 'a frame came before the reader had accepted the stream',
  'frame-too-large': 'a frame was over the limit, and its stream was cut',
  backlog: 'a stream was cut because its reader was too slow for too long',
} as const

export type DropReason = keyof typeof DROP_REASONS

/** Why a session gave way: to a new one, there being as many as there may be (HS-19), or to what others wait for (LIM-11). */
export const EVICTION_REASONS = {
  unconfirmed: 'its client never confirmed it, and has no socket',
  crowded: 'it rested, and nobody had more sessions at rest than whose it was',
  backlog: 'too much waited for all sessions together, and the most for those of whose it was',
} as const

export type EvictionReason = keyof typeof EVICTION_REASONS

/**
 * What a star reports while it works. Every hook is optional, is called
 * synchronously and must not throw. {@link Star.stats} has the same figures as
 * totals, for whoever would rather ask.
 */
export interface StarObserver {
  /** The number of addresses that are online changed. */
  peers?(online: number): void
  /** A join was answered for good; the challenge before it is not reported. */
  join?(outcome: Outcome): void
  dial?(outcome: Outcome): void
  /** The number of dialled streams (of two directions each) changed. */
  streams?(open: number): void
  /** Payload bytes of one frame were relayed. */
  relayed?(bytes: number): void
  drop?(reason: DropReason): void
  /** A session moved to a further socket: its client came back, or cycles. */
  resume?(): void
  /** A client got a new session instead of the one that it asked for. */
  renewal?(reason: RenewalReason): void
  /** A session was ended to make room: there are as many as there may be, or too much waits for all of them. */
  eviction?(reason: EvictionReason): void
  /** A socket got no session, or lost it, and was told why on `star-close`. */
  close?(reason: CloseReason): void
}

/** Totals since the star was made, except `peers`, `sockets`, `watchers`, `sessions` and `streamsOpen`, which are now. */
export interface StarStats {
  /** Addresses that are online. */
  readonly peers: number
  /** Sockets that joined at least one address. */
  readonly sockets: number
  /** Sockets that follow the peer list (DISC-4). */
  readonly watchers: number
  /** Sessions that this process owns, those whose clients are away included. */
  readonly sessions: number
  /** Dials that were accepted and have not ended in both directions. */
  readonly streamsOpen: number
  /** Payload bytes. */
  readonly relayedBytes: number
  readonly joins: Readonly<Partial<Record<Outcome, number>>>
  readonly dials: Readonly<Partial<Record<Outcome, number>>>
  readonly drops: Readonly<Partial<Record<DropReason, number>>>
  /** How often a session moved to a further socket. */
  readonly resumes: number
  /** How often a client got a new session instead of its own. */
  readonly renewals: Readonly<Partial<Record<RenewalReason, number>>>
  /** How often a session was ended to make room. */
  readonly evictions: Readonly<Partial<Record<EvictionReason, number>>>
  /** How often a socket got no session, or lost it, by what it was told. */
  readonly closes: Readonly<Partial<Record<CloseReason, number>>>
}
