import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { StarError } from '@socket-star/protocol'

/** TLS material, read already: `key` with `cert` as PEM, or `pfx` (PKCS#12). */
export interface TlsMaterial {
  readonly key?: string | Buffer
  readonly cert?: string | Buffer
  readonly pfx?: Buffer
  readonly passphrase?: string
}

/** An HTTP server, or an HTTPS one where there is TLS material; throws what OpenSSL says of bad material. */
export function createListener(tls: TlsMaterial | undefined): Server {
  return tls === undefined ? createServer() : createTlsServer({ ...tls })
}

/**
 * Connections that come from now on get another certificate; open ones go on.
 *
 * @throws StarError ERR_CONFIG for a server without TLS; what OpenSSL says of bad material, and nothing changes
 */
export function renewListenerTls(server: Server, tls: TlsMaterial): void {
  if (!(server instanceof TlsServer)) throw new StarError('ERR_CONFIG', 'the server was started without TLS')
  createSecureContext({ ...tls })
  server.setSecureContext({ ...tls })
}

/**
 * Follows the connections of a server, upgraded ones included, which it counts
 * no more itself. The returned function closes those that are left.
 */
export function followConnections(server: Server): () => void {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return () => {
    for (const socket of open) socket.destroy()
  }
}

/** Resolves with where it listens. Rejects with the system's error, `EADDRINUSE` for a port in use. */
export function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve(server.address() as AddressInfo)
    })
  })
}

/** `http://127.0.0.1:9090`; IPv6 addresses in brackets. */
export function urlFor(host: string, port: number, secure: boolean): string {
  return `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
