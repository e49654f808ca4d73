import { once } from 'node:events'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import type { SessionsStack } from '../../benches/sessions.ts'
import { clientsOf } from '../../kit/connections.ts'
import { startHttp } from '../../kit/http.ts'
import { settledRssBytes } from '../../kit/memory.ts'

export default {
  label: 'Socket.IO',
  order: 2,
  roles: {
    async server() {
      const { server, url } = await startHttp()
      const sockets = new Server(server)
      return {
        url: () => url,
        connections: () => sockets.of('/').sockets.size,
        perFile: () => 1,
        settledRssBytes,
      }
    },
    clients: async ({ url }) =>
      clientsOf(async () => {
        const socket = io(url, { transports: ['websocket'], forceNew: true })
        await once(socket as never, 'connect')
        return () => socket.disconnect()
      }),
  },
} satisfies SessionsStack
