import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { JoinOptions } from '@socket-star/client'
import type { Timers } from '@socket-star/pull-stream'
import type { Random } from '../../../packages/protocol/test/channel/sim/random.ts'
import type { Clock, Owner } from '../clock.ts'
import { Machine } from '../machine.ts'
import type { Network } from '../network.ts'
import type { Schedule } from './schedule.ts'
import type { Truth } from './truth.ts'

/** When something was sent; what is sent together has one turn. */
export interface Stamp {
  readonly ms: number
  readonly turn: number
}

/** What everything in one run shares. */
export interface World {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly schedule: Schedule
  readonly truth: Truth
  /** A promise was broken. */
  fail(text: string): void
  /** One line of the trace. */
  note(line: () => string): void
  /** When the messages that are on their way to a client's socket with a part of its peer list were sent. */
  readonly underWay: Map<string, Stamp[]>
}

/** A process, on a machine of its own. */
export function ownerOf(name: string): Owner {
  return { name, machine: new Machine(), gone: false, timers: 0 }
}

/** The clock of a process that is as busy as the schedule says. */
export function lateTimers({ clock, schedule }: World, owner: Owner): Timers {
  const { now, after } = clock.timersOf(owner)
  return { now, after: (ms, callback) => after(ms + schedule.lateMs, callback) }
}

/** An address, and the key that proves it. */
export interface Identity {
  readonly address: string
  readonly privateKey: NonNullable<JoinOptions['privateKey']>
}

const IDENTITY_COUNT = 48

/** The same in every run: the first few are fought for, the others stay where they are. */
export const IDENTITIES: readonly Identity[] = await Promise.all(
  Array.from({ length: IDENTITY_COUNT }, async (_, index) => {
    const privateKey = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(index + 1))
    const id = privateKey.publicKey.toString()
    return { address: `/ip4/127.0.0.1/tcp/9090/ws/p2p-websocket-star/p2p/${id}`, privateKey }
  }),
)

/** How many of them come and go. */
export const CONTESTED = 8

/** An address as a line of the trace has it. */
export function short(address: string): string {
  return `#${IDENTITIES.findIndex((identity) => identity.address === address.replace('/ipfs/', '/p2p/'))}`
}
