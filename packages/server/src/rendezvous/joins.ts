import { StarError } from '@socket-star/protocol'
import { MAX_ADDRESS_LENGTH, type StarAddress } from '@socket-star/protocol/address'
import {
  type Capabilities,
  decodeJoinData,
  type ListWish,
  MAX_JOIN_PEERS,
  parseJoin,
  parseLeave,
} from '@socket-star/protocol/rendezvous'
import type { Counters } from '../counters.ts'
import type { StarEnvironment } from '../environment.ts'
import type { StarQuotas } from '../limits.ts'
import type { Admission } from '../security/admission.ts'
import type { Discovery } from './discovery.ts'
import { JoinSlot } from './join-slot.ts'
import type { Member } from './member.ts'
import type { Registry } from './registry.ts'

/** What this server tells a joined client about itself (JOIN-9). */
const CAPABILITIES: Capabilities = { v: 1, features: ['peers'] }

export interface JoinsOptions {
  readonly admission: Admission
  readonly challenge: boolean
  readonly challengeTimeoutMs: number
  readonly counters: Counters
  readonly discovery: Discovery
  readonly environment: StarEnvironment
  readonly quotas: StarQuotas
  readonly registry: Registry<Member>
  readonly strictAddresses: boolean
}

/** `ss-join`, `ss-leave` and what a disconnect leaves (JOIN clauses). */
export class Joins {
  readonly #options: JoinsOptions

  constructor(options: JoinsOptions) {
    this.#options = options
  }

  /**
   * Rejects with the code that the join is refused with.
   *
   * @throws StarError that code, when it is known at once: of many joins that came together each would else be looked
   * at before the first one counts as an offence
   */
  join(member: Member, args: readonly unknown[]): Promise<void> {
    const { admission, environment, quotas, strictAddresses } = this.#options
    if (!member.joinRate.take(environment.now())) {
      throw new StarError('ERR_QUOTA', `more than ${quotas.joinsPerSecond} joins a second`)
    }
    const { address, data, wish, reply } = parseJoin(args)
    if (strictAddresses && !address.strict) {
      throw new StarError('ERR_BAD_ADDRESS', 'the address does not have the WebSocketStar form')
    }
    const admitted = admission.admit(member.socket)
    const slot = this.#slot(member, address)
    return slot.run(async () => {
      if (admitted !== undefined) await admitted
      slot.throwIfCancelled()
      const proof = this.#options.challenge
        ? await slot.prove(decodeJoinData(data))
        : ({ type: 'accept' } as const)
      slot.throwIfCancelled()
      if (proof.type === 'challenge') return reply(null, proof.nonce)
      const version = this.#finish(member, address, wish)
      const peers = this.#peersFor(member)
      if (version === undefined) reply(null, null, peers, CAPABILITIES)
      else reply(null, null, peers, CAPABILITIES, version)
    })
  }

  /** @throws StarError ERR_NOT_JOINED when there was nothing to leave */
  leave(member: Member, args: readonly unknown[]): void {
    const canonical = joinedAs(member, args[0]) ?? parseLeave(args).address.canonical
    const slot = member.joining.get(canonical)
    slot?.cancel()
    // a join that comes after this leave begins anew
    member.joining.delete(canonical)
    member.untold.delete(canonical)
    if (!this.#drop(member, canonical) && slot === undefined) throw new StarError('ERR_NOT_JOINED')
  }

  /** A disconnect is a leave of everything (JOIN-12). */
  leaveAll(member: Member): void {
    for (const slot of member.joining.values()) slot.cancel()
    member.joining.clear()
    for (const address of member.addresses) this.#drop(member, address)
  }

  #slot(member: Member, address: StarAddress): JoinSlot {
    const { canonical } = address
    const found = member.joining.get(canonical)
    if (found !== undefined) return found
    this.#checkRoom(member, canonical)
    const slot: JoinSlot = new JoinSlot(address, {
      environment: this.#options.environment,
      timeoutMs: this.#options.challengeTimeoutMs,
      onIdle: () => {
        if (member.joining.get(canonical) === slot) member.joining.delete(canonical)
      },
    })
    member.joining.set(canonical, slot)
    return slot
  }

  #checkRoom(member: Member, canonical: string): void {
    const { quotas, registry } = this.#options
    if (member.addresses.has(canonical)) return
    const joining = [...member.joining.keys()].filter((address) => !member.addresses.has(address))
    if (member.addresses.size + joining.length >= quotas.addressesPerSocket) {
      throw new StarError('ERR_QUOTA', `more than ${quotas.addressesPerSocket} addresses on one socket`)
    }
    if (registry.size >= quotas.peers && registry.get(canonical) === undefined) {
      throw new StarError('ERR_QUOTA', 'the server is full')
    }
  }

  /** @returns the version of the peer list that was sent */
  #finish(
    member: Member,
    { canonical, peerId, spelling }: StarAddress,
    wish: ListWish | undefined,
  ): number | undefined {
    const { counters, discovery, quotas, registry } = this.#options
    if (registry.size >= quotas.peers && registry.get(canonical) === undefined) {
      throw new StarError('ERR_QUOTA', 'the server is full')
    }
    const previous = registry.claim(canonical, member)
    if (previous !== undefined && previous !== member) this.#oust(previous, canonical)
    member.addresses.add(canonical)
    member.untold.delete(canonical)
    // an address without a peer id is written alike in both spellings
    const version = discovery.enter(member, peerId === undefined ? 'ipfs' : spelling, wish)
    counters.join('ok')
    if (previous === undefined) {
      discovery.appeared(canonical)
      counters.peers(registry.size)
    }
    return version
  }

  #oust(previous: Member, canonical: string): void {
    previous.addresses.delete(canonical)
    if (previous.addresses.size === 0) this.#options.discovery.exit(previous)
    this.#options.discovery.taken(previous, canonical)
  }

  #drop(member: Member, canonical: string): boolean {
    const { counters, discovery, registry } = this.#options
    if (!member.addresses.delete(canonical)) return false
    if (member.addresses.size === 0) discovery.exit(member)
    if (registry.release(canonical, member)) {
      discovery.gone(canonical)
      counters.peers(registry.size)
    }
    return true
  }

  #peersFor(member: Member): string[] {
    const { environment, registry } = this.#options
    if (member.hasWatched) return []
    const sample = registry.sample(MAX_JOIN_PEERS + member.addresses.size, () => environment.random())
    const others = sample.filter(({ owner }) => owner !== member)
    return others.slice(0, MAX_JOIN_PEERS).map((entry) => entry.spelled(member.spelling))
  }
}

/** The canonical form of an address that its owner writes as clients do, which needs no parser. */
function joinedAs({ addresses }: Member, text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > MAX_ADDRESS_LENGTH) return undefined
  const likely = text.replace('/ipfs/', '/p2p/')
  return addresses.has(likely) ? likely : undefined
}
