import type { FrameKind } from './frame-kind.ts'
import type { ANSWER, CONTROL } from './limits.ts'

/**
 * A connection that carries frames: a socket, a route through a relay, a data
 * channel. The driver chooses what it knows it by: nothing that is attached
 * already, and its own object for the connection if it likes.
 */
export type PathId = string | number | object

/**
 * What a path promises (CH-12). `in-order`: while it lives, every frame
 * arrives, once and in order; frames are sent again only when the path
 * changes. `lossy`: frames may be lost, doubled or overtaken; gap reports and
 * a tail timer find what is missing.
 */
export type PathMode = 'in-order' | 'lossy'

/** Where a frame is cut. A message that exceeds a limit by itself travels alone (CH-3). */
export interface FrameLimits {
  readonly bytes: number
  readonly messages: number
  readonly attachments: number
}

/** A path to attach. */
export interface PathInit {
  readonly id: PathId
  /** `in-order` by default. */
  readonly mode?: PathMode
}

/**
 * How much a payload weighs. Called several times for each payload, so each
 * function has to be cheap, and has to answer the same on both ends for the
 * same payload (CH-2): take the length of its encoded form.
 */
export interface Measure<P> {
  /** Bytes, at least 0. */
  bytes(payload: P): number
  /** Binary attachments that the frame needs for it; 0 when absent. */
  attachments?(payload: P): number
}

/** That a message is owed, and so is taken past the backlog (CH-11), and up to how many times its bytes: {@link ANSWER} or {@link CONTROL}. */
export type Owed = typeof ANSWER | typeof CONTROL

/** Which cursor the acknowledgement follows (CH-7). */
export type AckGate = 'received' | 'consumed' | 'committed'

/** What a Channel is made with. Times are in milliseconds, sizes in bytes or messages. */
export interface ChannelOptions<P> {
  readonly measure: Measure<P>
  /**
   * Message 0 (CH-5): the one that `sends` it calls {@link Channel.welcome};
   * the one that `expects` it sends nothing before it has come. `none` by default.
   */
  readonly welcome?: 'sends' | 'expects' | 'none'
  /**
   * Rises with every life of this end (CH-15): 1 for a new Channel, the
   * store's fence, or the snapshot's plus one, for a restored one. Two lives
   * must never share one: where one snapshot may be restored twice, use
   * something that tells them apart, such as the time.
   */
  readonly incarnation?: number
  /** `received` by default. */
  readonly ackOn?: AckGate
  /** Hold every frame back until `commit` covers what it carries (CH-7). False by default. */
  readonly commitBeforeSend?: boolean
  readonly windowMessages?: number
  readonly windowBytes?: number
  readonly backlogMessages?: number
  readonly backlogBytes?: number
  readonly ackDelayMs?: number
  readonly frameLimits?: FrameLimits
}

/**
 * Acknowledgement and credit, all cumulative, so that any later one replaces
 * every earlier one (CH-8, CH-9):
 *
 * - `received`: the last sequence number received in order, -1 before any;
 *   nothing up to it needs to be sent again now;
 * - `ack`: the last one that the sender may forget: `received`, or less where
 *   acknowledgement is gated;
 * - `creditMessages`: the last sequence number that the sender may use;
 * - `creditBytes`: the bytes that it may have sent in all;
 * - `ranges`, on lossy paths: what came beyond a gap, as first, last, first,
 *   last … in rising order.
 */
export type Ack = readonly [
  received: number,
  ack: number,
  creditMessages: number,
  creditBytes: number,
  ...ranges: number[],
]

/**
 * What an end says of itself at the beginning of each path (CH-4):
 *
 * - `incarnation`: its own, and the other end's as last seen here, 0 when never;
 * - `sent`: the last sequence number that was put into a frame;
 * - `acked`: the last one that the other end let it forget.
 */
export type Hello = readonly [incarnation: number, peerIncarnation: number, sent: number, acked: number]

/** One frame. */
export interface Frame<P> {
  readonly kind: FrameKind
  /**
   * The sequence number of the first payload; for PING and PONG a token to echo; for HELLO flags: {@link HEARD} when the
   * other end's HELLO has come on this path, {@link UNMET} while a restored end waits to be met; else 0.
   */
  readonly seq: number
  /** DATA: one or more; END and RESET: one; else none. */
  readonly payloads: readonly P[]
  readonly ack: Ack | undefined
  /** HELLO only. */
  readonly hello: Hello | undefined
}

/** A frame to write, and where. */
export interface OutgoingFrame<P> extends Frame<P> {
  readonly path: PathId
}

/**
 * One message for the application, in order. Hand it back to
 * {@link Channel.consume} when it is done; in any order, each once.
 */
export interface Delivery<P> {
  readonly seq: number
  /** DATA, or END after which nothing comes. */
  readonly kind: FrameKind
  readonly payload: P
  /** Its weight as it came (CH-2): what is in it is the application's now, which may give its binaries away. */
  readonly bytes: number
}

/** What happened, apart from messages. Each is reported once. */
export type ChannelEvent<P> =
  /** `send` had answered false, and everything accepted now fits the other end's credit. */
  | { readonly type: 'drain' }
  /** The other end was heard on this path: it carries data. A {@link SessionChannel} keeps that to itself. */
  | { readonly type: 'live'; readonly path: PathId }
  /** After a newer path took over: what was under way on this one, both ways, has come. Close it. */
  | { readonly type: 'drained'; readonly path: PathId }
  /** This path is no longer read: the other end broke the protocol there, or is an earlier life. Close it. */
  | { readonly type: 'broken'; readonly path: PathId; readonly reason: Fault }
  /** A later life of this end exists: this one is over (CH-15). */
  | { readonly type: 'superseded' }
  /** The cursors of the two ends cannot both be true: this Channel is over (CH-16). Take {@link Channel.unacknowledged}. */
  | { readonly type: 'state-lost' }
  /** The other end gave up both directions; undelivered messages are dropped. */
  | { readonly type: 'reset'; readonly reason: P | undefined }
  /** Both directions ended, everything of ours is acknowledged and everything of theirs was received. */
  | { readonly type: 'closed' }

/** Why a path is no longer read: an earlier life spoke there (`stale`, CH-15), or the name of the rule that was broken. */
export type Fault = 'stale' | 'ack' | 'after-end' | 'credit'

/** Whether a Channel still works, and if not, why. */
export type ChannelState = 'open' | 'closed' | 'frozen' | 'reset' | 'state-lost' | 'superseded'

/** Everything a Channel is, plain apart from the payloads (CH-17). */
export interface ChannelSnapshot<P> extends SendingSnapshot<P>, ReceivingSnapshot<P> {
  readonly v: 1
  readonly incarnation: number
  readonly peerIncarnation: number
}

/** The sending half of a {@link ChannelSnapshot}. */
export interface SendingSnapshot<P> {
  readonly sent: number
  readonly acked: number
  /** Since the beginning. */
  readonly ackedBytes: number
  /** Accepted and not acknowledged, message 0 and END included. */
  readonly messages: readonly P[]
  /** The direction was ended: the last message is END's payload. */
  readonly ended?: boolean
}

/** The receiving half of a {@link ChannelSnapshot}. */
export interface ReceivingSnapshot<P> {
  readonly received: number
  /** Since the beginning. */
  readonly receivedBytes: number
  /** Received and not consumed. */
  readonly pending: readonly SnapshotDelivery<P>[]
  /** The other end's direction has ended. */
  readonly peerEnded?: boolean
}

/** A message of a {@link ReceivingSnapshot}. */
export interface SnapshotDelivery<P> extends Omit<Delivery<P>, 'bytes'> {
  /** Whether the application had been handed it. It is not handed out again: see {@link Channel.interrupted}. */
  readonly out?: boolean
}
