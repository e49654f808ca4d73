import type { Component } from '@multiformats/multiaddr'

const HOST = '(?:ip4 tcp|ip6 tcp|dns tcp|dns4 tcp|dns6 tcp|dnsaddr tcp|dns|dns4|dns6|dnsaddr)'
const WEBSOCKET = '(?:ws|wss|tls ws)'
const STAR_FORM = new RegExp(`^${HOST} ${WEBSOCKET} p2p-websocket-star(?: p2p)?$`)

/**
 * The WebSocketStar form (ADDR-4): a host, an optional port after a DNS name,
 * a WebSocket, `p2p-websocket-star` and at most a peer id.
 */
export function isStarForm(components: readonly Component[]): boolean {
  return STAR_FORM.test(components.map(({ name }) => name).join(' '))
}
