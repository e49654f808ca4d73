import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket, WebSocketServer } from 'ws'
import type { RelayStack } from '../../benches/relay.ts'
import { Counter } from '../../kit/counter.ts'
import { startHttp } from '../../kit/http.ts'

/** How much may wait in a socket before its writer pauses. */
const HIGH_WATER_BYTES = 1_048_576

/** The least that a relay can do: frames in, the same frames out, the writer paused while the reader is behind. */
export default {
  label: 'raw ws',
  order: 1,
  roles: {
    async server() {
      const { server, url } = await startHttp()
      const sockets = new WebSocketServer({ server })
      let receiver: WebSocket | undefined
      sockets.on('connection', (socket, { url: path }) => {
        if (path === '/receiver') receiver = socket
        else socket.on('message', (data: Buffer) => forward(socket, receiver, data))
      })
      return { url: () => url.replace('http', 'ws') }
    },

    async receiver({ url }) {
      const counter = new Counter()
      const socket = new WebSocket(`${url}/receiver`)
      socket.on('message', (data: Buffer) => counter.add(data.length))
      await once(socket, 'open')
      return { address: () => '', received: () => counter.received() }
    },

    async sender({ url }) {
      const socket = new WebSocket(`${url}/sender`)
      await once(socket, 'open')
      let running = false
      let sent = 0
      return {
        async start(chunkBytes) {
          const chunk = randomBytes(chunkBytes)
          sent = 0
          running = true
          const pump = () => {
            while (running && socket.bufferedAmount < HIGH_WATER_BYTES) {
              socket.send(chunk, pump)
              sent += chunk.length
            }
          }
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

function forward(writer: WebSocket, reader: WebSocket | undefined, data: Buffer): void {
  if (reader === undefined) return
  reader.send(data, () => {
    if (writer.isPaused && reader.bufferedAmount < HIGH_WATER_BYTES / 2) writer.resume()
  })
  if (reader.bufferedAmount > HIGH_WATER_BYTES) writer.pause()
}
