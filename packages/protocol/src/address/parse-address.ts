import { type Component, multiaddr } from '@multiformats/multiaddr'
import { StarError } from '../errors.ts'
import { canonicalPeerId } from './peer-id.ts'
import type { Spelling } from './spelling.ts'
import { isStarForm } from './star-form.ts'

/** The longest address that is read, in UTF-16 units (ADDR-1). */
export const MAX_ADDRESS_LENGTH = 512

/** An address as every map of the suite knows it. */
export interface StarAddress {
  /** The one spelling of this address (ADDR-2): what maps are keyed by and addresses are compared by. */
  readonly canonical: string
  /** The peer id at its end, base58btc; undefined when the address names no peer. */
  readonly peerId: string | undefined
  /** True when it has the WebSocketStar form (ADDR-4). */
  readonly strict: boolean
  /** How this text wrote the peer id (ADDR-3). */
  readonly spelling: Spelling
}

/**
 * Reads a multiaddr that came from outside (ADDR-1, ADDR-2, ADDR-8).
 *
 * @param text whatever arrived where an address belongs
 * @throws StarError ERR_BAD_ADDRESS when it is not a string, too long, no multiaddr, has hidden
 * characters, or names a bad peer id
 */
export function parseAddress(text: unknown): StarAddress {
  if (typeof text !== 'string') throw new StarError('ERR_BAD_ADDRESS', 'the address is not a string')
  if (text.length > MAX_ADDRESS_LENGTH) {
    throw new StarError('ERR_BAD_ADDRESS', `the address is longer than ${MAX_ADDRESS_LENGTH} characters`)
  }
  return withKnownBeginning(text) ?? parseAnew(text)
}

/** What all addresses of one server begin with, up to the peer id, by its text. */
const beginnings = new Map<string, Omit<StarAddress, 'peerId'>>()
/** So many are remembered. */
const MAX_BEGINNINGS = 64

/** Thousands join one server, and their addresses differ in the peer id alone. */
function withKnownBeginning(text: string): StarAddress | undefined {
  const end = text.lastIndexOf('/') + 1
  const beginning = end < text.length ? beginnings.get(text.slice(0, end)) : undefined
  if (beginning === undefined) return undefined
  const peerId = canonicalPeerId(text.slice(end))
  const canonical = beginning.canonical + peerId
  return canonical.length > MAX_ADDRESS_LENGTH ? undefined : { ...beginning, canonical, peerId }
}

function parseAnew(text: string): StarAddress {
  const components = readable(() => multiaddr(text).getComponents()).map(canonicalComponent)
  if (components.length === 0) throw new StarError('ERR_BAD_ADDRESS', 'the address is empty')
  // some components cannot write what they read: half a surrogate pair
  const canonical = readable(() => multiaddr(components).toString())
  if (!hasCanonicalShape(canonical)) {
    throw new StarError('ERR_BAD_ADDRESS', 'the address has white space or hidden characters, or is too long')
  }
  const last = components.at(-1)
  const peerId = last?.name === 'p2p' ? last.value : undefined
  const rest = { strict: isStarForm(components), spelling: ENDS_IN_IPFS.test(text) ? 'ipfs' : 'p2p' } as const
  const end = text.lastIndexOf('/') + 1
  if (peerId !== undefined && end < text.length) {
    if (beginnings.size >= MAX_BEGINNINGS) beginnings.clear()
    beginnings.set(text.slice(0, end), { ...rest, canonical: canonical.slice(0, -peerId.length) })
  }
  return { ...rest, canonical, peerId }
}

const ENDS_IN_IPFS = /\/ipfs\/[^/]+\/?$/
const CANONICAL_SHAPE = /^\/[^\s\p{C}]+$/u

/**
 * Whether a text can be a canonical address as far as its characters and its
 * length tell (ADDR-8). Lists of addresses travel in lines, and people read them.
 */
export function hasCanonicalShape(text: string): boolean {
  return text.length <= MAX_ADDRESS_LENGTH && CANONICAL_SHAPE.test(text)
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new StarError('ERR_BAD_ADDRESS', 'the address is not a multiaddr', { cause })
  }
}

function canonicalComponent({ code, name, value }: Component): Component {
  if (value === undefined) return { code, name }
  if (name === 'p2p') return { code, name, value: canonicalPeerId(value) }
  // DNS names compare without case
  if (name.startsWith('dns')) return { code, name, value: value.toLowerCase() }
  return { code, name, value }
}
