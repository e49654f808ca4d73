import { hasCanonicalShape, MAX_ADDRESS_LENGTH } from '../address/index.ts'
import { MAX_LIST_CHARACTERS, MAX_PEERS } from './limits.ts'

const SEPARATOR = '/'

/**
 * How a list of canonical addresses travels (DISC-14): lines of one string,
 * because JSON spends more on an array. A line that ends in `/` is what the
 * lines after it begin with: the addresses of one server differ in the peer id
 * alone. No canonical address ends in `/`.
 */
export function encodeAddresses(addresses: Iterable<string>): string {
  const ends = new Map<string, string[]>()
  let beginning = ''
  let group: string[] = []
  for (const address of addresses) {
    const length = address.lastIndexOf(SEPARATOR) + 1
    // neighbours mostly begin alike: then there is no need to look further
    if (length !== beginning.length || !address.startsWith(beginning)) {
      beginning = address.slice(0, length)
      group = groupOf(ends, beginning)
    }
    group.push(address.slice(length))
  }
  return [...ends].flatMap(([begins, rest]) => [begins, ...rest]).join('\n')
}

function groupOf(ends: Map<string, string[]>, beginning: string): string[] {
  const known = ends.get(beginning)
  if (known !== undefined) return known
  const group: string[] = []
  ends.set(beginning, group)
  return group
}

/**
 * Reads what {@link encodeAddresses} wrote, or anybody else. A list may be long,
 * and the server has read each of its addresses, so only their shape is looked
 * at: a client that dials one has it read again. What has not the shape, and
 * what comes after {@link MAX_PEERS} addresses or {@link MAX_LIST_CHARACTERS},
 * is left out (DISC-6).
 */
export function decodeAddresses(text: string): string[] {
  return decodeList(text).addresses
}

/** The same, and whether nothing was left out. */
export function decodeList(text: string): { addresses: string[]; isWhole: boolean } {
  const addresses: string[] = []
  let beginning = ''
  let room = MAX_LIST_CHARACTERS
  let entries = 0
  let next = 0
  while (next < text.length && entries < MAX_PEERS) {
    const found = text.indexOf('\n', next)
    const end = found === -1 ? text.length : found
    const line = text.slice(next, end)
    next = end + 1
    if (line.endsWith(SEPARATOR)) {
      beginning = line
      continue
    }
    entries += 1
    const length = beginning.length + line.length
    if (line === '' || length > MAX_ADDRESS_LENGTH) continue
    room -= length
    if (room < 0) break
    const address = beginning + line
    if (hasCanonicalShape(address)) addresses.push(address)
  }
  return { addresses, isWhole: addresses.length === entries && next >= text.length }
}
