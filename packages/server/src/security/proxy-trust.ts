import { BlockList, isIP, isIPv4 } from 'node:net'
import { StarError } from '@socket-star/protocol'

/** Which proxies are believed: addresses and CIDR ranges (`10.0.0.0/8`, `::1`), or a function of the address. */
export type ProxyTrust = readonly string[] | ((remoteAddress: string) => boolean)

const MAPPED = '::ffff:'

/**
 * Whether the connection from a remote address is one of a trusted proxy.
 *
 * @throws StarError ERR_CONFIG when an entry is neither an address nor a range
 */
export function proxyTrust(trust: ProxyTrust = []): (remoteAddress: string) => boolean {
  if (typeof trust === 'function') return trust
  const list = new BlockList()
  for (const entry of trust) add(list, entry)
  return (remoteAddress) => {
    const address = plain(remoteAddress)
    return isIP(address) !== 0 && list.check(address, family(address))
  }
}

function add(list: BlockList, entry: string): void {
  const [address = '', bits, ...rest] = entry.split('/')
  const prefix = bits === undefined ? undefined : Number(bits)
  const widest = isIPv4(address) ? 32 : 128
  const sound = prefix === undefined || (/^\d{1,3}$/.test(bits ?? '') && prefix <= widest)
  if (isIP(address) === 0 || !sound || rest.length > 0) {
    throw new StarError(
      'ERR_CONFIG',
      `trustProxy (--trust-proxy): ${JSON.stringify(entry)} is neither an IP address nor a range such as 10.0.0.0/8`,
    )
  }
  if (prefix === undefined) list.addAddress(plain(address), family(plain(address)))
  else list.addSubnet(address, prefix, family(address))
}

/** A dual-stack listener reports IPv4 connections as mapped IPv6 addresses. */
export function plain(address: string): string {
  const tail = address.toLowerCase().startsWith(MAPPED) ? address.slice(MAPPED.length) : ''
  return isIPv4(tail) ? tail : address
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6'
}
