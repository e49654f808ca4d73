import type { Channel, ChannelEvent, Delivery, Frame, OutgoingFrame } from '@socket-star/protocol/channel'
import { END } from '@socket-star/protocol/channel'
import type { Application } from './application.ts'
import type { Random } from './random.ts'
import type { Wire } from './wire.ts'
import type { World } from './world.ts'

/** How a host treats its messages. */
export interface Habits {
  /** The longest it takes to consume a message, in ms; 0 consumes at once. */
  readonly consumeMs: number
  /** The longest text it sends. */
  readonly textLength: number
}

/** What a host tells its keeper. */
export interface HostListener {
  /** A frame leaves. */
  sent(host: Host, frame: OutgoingFrame<string>): void
  /** A message is handed out. */
  read(host: Host, text: string): void
  event(host: Host, event: ChannelEvent<string>): void
  /** Every input was worked off. */
  settled(host: Host): void
}

/** The two ends of a conversation. */
export type Side = 0 | 1

/** One life of one end: the driver of a Channel, and the application above it, in virtual time. */
export class Host {
  readonly side: Side
  readonly life: number
  readonly channel: Channel<string>
  readonly app: Application
  readonly wires = new Map<number, Wire>()
  /** It crashed, or handed over. */
  gone = false
  /** It heard the other end. */
  met = false
  /** Its cursors moved since this was last set to false. */
  changed = true
  /** Its paths are backed up: it writes no frames for the time being. */
  #blocked = false
  #paused = false
  #hurried = false
  /** `send` answered false and `drain` has not come. */
  #slow = false
  #cursors = ''
  readonly #world: World
  readonly #random: Random
  readonly #habits: Habits
  readonly #listener: HostListener
  #held: Delivery<string>[] = []
  #timerAt = Number.POSITIVE_INFINITY

  constructor(
    identity: { side: Side; life: number },
    channel: Channel<string>,
    app: Application,
    around: { world: World; random: Random; habits: Habits; listener: HostListener },
  ) {
    this.side = identity.side
    this.life = identity.life
    this.channel = channel
    this.app = app
    this.#world = around.world
    this.#random = around.random
    this.#habits = around.habits
    this.#listener = around.listener
    for (const delivery of channel.interrupted) this.#consumeSoon(delivery)
  }

  get other(): Side {
    return this.side === 0 ? 1 : 0
  }

  attach(wire: Wire): void {
    this.wires.set(wire.id, wire)
    this.channel.attach({ id: wire.id, mode: wire.mode })
    this.settle()
  }

  detach(wire: Wire): void {
    if (!this.wires.delete(wire.id)) return
    this.channel.detach(wire.id)
    this.settle()
  }

  arrived(wire: Wire, frame: Frame<string>): void {
    if (this.gone) return
    this.channel.receive(wire.id, frame, this.#world.now)
    this.settle()
  }

  /** Sends up to so many messages, as long as it is not told to slow down. */
  say(count: number): void {
    for (let i = 0; i < count && !this.#slow; i++) {
      const name = `${this.app.sent.length}.${this.life}.`
      const text = name.padEnd(this.#random.int(name.length, name.length + this.#habits.textLength), 'x')
      this.#slow = !this.channel.send(text)
      this.app.sent.push(text)
    }
    this.settle()
  }

  end(): void {
    if (this.app.ended) return
    this.app.ended = true
    this.channel.end('end')
    this.settle()
  }

  resume(): void {
    this.#paused = false
    const held = this.#held
    this.#held = []
    for (const delivery of held) this.#consumeSoon(delivery)
    this.settle()
  }

  block(ms: number): void {
    this.#blocked = true
    this.#world.after(ms, () => {
      this.#blocked = false
      this.settle()
    })
  }

  prefer(wire: Wire): void {
    this.channel.prefer(wire.id)
    this.settle()
  }

  pause(): void {
    this.#paused = true
  }

  /** From now on everything is consumed at once. */
  hurry(): void {
    this.#hurried = true
    this.resume()
  }

  ping(wire: Wire): void {
    this.channel.ping(wire.id)
    this.settle()
  }

  /** Works everything off: frames out, messages up, events, the next deadline. */
  settle(): void {
    if (this.gone) return
    const { channel } = this
    for (let busy = true; busy; ) {
      busy = false
      for (let frame = this.#pull(); frame; frame = this.#pull()) {
        this.#listener.sent(this, frame)
        this.wires.get(Number(frame.path))?.send(this, frame)
      }
      for (let delivery = channel.next(); delivery; delivery = channel.next()) {
        busy = true
        this.#read(delivery)
      }
      for (let event = channel.event(); event; event = channel.event()) {
        busy = true
        if (event.type === 'drain') this.#slow = false
        if (event.type === 'live') this.met = true
        this.#listener.event(this, event)
      }
    }
    const cursors = `${channel.accepted} ${channel.received}`
    this.changed ||= cursors !== this.#cursors
    this.#cursors = cursors
    this.#listener.settled(this)
    this.#setTimer()
  }

  #pull(): OutgoingFrame<string> | undefined {
    return this.#blocked ? undefined : this.channel.pull(this.#world.now)
  }

  #read(delivery: Delivery<string>): void {
    if (delivery.seq === 0) {
      if (this.app.welcomed) throw new Error('welcomed twice')
      this.app.welcomed = true
    } else if (delivery.kind !== END) {
      this.#listener.read(this, delivery.payload)
      this.app.read.push(delivery.payload)
    }
    this.#consumeSoon(delivery)
  }

  #consumeSoon(delivery: Delivery<string>): void {
    if (this.#paused) this.#held.push(delivery)
    else if (this.#hurried || this.#habits.consumeMs === 0) this.#consume(delivery)
    else {
      this.#world.after(this.#random.next() * this.#habits.consumeMs, () => {
        if (this.gone) return
        this.#consume(delivery)
        this.settle()
      })
    }
  }

  #consume(delivery: Delivery<string>): void {
    this.channel.consume(delivery)
    this.channel.consume(delivery)
    if (delivery.seq > 0 && delivery.kind !== END) this.app.consumed += 1
  }

  #setTimer(): void {
    const at = this.channel.deadline()
    // One task for each new deadline that is earlier than what is set; a late one finds nothing to do.
    if (at >= this.#timerAt) return
    this.#timerAt = at
    this.#world.at(at, () => {
      if (this.gone || this.#timerAt !== at) return
      this.#timerAt = Number.POSITIVE_INFINITY
      this.channel.timeout(this.#world.now)
      this.settle()
    })
  }
}
