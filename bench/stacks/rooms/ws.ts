import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { WebSocket, WebSocketServer } from 'ws'
import { MESSAGE, type RoomsStack } from '../../benches/rooms.ts'
import { nowMs } from '../../kit/clock.ts'
import { startHttp } from '../../kit/http.ts'
import { membersOf } from '../../kit/members.ts'

/** A loop over the members. */
export default {
  label: 'raw ws, a loop',
  order: 1,
  roles: {
    async server() {
      const { server, url } = await startHttp()
      const rooms = new Map<string, Set<WebSocket>>()
      new WebSocketServer({ server }).on('connection', (socket) => {
        socket.once('message', (names: Buffer) => {
          for (const name of JSON.parse(names.toString())) {
            const room = rooms.get(name) ?? new Set()
            rooms.set(name, room.add(socket))
          }
          socket.send('entered')
        })
      })
      return {
        url: () => url.replace('http', 'ws'),
        async say(room, messages) {
          const startedAtMs = nowMs()
          for (let nth = 0; nth < messages; nth++) {
            for (const member of rooms.get(room) ?? []) member.send(MESSAGE)
            await setImmediate()
          }
          return startedAtMs
        },
      }
    },

    members: async ({ url }) =>
      membersOf(async (rooms, onMessage) => {
        const socket = new WebSocket(url, { perMessageDeflate: false })
        await once(socket, 'open')
        socket.send(JSON.stringify(rooms))
        await once(socket, 'message')
        socket.on('message', onMessage)
      }),
  },
} satisfies RoomsStack
