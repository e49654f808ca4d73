import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { starMiddleware } from '@socket-star/server'
import { Server } from 'socket.io'
import { type Arguments, note, serveCommands } from './commands.ts'
import { figures } from './figures.ts'

// A host application's own Socket.IO server with the middleware: what README shows, and allowEIO3 for legacy clients.
const http = createServer()
let io: Server

async function listen({ port, options, ioOptions }: Arguments): Promise<{ port: number }> {
  io = new Server(http, { allowEIO3: true, ...ioOptions })
  io.use(starMiddleware(options))
  io.on('connection', (socket) => {
    socket.on('disconnect', (reason, details) =>
      note(`${socket.id} disconnected: ${reason} ${details ?? ''}`),
    )
  })
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve))
  return { port: (http.address() as AddressInfo).port }
}

serveCommands({
  listen,
  figures: () => figures(io.sockets.sockets.values()),
})
