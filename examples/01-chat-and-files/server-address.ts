/** The multiaddr of the server that this page came from; a peer adds `/p2p/<its id>` to it. */
export function serverAddress({ protocol, hostname, port }: Location): string {
  const host = hostname.replace(/^\[|\]$/g, '')
  const name = host.includes(':') ? 'ip6' : /^\d+(\.\d+){3}$/.test(host) ? 'ip4' : 'dns4'
  const secure = protocol === 'https:'
  return `/${name}/${host}/tcp/${port || (secure ? 443 : 80)}/${secure ? 'wss' : 'ws'}/p2p-websocket-star`
}
