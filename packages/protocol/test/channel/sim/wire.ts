import {
  decodeFrame,
  encodeHead,
  type Frame,
  type OutgoingFrame,
  type PathMode,
} from '@socket-star/protocol/channel'
import type { Host } from './host.ts'
import { Link, type LinkConditions } from './link.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

const HEAD_BYTES = 40

interface Packet {
  readonly head: string
  readonly payloads: readonly string[]
}

/**
 * A virtual connection between one life of each end: a path of both Channels.
 * Every frame goes through the codec, as it would on a real one.
 */
export class Wire {
  readonly id: number
  readonly mode: PathMode
  readonly hosts: readonly [Host, Host]
  alive = true
  readonly #links: readonly [Link<Packet>, Link<Packet>]

  constructor(
    id: number,
    mode: PathMode,
    hosts: readonly [Host, Host],
    world: World,
    random: Random,
    conditions: LinkConditions,
  ) {
    this.id = id
    this.mode = mode
    this.hosts = hosts
    const link = (to: Host) =>
      new Link<Packet>(world, random, mode === 'in-order', conditions, (packet) =>
        to.arrived(this, decode(packet)),
      )
    this.#links = [link(hosts[1]), link(hosts[0])]
    for (const host of hosts) host.attach(this)
  }

  send(from: Host, frame: OutgoingFrame<string>): void {
    const packet = { head: JSON.stringify(encodeHead(frame)), payloads: frame.payloads }
    const bytes = frame.payloads.reduce((sum, payload) => sum + payload.length, HEAD_BYTES)
    this.#links[from === this.hosts[0] ? 0 : 1].send(packet, bytes)
  }

  /** Cuts it now. Its ends find out on their own. */
  cut(): void {
    this.alive = false
    for (const link of this.#links) link.cut()
  }

  stall(ms: number): void {
    for (const link of this.#links) link.stall(ms)
  }

  /** Changes what the network does from now on. */
  set conditions(conditions: LinkConditions) {
    for (const link of this.#links) link.conditions = conditions
  }
}

function decode({ head, payloads }: Packet): Frame<string> {
  const frame = decodeFrame(JSON.parse(head), payloads)
  if (!frame) throw new Error(`a frame of ours does not decode: ${head}`)
  return frame
}
