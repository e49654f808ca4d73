import { setImmediate } from 'node:timers/promises'
import { wrap } from '@socket-star/client'
import { starMiddleware } from '@socket-star/server'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { MESSAGE, type RoomsStack } from '../../benches/rooms.ts'
import { nowMs } from '../../kit/clock.ts'
import { startHttp } from '../../kit/http.ts'
import { membersOf } from '../../kit/members.ts'

/** Rooms of sessions: logged, and caught up with after an absence. */
export default {
  label: 'socket-star star.to(room).emit',
  ours: true,
  order: 10,
  roles: {
    async server() {
      const { server, url } = await startHttp()
      const star = starMiddleware()
      new Server(server).use(star)
      star.on('session', (session) => {
        session.on('enter', (rooms, reply) => {
          session.join(rooms)
          reply()
        })
      })
      return {
        url: () => url,
        async say(room, messages) {
          const startedAtMs = nowMs()
          for (let nth = 0; nth < messages; nth++) {
            star.to(room).emit('news', MESSAGE)
            await setImmediate()
          }
          return startedAtMs
        },
      }
    },

    members: async ({ url }) =>
      membersOf(async (rooms, onMessage) => {
        const star = wrap(io(url, { transports: ['websocket'], forceNew: true }))
        star.on('news', onMessage)
        await star.emitWithAck('enter', rooms)
      }),
  },
} satisfies RoomsStack
