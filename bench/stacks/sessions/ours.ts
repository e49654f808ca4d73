import { STATUS, wrap } from '@socket-star/client'
import { starMiddleware } from '@socket-star/server'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import type { SessionsStack } from '../../benches/sessions.ts'
import { clientsOf } from '../../kit/connections.ts'
import { startHttp } from '../../kit/http.ts'
import { settledRssBytes } from '../../kit/memory.ts'

/** Idle sessions, each on a connection of its own. */
export default {
  label: 'socket-star session',
  ours: true,
  order: 10,
  roles: {
    async server() {
      const { server, url } = await startHttp()
      const star = starMiddleware()
      new Server(server).use(star)
      return { url: () => url, connections: () => star.sessions.size, perFile: () => 1, settledRssBytes }
    },
    clients: async ({ url }) =>
      clientsOf(async () => {
        const star = wrap(io(url, { transports: ['websocket'], forceNew: true }))
        await new Promise<void>((resolve) => {
          star.on('status', (status) => {
            if (status === STATUS.CONNECTED) resolve()
          })
        })
        return () => star.disconnect()
      }),
  },
} satisfies SessionsStack
