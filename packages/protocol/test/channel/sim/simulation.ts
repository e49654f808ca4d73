import type { ChannelEvent, ChannelSnapshot, OutgoingFrame } from '@socket-star/protocol/channel'
import { type Application, copyOf, newApplication } from './application.ts'
import { Host, type HostListener, type Side } from './host.ts'
import { type Maker, REAL } from './maker.ts'
import { Network } from './network.ts'
import { Oracle } from './oracle.ts'
import { Random } from './random.ts'
import { type Scenario, scenarioOf } from './scenario.ts'
import { World } from './world.ts'

/** How a run ended. It throws instead when a promise was broken. */
export interface Outcome {
  readonly end: 'complete' | 'state-lost'
  readonly scenario: Scenario
  readonly delivered: number
  readonly cuts: number
  readonly rotations: number
  readonly restores: number
  /** Virtual time from the return of the network to the end, in ms. */
  readonly recoveredMs: number
}

/** After the network is back everything arrives within this time: the promise under test, in virtual ms. */
const RECOVERY_MS = 30_000

/** A state that was stored: the Channel's as JSON, and the application's as it was then. */
interface Stored {
  readonly channel: string
  readonly app: Application
}

/** One seeded run: two ends over a virtual network that comes and goes, and then stays. */
export function simulate(seed: number, make: Maker = REAL): Outcome {
  return new Simulation(seed, make).run()
}

class Simulation implements HostListener {
  readonly #world = new World()
  readonly #random: Random
  readonly #make: Maker
  readonly #scenario: Scenario
  readonly #oracle: Oracle
  readonly #network: Network
  /** The newest life of each side. */
  #hosts: readonly [Host, Host]
  #stored: Stored
  #storing = false
  #calm = false
  #rotations = 0
  #restores = 0

  constructor(seed: number, make: Maker) {
    this.#random = new Random(seed)
    this.#make = make
    this.#scenario = scenarioOf(seed, this.#random)
    this.#oracle = new Oracle(this.#scenario)
    const { modes, conditions, options, storedSide } = this.#scenario
    this.#hosts = [this.#born(0), this.#born(1)]
    this.#network = new Network(this.#world, this.#random, modes, conditions, () => this.#hosts)
    if (options[0].welcome === 'sends') this.#hosts[0].channel.welcome('welcome')
    this.#stored = stateOf(this.#hosts[storedSide])
  }

  run(): Outcome {
    const { troubleMs, conditions } = this.#scenario
    this.#network.connect()
    this.#talk(0)
    this.#talk(1)
    this.#trouble()
    this.#world.run(troubleMs)

    this.#calm = true
    const network = this.#network
    network.noticeMs = network.reconnectMs = 1_000
    network.conditions = {
      ...conditions,
      latencyMs: Math.min(20, conditions.latencyMs),
      jitterMs: Math.min(10, conditions.jitterMs),
      bytesPerSecond: 500_000,
      loss: Math.min(0.05, conditions.loss),
    }
    for (const wire of network.wires) network.cut(wire)
    network.connect()
    for (const host of this.#hosts) host.hurry()

    const back = this.#world.now
    this.#world.run(back + RECOVERY_MS, () => this.#done)
    if (!this.#done)
      this.#oracle.fail(`not done ${RECOVERY_MS} ms after the network was back: ${this.#where}`)
    if (this.#lost) this.#oracle.handedBack(this.#hosts)
    else this.#oracle.complete(this.#hosts)
    return {
      end: this.#lost ? 'state-lost' : 'complete',
      scenario: this.#scenario,
      delivered: this.#hosts[0].app.read.length + this.#hosts[1].app.read.length,
      cuts: network.cuts,
      rotations: this.#rotations,
      restores: this.#restores,
      recoveredMs: this.#world.now - back,
    }
  }

  sent(host: Host, frame: OutgoingFrame<string>): void {
    this.#oracle.sent(host, frame)
  }

  read(host: Host, text: string): void {
    this.#oracle.read(host, text)
  }

  event(host: Host, event: ChannelEvent<string>): void {
    switch (event.type) {
      case 'broken':
        if (event.reason !== 'stale') this.#oracle.fail(`side ${host.side} saw a violation: ${event.reason}`)
        if (this.#restores === 0) this.#oracle.fail('a path was stale without a restore')
        this.#world.after(0, () => this.#network.close(Number(event.path), host))
        return
      case 'drained':
        this.#world.after(0, () => this.#network.close(Number(event.path), host))
        return
      case 'superseded':
        if (this.#hosts[host.side] === host) this.#oracle.fail(`side ${host.side} was superseded by nobody`)
        host.gone = true
        return
      case 'state-lost':
        if (!this.#oracle.mayLose || this.#restores === 0)
          this.#oracle.fail(`side ${host.side} lost its state`)
        this.#world.after(0, () => this.#network.part(host))
        return
      case 'reset':
        this.#oracle.fail('nobody reset')
        return
      case 'live':
      case 'drain':
      case 'closed':
        return
      default:
        event satisfies never
    }
  }

  settled(host: Host): void {
    if (host === this.#hosts[host.side]) this.#oracle.bounded(host, this.#hosts)
    if (this.#scenario.storage === 'durable') this.#commit(host)
  }

  get #lost(): boolean {
    return this.#hosts.some(({ channel }) => channel.state === 'state-lost')
  }

  get #done(): boolean {
    if (this.#lost) return this.#hosts.every(({ channel }) => channel.state === 'state-lost')
    return this.#oracle.agreed(this.#hosts)
  }

  get #where(): string {
    return this.#hosts
      .map(({ side, life, channel, app, wires }) => {
        const { state, accepted, sent, acked, received, consumed } = channel
        const cursors = { state, accepted, sent, acked, received, consumed, wires: wires.size }
        return JSON.stringify({ side, life, wrote: app.sent.length, read: app.read.length, ...cursors })
      })
      .join(' ')
  }

  #born(side: Side, from?: Stored): Host {
    const life = from ? this.#hosts[side].life + 1 : 1
    const options = { ...this.#scenario.options[side], incarnation: life }
    const lean = side === 1 && this.#scenario.lean
    const channel = from
      ? this.#make.restore(JSON.parse(from.channel), options, lean)
      : this.#make.create(options, lean)
    const app = from ? copyOf(from.app) : newApplication()
    // to a lean end what it handed out before is consumed
    if (lean) app.consumed = app.read.length
    const host = new Host({ side, life }, channel, app, {
      world: this.#world,
      random: this.#random,
      habits: this.#scenario.habits[side],
      listener: this,
    })
    this.#oracle.born(host)
    return host
  }

  /** A side sends when it likes, until it has sent all it wants to. */
  #talk(side: Side): void {
    const host = this.#hosts[side]
    const left = this.#scenario.messages[side] - host.app.sent.length
    if (host.channel.state === 'open') {
      if (left > 0) host.say(Math.min(left, this.#random.int(1, this.#calm ? 50 : 10)))
      else if (this.#calm && this.#scenario.withEnd) host.end()
    }
    this.#world.after(this.#random.next() * (this.#calm ? 50 : 400), () => this.#talk(side))
  }

  /** Something happens, and then the next thing. */
  #trouble(): void {
    if (this.#calm) return
    this.#misfortune()
    this.#world.after(this.#random.next() * 2 * this.#scenario.troubleEveryMs, () => this.#trouble())
  }

  #misfortune(): void {
    const random = this.#random
    const wire = this.#network.any()
    const host = this.#hosts[random.pick([0, 1] as const)]
    switch (random.int(0, 10)) {
      case 0:
      case 1:
        if (wire) this.#network.cut(wire)
        return
      case 2:
      case 3:
        this.#rotations += this.#network.wires.length > 0 ? 1 : 0
        this.#network.connect()
        return
      case 4:
        wire?.stall(random.next() * 3_000)
        return
      case 5:
        host.pause()
        this.#world.after(random.next() * 3_000, () => {
          if (!host.gone) host.resume()
        })
        return
      case 6:
        if (wire) host.ping(wire)
        return
      case 7:
        if (this.#oracle.mayLose) this.#stored = stateOf(this.#hosts[this.#scenario.storedSide])
        return
      case 8:
        this.#restore()
        return
      case 9:
        host.block(random.next() * 1_000)
        return
      case 10:
        if (wire) host.prefer(wire)
    }
  }

  /** A life ends and the next one goes on from what was stored. */
  #restore(): void {
    const { storage, storedSide } = this.#scenario
    if (storage === 'none') return
    this.#restores += 1
    const side = storage === 'handover' ? this.#random.pick([0, 1] as const) : storedSide
    const old = this.#hosts[side]
    if (storage === 'handover') {
      old.channel.freeze()
      this.#stored = stateOf(old)
    }
    if (storage === 'zombie') this.#haunt(old)
    else {
      old.gone = true
      this.#network.cutAll(old)
    }
    const host = this.#born(side, this.#stored)
    this.#hosts = side === 0 ? [host, this.#hosts[1]] : [this.#hosts[0], host]
    this.#storing = false
    this.#world.after(this.#random.next() * 500, () => this.#network.connect())
  }

  /** A life that does not know it is over: it keeps its connections, sends, and may connect again. */
  #haunt(old: Host): void {
    const again = () => {
      if (old.gone || old.channel.state !== 'open') return
      old.say(this.#random.int(1, 5))
      if (this.#random.chance(0.2)) {
        const other = this.#hosts[old.other]
        this.#network.connect(old.side === 0 ? [old, other] : [other, old])
      }
      this.#world.after(this.#random.next() * 1_000, again)
    }
    again()
  }

  /** The store of a durable end: writes take time, one at a time, and only the newest life's count. */
  #commit(host: Host): void {
    const { storedSide, storeMs } = this.#scenario
    if (this.#storing || host !== this.#hosts[storedSide] || !host.changed) return
    this.#storing = true
    host.changed = false
    const stored = stateOf(host)
    const { received, acked, messages }: ChannelSnapshot<string> = JSON.parse(stored.channel)
    this.#world.after(this.#random.next() * (this.#calm ? 20 : storeMs), () => {
      if (host !== this.#hosts[storedSide] || host.gone) return
      this.#storing = false
      this.#stored = stored
      host.channel.commit(received, acked + messages.length)
      host.settle()
    })
  }
}

function stateOf({ channel, app }: Host): Stored {
  return { channel: JSON.stringify(channel.snapshot()), app: copyOf(app) }
}
