import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Server, type Socket } from 'socket.io'
import { io } from 'socket.io-client'
import type { RelayStack } from '../../benches/relay.ts'
import { Counter } from '../../kit/counter.ts'
import { startHttp } from '../../kit/http.ts'

const WINDOW_EVENTS = 32
const ACKNOWLEDGE_EVERY_EVENTS = 16

/** One event a chunk, relayed by the server; the receiver says now and then how many it has. */
export default {
  label: `Socket.IO, window of ${WINDOW_EVENTS} events`,
  order: 2,
  roles: {
    async server() {
      const { server, url } = await startHttp()
      const sockets = new Server(server, { transports: ['websocket'] })
      let sender: Socket | undefined
      let receiver: Socket | undefined
      sockets.on('connection', (socket) => {
        if (socket.handshake.auth.role === 'sender') sender = socket
        else receiver = socket
        socket.on('data', (chunk: Buffer) => receiver?.emit('data', chunk))
        socket.on('received', (events: number) => sender?.emit('received', events))
      })
      return { url: () => url }
    },

    async receiver({ url }) {
      const counter = new Counter()
      const socket = io(url, { transports: ['websocket'], auth: { role: 'receiver' } })
      let events = 0
      socket.on('data', (chunk: Buffer) => {
        counter.add(chunk.length)
        if (++events % ACKNOWLEDGE_EVERY_EVENTS === 0) socket.emit('received', ACKNOWLEDGE_EVERY_EVENTS)
      })
      await once(socket as never, 'connect')
      return { address: () => '', received: () => counter.received() }
    },

    async sender({ url }) {
      const socket = io(url, { transports: ['websocket'], auth: { role: 'sender' } })
      await once(socket as never, 'connect')
      let running = false
      let chunk: Buffer = Buffer.alloc(0)
      let sent = 0
      let outstanding = 0
      const pump = () => {
        while (running && outstanding < WINDOW_EVENTS) {
          socket.emit('data', chunk)
          outstanding++
          sent += chunk.length
        }
      }
      socket.on('received', (events: number) => {
        outstanding -= events
        pump()
      })
      return {
        async start(chunkBytes) {
          chunk = randomBytes(chunkBytes)
          sent = 0
          running = true
          pump()
        },
        async stop() {
          running = false
          return sent
        },
      }
    },
  },
} satisfies RelayStack
