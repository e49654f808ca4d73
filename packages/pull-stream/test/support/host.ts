import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type ServerOptions, type Socket } from 'socket.io'
import { type Socket as ClientSocket, io, type ManagerOptions, type SocketOptions } from 'socket.io-client'

/** A client of the host, and the same connection as the server sees it. */
export interface Connection {
  client: ClientSocket
  server: Socket
}

/** A real Socket.IO server on a free port of 127.0.0.1. */
export interface Host {
  io: Server
  connect(options?: Partial<ManagerOptions & SocketOptions>): Promise<Connection>
  close(): Promise<void>
}

export async function createHost(options: Partial<ServerOptions> = {}): Promise<Host> {
  const http = createServer()
  const server = new Server(http, { serveClient: false, ...options })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const clients: ClientSocket[] = []
  return {
    io: server,
    async connect(clientOptions = {}) {
      const client = io(`http://127.0.0.1:${port}`, {
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        ...clientOptions,
      })
      clients.push(client)
      const [socket] = (await once(server, 'connection')) as [Socket]
      if (!client.connected) await new Promise<void>((resolve) => client.once('connect', resolve))
      return { client, server: socket }
    },
    async close() {
      for (const client of clients) client.disconnect()
      await server.close()
    },
  }
}

/** Waits until the server has handled all that this client sent, and the client has heard of it. */
export function roundTrip({ client, server }: Connection): Promise<void> {
  server.once('round-trip', (reply: () => void) => reply())
  return new Promise((resolve) => client.emit('round-trip', resolve))
}
