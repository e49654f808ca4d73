import { parseAddress } from '../address/index.ts'
import { errorFromWire, StarError } from '../errors.ts'
import { decodeList } from './address-list.ts'
import type { Capabilities } from './events.ts'
import { listId } from './known-list.ts'
import { MAX_FEATURES, MAX_LEGACY_JOIN_PEERS } from './limits.ts'
import { record, whole } from './values.ts'

/** Readers for what a server answers and announces; the counterpart of `requests.ts`. */
type Args = readonly unknown[]

/** What a join's callback was called with (JOIN-3). */
export type JoinOutcome =
  | { readonly type: 'challenge'; readonly nonce: string }
  | {
      readonly type: 'joined'
      /** Canonical addresses of peers that are online, a sample. */
      readonly peers: string[]
      /** Undefined on a server that is not ours. */
      readonly capabilities: Capabilities | undefined
    }

/** A peer list, or a change of it (DISC-4, DISC-5), addresses canonical. */
export type PeersUpdate =
  | {
      readonly type: 'all'
      /** Undefined for a list that cannot be gone on from (DISC-16): something was left out. */
      readonly id: string | undefined
      readonly v: number
      readonly all: string[]
    }
  | {
      readonly type: 'change'
      readonly v: number
      readonly add: string[]
      readonly drop: string[]
      /** Nothing was left out. */
      readonly isWhole: boolean
    }

/**
 * Reads `cb(error)`, `cb(null, nonce)` or `cb(null, null, peers, capabilities)`.
 * Peers that cannot be read are left out.
 *
 * @throws StarError what the server reported, or ERR_BAD_REQUEST when it is none of the three
 */
export function parseJoinReply(args: Args): JoinOutcome {
  const [error, nonce, peers, capabilities] = args
  throwReported(error)
  if (typeof nonce === 'string' && nonce !== '') return { type: 'challenge', nonce }
  if (nonce !== undefined && nonce !== null && nonce !== '') {
    throw new StarError('ERR_CHALLENGE', 'the challenge is not a string')
  }
  const list = Array.isArray(peers) ? peers.slice(0, MAX_LEGACY_JOIN_PEERS) : []
  return { type: 'joined', peers: readable(list), capabilities: parseCapabilities(capabilities) }
}

/** Reads a reply that only says whether it worked, `cb(error)` or `cb()` (DIAL-1). */
export function parsePlainReply(args: Args): void {
  throwReported(args[0])
}

/** Reads `cb(error)` or `cb(null, v)`: the version of the peer list that was sent so far (DISC-4). */
export function parseWatchReply(args: Args): number | undefined {
  throwReported(args[0])
  return whole(args[1])
}

/** Reads the version that a join's reply ends with where it asked for the peer list (DISC-15). */
export function listVersionIn(reply: Args): number | undefined {
  return whole(reply[4])
}

/** Reads `ss-peers({ id, v, all })` (DISC-4) or `ss-peers({ v, add, drop })` (DISC-5). */
export function parsePeers(args: Args): PeersUpdate {
  const { id, v, all, add, drop } = record(args[0], 'no object came')
  if (all !== undefined) {
    const { addresses, isWhole } = list(all)
    return { type: 'all', id: isWhole ? listId(id) : undefined, v: version(v), all: addresses }
  }
  const [added, dropped] = [list(add), list(drop)]
  const isWhole = added.isWhole && dropped.isWhole
  return { type: 'change', v: version(v), add: added.addresses, drop: dropped.addresses, isWhole }
}

/** The fourth argument of a join's reply (JOIN-9); undefined for anything that is not one. */
export function parseCapabilities(value: unknown): Capabilities | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { v, features } = value as Record<string, unknown>
  if (!Number.isSafeInteger(v) || !Array.isArray(features)) return undefined
  const names = features.slice(0, MAX_FEATURES).filter((name) => typeof name === 'string')
  return { v: v as number, features: names }
}

function throwReported(error: unknown): void {
  if (error !== undefined && error !== null && error !== false && error !== '') throw errorFromWire(error)
}

function version(value: unknown): number {
  const found = whole(value)
  if (found === undefined) throw new StarError('ERR_BAD_REQUEST', 'the version is not a whole number')
  return found
}

function list(value: unknown): ReturnType<typeof decodeList> {
  if (typeof value !== 'string') throw new StarError('ERR_BAD_REQUEST', 'the addresses are not a string')
  return decodeList(value)
}

function readable(list: readonly unknown[]): string[] {
  const canonical: string[] = []
  for (const text of list) {
    try {
      canonical.push(parseAddress(text).canonical)
    } catch {
      // one bad entry must not hide the others
    }
  }
  return canonical
}
