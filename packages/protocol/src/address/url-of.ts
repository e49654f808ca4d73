import { type Component, multiaddr } from '@multiformats/multiaddr'
import { StarError } from '../errors.ts'
import { parseAddress, type StarAddress } from './parse-address.ts'

const HOST_NAME = /^[\p{L}\p{N}._-]+$/u
const DNS = new Set(['dns', 'dns4', 'dns6', 'dnsaddr'])

/**
 * The URL of the server that an address names (ADDR-6), for `io(url)`:
 * `http://127.0.0.1:9090`, `https://example.org`, `http://[::1]:9090`.
 *
 * @throws StarError ERR_BAD_ADDRESS when it names no host that speaks WebSocket
 */
export function urlOf(address: StarAddress | string): string {
  const { canonical } = typeof address === 'string' ? parseAddress(address) : address
  const [host, ...rest] = multiaddr(canonical).getComponents()
  const port = rest[0]?.name === 'tcp' ? rest.shift()?.value : undefined
  const secure = rest[0]?.name === 'wss' || (rest[0]?.name === 'tls' && rest[1]?.name === 'ws')
  if (!secure && rest[0]?.name !== 'ws') {
    throw new StarError('ERR_BAD_ADDRESS', `the address names no WebSocket server: ${canonical}`)
  }
  const defaultPort = secure ? '443' : '80'
  const suffix = port === undefined || port === defaultPort ? '' : `:${port}`
  return `${secure ? 'https' : 'http'}://${hostOf(host, canonical)}${suffix}`
}

function hostOf(host: Component | undefined, canonical: string): string {
  const value = host?.value ?? ''
  if (host?.name === 'ip4') return value
  if (host?.name === 'ip6') return `[${value}]`
  if (host !== undefined && DNS.has(host.name) && HOST_NAME.test(value)) return value
  throw new StarError('ERR_BAD_ADDRESS', `the address names no host: ${canonical}`)
}
