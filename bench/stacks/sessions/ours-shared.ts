import { STATUS, type StarSocket, wrap } from '@socket-star/client'
import { starMiddleware } from '@socket-star/server'
import { Server } from 'socket.io'
import { Manager } from 'socket.io-client'
import type { SessionsStack } from '../../benches/sessions.ts'
import { clientsOf } from '../../kit/connections.ts'
import { startHttp } from '../../kit/http.ts'
import { settledRssBytes } from '../../kit/memory.ts'

const NAMESPACES = ['/', '/second'] as const

/** Idle sessions, two on each connection: one a namespace. */
export default {
  label: 'socket-star session, two on a connection',
  ours: true,
  order: 11,
  remark: 'a session in each of two namespaces, so a process holds twice as many as it has connections.',
  skip: ({ label }) => (label === '1000 connections' ? 'shown with more of them.' : undefined),
  roles: {
    async server() {
      const { server, url } = await startHttp()
      const io = new Server(server)
      const stars = NAMESPACES.map((name) => {
        const star = starMiddleware()
        io.of(name).use(star)
        return star
      })
      return {
        url: () => url,
        connections: () => stars.reduce((sum, star) => sum + star.sessions.size, 0),
        perFile: () => NAMESPACES.length,
        settledRssBytes,
      }
    },
    clients: async ({ url }) => {
      const pairs = clientsOf(async () => {
        const manager = new Manager(url, { transports: ['websocket'] })
        const stars = NAMESPACES.map((name) => wrap(manager.socket(name)))
        await Promise.all(stars.map(connected))
        return () => {
          for (const star of stars) star.disconnect()
        }
      })
      return {
        connect: (sessions) => pairs.connect(sessions / NAMESPACES.length),
        disconnect: () => pairs.disconnect(),
      }
    },
  },
} satisfies SessionsStack

function connected(star: StarSocket): Promise<void> {
  return new Promise((resolve) => {
    star.on('status', (status) => {
      if (status === STATUS.CONNECTED) resolve()
    })
  })
}
