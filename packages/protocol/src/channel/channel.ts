import type {
  ChannelEvent,
  ChannelSnapshot,
  ChannelState,
  Delivery,
  Frame,
  OutgoingFrame,
  Owed,
  PathId,
  PathInit,
} from './types.ts'

/**
 * One end of a reliable, ordered, flow-controlled conversation over one or
 * several paths (PROTOCOL.md, CH clauses). Sans-I/O: it reads no clock and
 * owns no timer. A driver feeds it and drains it:
 *
 * 1. After any input (`send`, `receive`, `attach`, `detach`, `consume`,
 *    `commit`, `timeout`, …) write every frame that {@link Channel.pull}
 *    answers until it answers undefined. Inputs may be gathered first:
 *    messages sent before one `pull` travel in one frame. A driver whose
 *    paths are backed up pulls later.
 * 2. Take every {@link Channel.next} and {@link Channel.event}.
 * 3. Call {@link Channel.timeout} when {@link Channel.deadline} has come.
 *
 * `now` is in milliseconds of any monotonic clock, and never goes back.
 * Methods throw only for a caller's mistake; whatever a peer does becomes an
 * event or a counted drop.
 *
 * ```ts
 * const channel = createChannel<string>({ measure: { bytes: (text) => text.length } })
 * channel.attach({ id: 1, mode: 'in-order' })
 * channel.send('hello')
 * for (let frame = channel.pull(now); frame; frame = channel.pull(now)) write(frame)
 * ```
 *
 * @typeParam P what a message is; never looked into and never copied
 */
export interface Channel<P> {
  /** `open` while it works. In every other state inputs do nothing, except that a `closed` one still acknowledges. */
  readonly state: ChannelState
  /** This end's life (CH-15). */
  readonly incarnation: number
  /** What is attached, in that order. */
  readonly paths: readonly { readonly id: PathId }[]
  /** At how many bytes frames are cut from now on (CH-3). */
  frameBytes: number
  /** The last sequence number accepted by `send`. Message n is flushed once `acked >= n`. */
  readonly accepted: number
  /** The last sequence number put into a frame. */
  readonly sent: number
  /** The last sequence number that is under way, or was. What follows it is sent next, for the first time or again. */
  readonly at: number
  /** The last sequence number that the other end acknowledged, gated as it chose. */
  readonly acked: number
  /** The last sequence number received in order. */
  readonly received: number
  /** Everything up to this sequence number is consumed. */
  readonly consumed: number
  /** Messages accepted and not acknowledged. */
  readonly bufferedMessages: number
  /** Bytes accepted and not acknowledged. */
  readonly bufferedBytes: number
  /** Bytes of what is under way in messages that are too large for a batch. */
  readonly largeBytes: number
  /** Frames and parts of frames that were dropped: doubled, out of range, or of a path that is no longer read. */
  readonly dropped: number
  /** After a restore: messages that the application had been handed and had not consumed. Consume each. */
  readonly interrupted: readonly Delivery<P>[]

  /**
   * Accepts a message. One that is `owed` is taken past the backlog (CH-11): whoever says it bounds how many.
   * @returns false when it exceeds the other end's credit: slow down until the `drain` event
   * @throws StarError `ERR_BACKLOG` past the hard limit, `ERR_CLOSED` after `end` or when the Channel is not open,
   *   `ERR_EXHAUSTED` after sequence number 2^53-2. Nothing was accepted then.
   */
  send(payload: P, owed?: Owed): boolean
  /** Sends message 0 (CH-5). Once, before anything else. @throws StarError `ERR_CLOSED` otherwise */
  welcome(payload: P): void
  /** Ends this direction after what was accepted (CH-6). @throws StarError `ERR_CLOSED` when it was ended before */
  end(payload: P): void
  /** Gives both directions up at once; what is not acknowledged is lost (CH-6). */
  reset(payload: P): void

  /**
   * Attaches a path; once live, the newest one carries what is new.
   * @throws StarError `ERR_QUOTA` past {@link MAX_PATHS}, `ERR_BAD_REQUEST` for an id that is attached
   */
  attach(path: PathInit): void
  /** Forgets a path; what was under way on it is sent again on another. Unknown ids do nothing. */
  detach(path: PathId): void
  /** Makes a live path the one that carries what is new. */
  prefer(path: PathId): void
  /** Asks for a sign of life: a PING with the current cursors, answered by a PONG. What the answer shows to be missing is sent again (CH-14). */
  ping(path: PathId): void
  /** The measured round trip of a path in milliseconds, undefined before any. */
  roundTrip(path: PathId): number | undefined

  /**
   * Whether who says this HELLO is an earlier life of the other end than is known here, or lacks what the other end had
   * (CH-15, CH-16): a copy of it that was made before. False for any other frame.
   */
  isOutdated(hello: Frame<P>): boolean
  /** A frame came in. Shape and integers are checked by the codec, everything else here. */
  receive(path: PathId, frame: Frame<P>, now: number): void
  /** The application is done with a message: its credit goes back. A second time does nothing. */
  consume(delivery: Delivery<P>): void
  /** A durable store has everything received up to `received`, and accepted up to `accepted` (CH-7): what a snapshot covers. */
  commit(received: number, accepted: number): void
  /** Grants a larger receive window. A smaller one takes effect as credit is used up; granted credit is never taken back. */
  resizeWindow(messages: number, bytes: number): void
  /** The deadline has come. Too early does nothing. */
  timeout(now: number): void

  /** The next frame to write, undefined when there is none for now. */
  pull(now: number): OutgoingFrame<P> | undefined
  /** The next message for the application, undefined when there is none. Also after `state-lost`: what was acknowledged is delivered. */
  next(): Delivery<P> | undefined
  /** The next event, undefined when there is none. */
  event(): ChannelEvent<P> | undefined
  /** When to call `timeout`; Infinity when nothing is due. */
  deadline(): number

  /** What the other end has not acknowledged, in order: to hand back, or to send again on a new Channel. */
  unacknowledged(): P[]
  /** Stops for good, to hand over: drops all paths, delivers, sends and receives nothing more. */
  freeze(): void
  /** The whole state, sharing payloads (CH-17). Take it before or after `freeze`; of a Channel that ended otherwise it has no use. */
  snapshot(): ChannelSnapshot<P>
}
