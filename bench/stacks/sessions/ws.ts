import { once } from 'node:events'
import { WebSocket, WebSocketServer } from 'ws'
import type { SessionsStack } from '../../benches/sessions.ts'
import { clientsOf } from '../../kit/connections.ts'
import { startHttp } from '../../kit/http.ts'
import { settledRssBytes } from '../../kit/memory.ts'

export default {
  label: 'raw ws',
  order: 1,
  roles: {
    async server() {
      const { server, url } = await startHttp()
      const sockets = new WebSocketServer({ server })
      return {
        url: () => url.replace('http', 'ws'),
        connections: () => sockets.clients.size,
        perFile: () => 1,
        settledRssBytes,
      }
    },
    clients: async ({ url }) =>
      clientsOf(async () => {
        const socket = new WebSocket(url, { perMessageDeflate: false })
        await once(socket, 'open')
        return () => socket.close()
      }),
  },
} satisfies SessionsStack
