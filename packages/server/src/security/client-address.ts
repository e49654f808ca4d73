import { isIP, isIPv4, isIPv6 } from 'node:net'
import { plain } from './proxy-trust.ts'

/** Groups of 16 bits in an IPv6 address, and those of them that name a network: one customer has all that is behind. */
const GROUPS = 8
const NETWORK_GROUPS = 4

/**
 * Where a connection comes from. Each proxy appends to `X-Forwarded-For` whom it
 * heard: read from the end, the first that is no trusted proxy is the client.
 */
export function clientAddress(
  remoteAddress: string,
  forwardedFor: string | readonly string[] | undefined,
  trusts: (remoteAddress: string) => boolean,
): string {
  let address = remoteAddress
  for (const entry of String(forwardedFor ?? '')
    .split(',')
    .reverse()) {
    const further = withoutPort(entry.trim())
    if (isIP(further) === 0 || !trusts(address)) break
    address = further
  }
  return address
}

/** What counts as one place: an IPv4 address, or the 64 bits of an IPv6 network, in one spelling. */
export function placeOf(address: string): string {
  const known = plain(address)
  if (!isIPv6(known)) return known
  const [first = '', last] = known.split('::')
  const groups = first.split(':')
  if (last !== undefined) {
    const tail = last === '' ? 0 : last.split(':').length
    while (groups.length < GROUPS - tail) groups.push('0')
  }
  const network = groups.slice(0, NETWORK_GROUPS)
  return network.map((group) => Number.parseInt(group || '0', 16).toString(16)).join(':')
}

/** Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const [, address = entry] = /^\[([^\]]*)\](?::\d+)?$/.exec(entry) ?? []
  const [host = ''] = address.split(':')
  return isIPv4(host) ? host : address
}
