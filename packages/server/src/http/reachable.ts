import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Listening here means listening on every interface. */
const ANY_ADDRESS = new Set(['0.0.0.0', '::'])

/** The hosts under which a server that listens on `host` can be reached from this machine and its networks. */
export function reachableHosts(host: string): string[] {
  if (!ANY_ADDRESS.has(host)) return [host]
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const usable = addresses.filter(({ address, family }) =>
    family === 'IPv4' ? true : host === '::' && !address.startsWith('fe80'),
  )
  const inside = usable.filter(({ internal }) => internal)
  const outside = usable.filter(({ internal }) => !internal)
  return [...inside, ...outside].map(({ address }) => address)
}

/** The multiaddr that peers join, without the peer id that each of them appends as `/p2p/<id>`. */
export function multiaddrFor(host: string, port: number, secure: boolean): string {
  const version = isIP(host)
  const name = version === 0 ? 'dns4' : `ip${version}`
  return `/${name}/${host}/tcp/${port}/${secure ? 'wss' : 'ws'}/p2p-websocket-star`
}
