import type { PathMode } from '@socket-star/protocol/channel'
import type { Host } from './host.ts'
import type { LinkConditions } from './link.ts'
import type { Random } from './random.ts'
import { Wire } from './wire.ts'
import type { World } from './world.ts'

/** More connections at once are not made. */
const MOST_WIRES = 5

/** The connections between two ends: made, cut at any instant, and noticed by each end in its own time. */
export class Network {
  conditions: LinkConditions
  modes: readonly [PathMode, ...PathMode[]]
  /** The longest until an end notices a cut, and until it tries again, in ms. */
  noticeMs = 3_000
  reconnectMs = 3_000
  cuts = 0
  wires: Wire[] = []
  readonly #world: World
  readonly #random: Random
  readonly #hosts: () => readonly [Host, Host]
  #ids = 0

  constructor(
    world: World,
    random: Random,
    modes: readonly [PathMode, ...PathMode[]],
    conditions: LinkConditions,
    hosts: () => readonly [Host, Host],
  ) {
    this.#world = world
    this.#random = random
    this.modes = modes
    this.conditions = conditions
    this.#hosts = hosts
  }

  /** One more connection; beside a living one this is a rotation. */
  connect(hosts = this.#hosts()): void {
    for (const host of hosts) if (host.channel.state === 'state-lost') this.part(host)
    if (this.wires.length >= MOST_WIRES || hosts.some((host) => host.gone || host.wires.size >= MOST_WIRES))
      return
    const mode = this.#random.pick(this.modes)
    this.#ids += 1
    this.wires.push(new Wire(this.#ids, mode, hosts, this.#world, this.#random, this.conditions))
  }

  /** Some living connection. */
  any(): Wire | undefined {
    return this.wires[this.#random.int(0, Math.max(0, this.wires.length - 1))]
  }

  cut(wire: Wire): void {
    if (!wire.alive) return
    this.cuts += 1
    wire.cut()
    this.wires = this.wires.filter((other) => other !== wire)
    for (const host of wire.hosts) {
      const notice = this.#random.chance(0.4) ? 0 : this.#random.next() * this.noticeMs
      this.#world.after(notice, () => {
        if (!host.gone) host.detach(wire)
      })
    }
    this.#world.after(this.#random.next() * this.reconnectMs, () => this.#ensure())
  }

  cutAll(host: Host): void {
    for (const wire of this.wires) if (wire.hosts.includes(host)) this.cut(wire)
  }

  /** An end gives up its connections with earlier lives of the other. */
  part(host: Host): void {
    const hosts = this.#hosts()
    for (const wire of host.wires.values())
      if (!wire.hosts.every((end) => hosts.includes(end))) this.close(wire.id, host)
  }

  /** One end closes a connection of its own accord. */
  close(id: number, host: Host): void {
    const wire = host.wires.get(id)
    if (!wire) return
    host.detach(wire)
    this.cut(wire)
  }

  /** The two newest lives are always brought together again. */
  #ensure(): void {
    const hosts = this.#hosts()
    const together = () => this.wires.some((wire) => hosts.every((host) => wire.hosts.includes(host)))
    if (together()) return
    this.connect()
    if (!together()) this.#world.after(this.reconnectMs, () => this.#ensure())
  }
}
