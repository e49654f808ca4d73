import {
  type Channel,
  type ChannelEvent,
  type ChannelOptions,
  type ChannelSnapshot,
  createChannel,
  DATA,
  type Delivery,
  decodeFrame,
  encodeHead,
  type Frame,
  type OutgoingFrame,
  type PathId,
  type PathMode,
  restoreChannel,
} from '@socket-star/protocol/channel'

export const measure = { bytes: (text: string) => text.length }

/** A frame of messages, as a peer could send it at any time. */
export function dataFrame(seq: number, ...payloads: string[]): Frame<string> {
  return { kind: DATA, seq, payloads, ack: undefined, hello: undefined }
}

/** One end under test: a Channel, and what came out of it. */
export class End {
  channel: Channel<string>
  /** Frames that it wrote, oldest first. */
  readonly frames: OutgoingFrame<string>[] = []
  readonly deliveries: Delivery<string>[] = []
  readonly events: ChannelEvent<string>[] = []
  consumes = true
  readonly options: ChannelOptions<string>

  constructor(options: Partial<ChannelOptions<string>>) {
    this.options = { measure, ...options }
    this.channel = createChannel(this.options)
  }

  get texts(): string[] {
    return this.deliveries.map(({ payload }) => payload)
  }

  get eventTypes(): string[] {
    return this.events.map(({ type }) => type)
  }

  /** Dies, and goes on from a snapshot that went through JSON. */
  restore(snapshot: ChannelSnapshot<string>, options: Partial<ChannelOptions<string>> = {}): void {
    this.channel = restoreChannel(JSON.parse(JSON.stringify(snapshot)), { ...this.options, ...options })
  }

  /** Takes messages and events. */
  drain(): void {
    for (let delivery = this.channel.next(); delivery; delivery = this.channel.next()) {
      this.deliveries.push(delivery)
      if (this.consumes) this.channel.consume(delivery)
    }
    for (let event = this.channel.event(); event; event = this.channel.event()) this.events.push(event)
  }
}

/** Two ends in one hand: frames go over at once unless a test takes them away. */
export class Pair {
  now = 0
  readonly a: End
  readonly b: End
  /** Answers false for a frame that is lost. */
  passes: (frame: OutgoingFrame<string>, from: End) => boolean = () => true

  constructor(a: Partial<ChannelOptions<string>> = {}, b: Partial<ChannelOptions<string>> = {}) {
    this.a = new End(a)
    this.b = new End(b)
  }

  /** Attaches a path to both ends, and lets them say HELLO. */
  attach(id: PathId = 1, mode: PathMode = 'in-order'): this {
    for (const end of [this.a, this.b]) end.channel.attach({ id, mode })
    return this.flow()
  }

  detach(id: PathId): this {
    for (const end of [this.a, this.b]) end.channel.detach(id)
    return this.flow()
  }

  /** Carries frames to and fro until nobody has any. */
  flow(): this {
    while ([this.#carry(this.a, this.b), this.#carry(this.b, this.a)].some((moved) => moved)) {}
    return this
  }

  /** Lets time pass up to a moment, working off every deadline on the way. */
  until(time: number): this {
    this.flow()
    for (let at = this.#deadline(); at <= time; at = this.#deadline()) {
      this.now = Math.max(this.now, at)
      for (const { channel } of [this.a, this.b]) channel.timeout(this.now)
      this.flow()
    }
    this.now = time
    return this
  }

  #deadline(): number {
    return Math.min(this.a.channel.deadline(), this.b.channel.deadline())
  }

  #carry(from: End, to: End): boolean {
    let moved = false
    for (let frame = from.channel.pull(this.now); frame; frame = from.channel.pull(this.now)) {
      moved = true
      from.frames.push(frame)
      if (!this.passes(frame, from)) continue
      const arrived = decodeFrame<string>(JSON.parse(JSON.stringify(encodeHead(frame))), frame.payloads)
      if (!arrived) throw new Error('a frame of ours does not decode')
      to.channel.receive(frame.path, arrived, this.now)
      to.drain()
    }
    from.drain()
    return moved
  }
}
