import type { Channel } from '../../channel/channel.ts'
import { DEFAULT_ACK_DELAY_MS, DEFAULT_FRAME_BYTES, NEVER } from '../../channel/limits.ts'
import type { ChannelEvent, Delivery, Owed } from '../../channel/types.ts'
import { FRAMES_A_LOOK, WIRE_BYTES } from '../limits.ts'
import { decodeFrame } from '../wire/frame.ts'
import type { Encoded } from '../wire/payload.ts'
import type { ConduitLink } from './conduit-link.ts'
import type { Flushable, FlushTurn } from './flush-turn.ts'
import type { Sleeper, Waker } from './sleeper.ts'

/** What a {@link Conduit} does its work for. */
export interface ConduitOwner<L extends ConduitLink> {
  /** A message came. The promise, when there is one, settles once it is consumed. It never throws or rejects. */
  message(payload: Encoded, link: L | undefined): Promise<unknown> | undefined
  event(event: ChannelEvent<Encoded>): void
  /** The other side may have acknowledged more. */
  acknowledged(): void
  /** Nothing was heard on the socket for too long. */
  lose(link: L, reason: 'timeout'): void
  /** When {@link wake} wants to be called. */
  deadline(): number
  wake(now: number): void
}

/** What a {@link Conduit} needs of its Channel. */
export type ConduitChannel = Pick<
  Channel<Encoded>,
  | 'accepted'
  | 'acked'
  | 'at'
  | 'attach'
  | 'consume'
  | 'deadline'
  | 'detach'
  | 'event'
  | 'frameBytes'
  | 'largeBytes'
  | 'next'
  | 'paths'
  | 'ping'
  | 'pull'
  | 'receive'
  | 'received'
  | 'send'
  | 'timeout'
>

/** A session's Channel, driven over its sockets: one flush a turn, one alarm, back-pressure, liveness. */
export class Conduit<L extends ConduitLink, C extends ConduitChannel = ConduitChannel>
  implements Sleeper, Flushable
{
  alarmAt = NEVER
  alarmIndex = -1
  readonly channel: C
  /** The socket that carries what is new. */
  current: L | undefined

  readonly #owner: ConduitOwner<L>
  readonly #alarms: Waker
  readonly #turn: FlushTurn
  /** Something waits for the end of this turn. */
  waits = false
  #closed = false
  /** Frames that were written since this socket carries the session. */
  #written = 0

  /** @param channel made with {@link PAYLOAD_MEASURE} */
  constructor(owner: ConduitOwner<L>, alarms: Waker, turn: FlushTurn, channel: C) {
    this.#owner = owner
    this.#alarms = alarms
    this.#turn = turn
    this.channel = channel
  }

  /** @throws as {@link Channel.send} */
  send(payload: Encoded, owed?: Owed): boolean {
    const more = this.channel.send(payload, owed)
    this.schedule()
    return more
  }

  /** The other side takes events of so many bytes: what travels together stays below that (SES-6). */
  limitFrames(maxMessageBytes: number): void {
    this.channel.frameBytes = Math.min(DEFAULT_FRAME_BYTES, maxMessageBytes / WIRE_BYTES)
  }

  /** Says HELLO on a socket that is to get the session (SES-19). */
  greet(link: L, now: number): void {
    this.channel.attach({ id: link })
    this.flush(now)
    // whoever does not listen so early hears it again
    this.detach(link, now)
  }

  /** A socket carries the session from now on, in the place of the one that did. */
  attach(link: L, now: number): void {
    const older = this.current
    this.channel.attach({ id: link })
    this.#carry(link, now)
    this.schedule()
    // the Channel waits for its answer
    older?.outstanding(now, true, 0)
  }

  /** A socket is gone. When it carried the session, the newest that still lives does so again (HS-16). */
  detach(link: L, now: number): void {
    const { channel } = this
    channel.detach(link)
    if (link === this.current) this.#carry(channel.paths.at(-1)?.id as L | undefined, now)
    this.schedule()
  }

  /** The event `star` on a socket. Throws `ERR_BAD_FRAME`. */
  receive(link: L, args: readonly unknown[], now: number): void {
    link.heard(now)
    this.channel.receive(link, decodeFrame(args), now)
    this.pump(link)
    this.schedule()
  }

  /** Hands on what the Channel has for the application. */
  pump(link?: L): void {
    const { channel } = this
    for (let delivery = channel.next(); delivery; delivery = channel.next()) this.#hand(delivery, link)
    for (let event = channel.event(); event; event = channel.event()) this.#owner.event(event)
    this.#owner.acknowledged()
  }

  /** Flushes at the end of this turn. */
  schedule(): void {
    if (this.waits || this.#closed) return
    this.waits = true
    this.#turn.add(this)
  }

  flush(now: number): void {
    this.waits = false
    if (this.#closed) return
    const { channel, current } = this
    for (;;) {
      // a look costs as much as a small frame: some may be written more than the mark allows
      if (this.#written % FRAMES_A_LOOK === 0 && current?.backedUp) {
        current.onDrain(() => this.schedule())
        break
      }
      const frame = channel.pull(now)
      if (!frame) break
      this.#written += 1
      ;(frame.path as L).write(frame)
    }
    this.pump()
    this.#arm(now)
  }

  wake(now: number): void {
    this.channel.timeout(now)
    for (const { id } of this.channel.paths) {
      const link = id as L
      const due = link.timeout(now)
      if (due === 'timeout') this.#owner.lose(link, due)
      else if (due) this.channel.ping(link)
    }
    this.#owner.wake(now)
    this.flush(now)
  }

  /** Lets go of everything but the Channel. */
  close(): void {
    this.#closed = true
    this.current = undefined
    this.#alarms.forget(this)
  }

  /** What is new goes there; the first frame looks whether there is room for it. */
  #carry(link: L | undefined, now: number): void {
    this.#written = 0
    this.current = link
    link?.carry(now)
  }

  #hand(delivery: Delivery<Encoded>, link: L | undefined): void {
    const { channel } = this
    const settled = this.#owner.message(delivery.payload, link)
    if (!settled) channel.consume(delivery)
    else {
      settled.then(() => {
        channel.consume(delivery)
        this.schedule()
      })
    }
  }

  #arm(now: number): void {
    const { channel } = this
    // whoever is not welcomed yet waits for that
    this.current?.outstanding(now, channel.acked < channel.at || channel.received < 0, channel.largeBytes)
    // what asked for its time before is armed already, and nothing new is due earlier than an acknowledgement
    if (this.alarmAt <= now + DEFAULT_ACK_DELAY_MS) return
    let at = Math.min(channel.deadline(), this.#owner.deadline())
    for (const { id } of channel.paths) at = Math.min(at, (id as L).deadline())
    // an alarm for now would ring for ever
    this.#alarms.by(this, Math.max(at, now + 1))
  }
}
