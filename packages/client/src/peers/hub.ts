import { StarError } from '@socket-star/protocol'
import type { StarAddress } from '@socket-star/protocol/address'
import { EVENTS, parseIncoming, parseLeft } from '@socket-star/protocol/rendezvous'
import { STATUS } from '@socket-star/protocol/session'
import { blame } from '../blame.ts'
import type { Env } from '../env.ts'
import type { Wire } from '../wire.ts'
import { type StarSocket, WIRE } from '../wrap.ts'
import { Discovery } from './discovery.ts'
import { noDrops, type PeerDropReason } from './drops.ts'
import { Answer, type IncomingDial } from './incoming-dial.ts'
import type { PeerChange } from './peer-list.ts'
import { PeerWire } from './peer-wire.ts'
import { SignatureMemory } from './signature-memory.ts'
import type { PeerStatus } from './types.ts'

/** A peer of this client, as its hub sees it. */
export interface LocalPeer {
  readonly address: string
  readonly status: PeerStatus
  /** True while the application takes streams. */
  readonly accepting: boolean
  changed(change: PeerChange): void
  failed(error: StarError): void
  /** The server gave the address to another connection. */
  taken(): void
  close(error: StarError): void
  incoming(dial: IncomingDial): void
}

// biome-ignore lint/suspicious/noExplicitAny: the application's event types do not matter here
type AnyStar = StarSocket<any, any>

/**
 * What the peers that were joined on one socket share: the listeners on it, its
 * peer list, the counters of what was dropped. It listens while there are peers.
 */
export class Hub {
  readonly wire: PeerWire
  readonly env: Env
  readonly drops = noDrops()
  readonly signatures = new SignatureMemory()
  readonly discovery: Discovery
  readonly #star: Pick<AnyStar, 'status'>
  readonly #below: Wire
  readonly #peers = new Map<string, LocalPeer>()

  constructor(star: AnyStar, below: Wire) {
    const { env } = below
    const wire = new PeerWire(below, env.timers)
    this.#star = star
    this.#below = below
    this.wire = wire
    this.env = env
    this.discovery = new Discovery(wire, env, {
      changed: (change) => this.#each((peer) => peer.changed(change)),
      failed: (error) => this.#each((peer) => peer.failed(error)),
      dropped: (reason) => this.dropped(reason),
    })
  }

  /** @throws StarError ERR_ALREADY_JOINED, ERR_CLOSED when the star was disconnected for good (JOIN-23) */
  add(peer: LocalPeer): void {
    if (this.#star.status === STATUS.DISCONNECTED) throw new StarError('ERR_CLOSED', OVER)
    if (this.#peers.has(peer.address)) throw new StarError('ERR_ALREADY_JOINED')
    if (this.#peers.size === 0) this.#attach()
    this.#peers.set(peer.address, peer)
  }

  remove(peer: LocalPeer): void {
    if (this.#peers.get(peer.address) !== peer) return
    this.#peers.delete(peer.address)
    if (this.#peers.size === 0) this.#detach()
    // a socket without an address is sent no more peers, also when another one is about to be joined (JOIN-11)
    else if ([...this.#peers.values()].every(({ status }) => status !== 'joined')) this.discovery.lost()
  }

  dropped(reason: PeerDropReason): void {
    this.drops[reason] += 1
  }

  #attach(): void {
    this.wire.on(EVENTS.incoming, this.#onIncoming)
    this.wire.on(EVENTS.left, this.#onLeft)
    this.wire.on('disconnect', this.#onDisconnect)
    this.#below.users.add(this)
    this.discovery.attach()
  }

  #detach(): void {
    this.wire.off(EVENTS.incoming, this.#onIncoming)
    this.wire.off(EVENTS.left, this.#onLeft)
    this.wire.off('disconnect', this.#onDisconnect)
    this.#below.users.delete(this)
    this.discovery.detach()
  }

  readonly #onDisconnect = (): void => this.discovery.lost()

  /** Nobody connects this socket for the star any more (JOIN-23). */
  ended(): void {
    this.#each((peer) => peer.close(new StarError('ERR_CLOSED', OVER)))
  }

  readonly #onLeft = (...args: unknown[]): void => {
    try {
      this.#peers.get(parseLeft(args).address.canonical)?.taken()
    } catch (error) {
      blame(this.env, error)
      this.dropped('bad-peer')
    }
  }

  readonly #onIncoming = (...args: unknown[]): void => {
    const answer = new Answer(this.wire, args)
    try {
      const { dialId, from, to } = parseIncoming(args)
      this.#dialled(to).incoming({ dialId, from, answer })
    } catch (error) {
      blame(this.env, error)
      this.dropped('bad-incoming')
      answer.refuse(error)
    }
  }

  /** Whom a dial is for. A server that does not say can only mean one of those that are there. */
  #dialled(to: StarAddress | undefined): LocalPeer {
    const peers = [...this.#peers.values()]
    const peer =
      to === undefined
        ? (peers.find(({ accepting }) => accepting) ?? peers[0])
        : this.#peers.get(to.canonical)
    if (peer === undefined) throw new StarError('ERR_NOT_JOINED')
    return peer
  }

  #each(tell: (peer: LocalPeer) => void): void {
    for (const peer of [...this.#peers.values()]) tell(peer)
  }
}

const OVER = 'the star was disconnected for good'

const hubs = new WeakMap<Wire, Hub>()

/**
 * The hub of a wrapped socket.
 *
 * @throws StarError ERR_BAD_REQUEST when it is not one
 */
export function hubOf(star: AnyStar): Hub {
  const wire = star?.[WIRE]
  if (wire === undefined) throw new StarError('ERR_BAD_REQUEST', 'joinStar takes what wrap() returned')
  const known = hubs.get(wire)
  if (known !== undefined) return known
  const hub = new Hub(star, wire)
  hubs.set(wire, hub)
  return hub
}
