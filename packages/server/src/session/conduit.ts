import {
  type Channel,
  type ChannelEvent,
  type ChannelOptions,
  type ChannelSnapshot,
  createChannel,
  DATA,
  DEFAULT_FRAME_BYTES,
  type Delivery,
  type Frame,
  restoreChannel,
} from '@socket-star/protocol/channel'
import { decodeFrame, type Encoded, payloadAttachments, payloadBytes } from '@socket-star/protocol/session'
import { type Alarms, ASLEEP, type Sleeper } from './alarms.ts'
import type { Link } from './link.ts'
import type { Flushable, Turn } from './turn.ts'

/** What a {@link Conduit} does its work for. */
export interface ConduitOwner {
  /** A message came. The promise, when there is one, settles once it is consumed. It never throws or rejects. */
  message(payload: Encoded, link: Link | undefined): Promise<unknown> | undefined
  event(event: ChannelEvent<Encoded>): void
  /** The client has received more. */
  acknowledged(): void
  /** The socket has to go. */
  lose(link: Link, reason: 'protocol' | 'timeout', error?: unknown): void
  /** When {@link wake} wants to be called. */
  deadline(): number
  wake(now: number): void
}

export interface ConduitNeeds {
  readonly alarms: Alarms
  readonly turn: Turn
  readonly channel: Omit<ChannelOptions<Encoded>, 'measure' | 'welcome'>
}

/** A session's Channel, driven over its sockets: one flush a turn, one alarm, back-pressure, liveness. */
export class Conduit implements Sleeper, Flushable {
  alarmAt: number = ASLEEP.alarmAt
  alarmIndex: number = ASLEEP.alarmIndex
  readonly channel: Channel<Encoded>
  /** The socket that carries what is new. */
  current: Link | undefined

  readonly #owner: ConduitOwner
  readonly #needs: ConduitNeeds
  #links: readonly Link[] = []
  #flushing = false
  #closed = false
  #acked = 0
  /** Messages too large for a batch that are not acknowledged: number and size, alternating. */
  #large: number[] | undefined
  #stopWaiting: (() => void) | undefined

  constructor(owner: ConduitOwner, needs: ConduitNeeds, snapshot?: ChannelSnapshot<Encoded>) {
    const options: ChannelOptions<Encoded> = { ...needs.channel, measure: MEASURE, welcome: 'sends' }
    this.#owner = owner
    this.#needs = needs
    this.channel = snapshot === undefined ? createChannel(options) : restoreChannel(snapshot, options)
    this.#acked = this.channel.acked
  }

  /** @throws as {@link Channel.send} */
  send(payload: Encoded): boolean {
    const more = this.channel.send(payload)
    const bytes = payloadBytes(payload)
    if (bytes > DEFAULT_FRAME_BYTES) {
      this.#large ??= []
      this.#large.push(this.channel.accepted, bytes)
    }
    this.schedule()
    return more
  }

  attach(link: Link, now: number): void {
    this.channel.attach({ id: link.id, mode: 'in-order' })
    this.#links = [...this.#links, link]
    this.carry(link)
    link.carry(now)
    this.schedule()
  }

  /** A socket that is attached carries what is new. */
  carry(link: Link): void {
    this.#stopWaiting?.()
    this.#stopWaiting = undefined
    this.current = link
  }

  detach(link: Link): void {
    this.#links = this.#links.filter((other) => other !== link)
    this.channel.detach(link.id)
    if (link === this.current) {
      this.#stopWaiting?.()
      this.#stopWaiting = this.current = undefined
    }
    this.schedule()
  }

  linkOf(id: string | number): Link | undefined {
    return this.#links.find((link) => link.id === id)
  }

  /** The event `star` on a socket. */
  receive(link: Link, args: readonly unknown[], now: number): void {
    link.heard(now)
    let frame: Frame<Encoded>
    try {
      frame = decodeFrame(args)
    } catch (error) {
      this.#owner.lose(link, 'protocol', error)
      return
    }
    this.channel.receive(link.id, frame, now)
    this.pump(link)
    this.schedule()
  }

  /** Hands on what the Channel has for the application. */
  pump(link?: Link): void {
    const { channel } = this
    for (let delivery = channel.next(); delivery; delivery = channel.next()) this.#hand(delivery, link)
    for (let event = channel.event(); event; event = channel.event()) this.#owner.event(event)
    if (channel.acked > this.#acked) {
      this.#acked = channel.acked
      while (this.#large !== undefined && (this.#large[0] ?? Number.POSITIVE_INFINITY) <= this.#acked) {
        this.#large.splice(0, 2)
      }
      this.#owner.acknowledged()
    }
  }

  /** Flushes at the end of this turn. */
  schedule(): void {
    if (this.#flushing || this.#closed) return
    this.#flushing = true
    this.#needs.turn.add(this)
  }

  flush(now: number): void {
    this.#flushing = false
    if (this.#closed) return
    const { channel, current } = this
    for (;;) {
      if (current?.backedUp) {
        this.#waitForDrain(current)
        break
      }
      const frame = channel.pull(now)
      if (frame === undefined) break
      this.linkOf(frame.path)?.write(frame)
    }
    this.pump()
    this.#arm(now)
  }

  wake(now: number): void {
    this.channel.timeout(now)
    for (const link of this.#links) {
      switch (link.timeout(now)) {
        case 'timeout':
          this.#owner.lose(link, 'timeout')
          break
        case 'heartbeat':
          this.channel.ping(link.id)
          break
        default:
      }
    }
    this.#owner.wake(now)
    this.flush(now)
  }

  /** Lets go of everything but the Channel. */
  close(): void {
    this.#closed = true
    this.#stopWaiting?.()
    this.#stopWaiting = this.current = undefined
    this.#links = []
    this.#needs.alarms.forget(this)
  }

  #hand(delivery: Delivery<Encoded>, link: Link | undefined): void {
    const { channel } = this
    const settled = delivery.kind === DATA ? this.#owner.message(delivery.payload, link) : undefined
    if (settled === undefined) channel.consume(delivery)
    else {
      settled.then(() => {
        channel.consume(delivery)
        this.schedule()
      })
    }
  }

  #waitForDrain(link: Link): void {
    if (this.#stopWaiting !== undefined) return
    const stop = link.pressure.onDrain(() => {
      if (link.backedUp) return
      stop()
      this.#stopWaiting = undefined
      this.schedule()
    })
    this.#stopWaiting = stop
  }

  #arm(now: number): void {
    const { channel } = this
    this.current?.outstanding(now, channel.acked < channel.sent, this.#largeBytes)
    let at = Math.min(channel.deadline(), this.#owner.deadline())
    for (const link of this.#links) at = Math.min(at, link.deadline())
    // an alarm for now would ring for ever
    this.#needs.alarms.by(this, Math.max(at, now + 1))
  }

  get #largeBytes(): number {
    let bytes = 0
    if (this.#large !== undefined)
      for (let at = 1; at < this.#large.length; at += 2) bytes += this.#large[at] ?? 0
    return bytes
  }
}

const MEASURE = { bytes: payloadBytes, attachments: payloadAttachments }
