import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { MESSAGE, type RoomsStack } from '../../benches/rooms.ts'
import { nowMs } from '../../kit/clock.ts'
import { startHttp } from '../../kit/http.ts'
import { membersOf } from '../../kit/members.ts'

export default {
  label: 'Socket.IO io.to(room).emit',
  order: 2,
  roles: {
    async server() {
      const { server, url } = await startHttp()
      const sockets = new Server(server)
      sockets.on('connection', (socket) => {
        socket.on('enter', async (rooms: string[], reply: () => void) => {
          await socket.join(rooms)
          reply()
        })
      })
      return {
        url: () => url,
        async say(room, messages) {
          const startedAtMs = nowMs()
          for (let nth = 0; nth < messages; nth++) {
            sockets.to(room).emit('news', MESSAGE)
            await setImmediate()
          }
          return startedAtMs
        },
      }
    },

    members: async ({ url }) =>
      membersOf(async (rooms, onMessage) => {
        const socket = io(url, { transports: ['websocket'], forceNew: true })
        await once(socket as never, 'connect')
        socket.on('news', onMessage)
        await socket.emitWithAck('enter', rooms)
      }),
  },
} satisfies RoomsStack
