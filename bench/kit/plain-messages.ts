import { once } from 'node:events'
import { Server, type ServerOptions, type Socket as ServerSocket } from 'socket.io'
import { type Socket as ClientSocket, io } from 'socket.io-client'
import type { MessagesStack } from '../benches/messages.ts'
import { type Emitter, Emitting, timeEach } from './emitting.ts'
import { startHttp } from './http.ts'

/** The roles of plain Socket.IO, in one of the ways in which it can be used. */
export function plainRoles(
  emitterOf: (socket: ServerSocket | ClientSocket) => Emitter,
  options: Partial<ServerOptions> = {},
): MessagesStack['roles'] {
  return {
    async server() {
      const { server, url } = await startHttp()
      const sockets = new Server(server, options)
      const counter = new Emitting()
      let client: ServerSocket | undefined
      sockets.on('connection', (socket) => {
        client = socket
        listen(socket, counter)
        socket.on('ask', (reply: () => void) => reply())
      })
      const emitter = () => {
        if (client === undefined) throw new Error('no client')
        return emitterOf(client)
      }
      return { ...counter.end(emitter), url: () => url }
    },

    async client({ url }) {
      const socket = io(url, { transports: ['websocket'] })
      await once(socket as never, 'connect')
      const counter = new Emitting()
      listen(socket, counter)
      return {
        ...counter.end(() => emitterOf(socket)),
        roundTrips: (count) => timeEach(count, () => socket.emitWithAck('ask')),
      }
    },
  }
}

function listen(socket: ServerSocket | ClientSocket, counter: Emitting): void {
  socket.on('news', (_text: string, reply?: unknown) => {
    counter.came()
    if (typeof reply === 'function') reply()
  })
}
