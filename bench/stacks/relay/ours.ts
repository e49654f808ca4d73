import { randomBytes } from 'node:crypto'
import type { RelayStack } from '../../benches/relay.ts'
import { Counter } from '../../kit/counter.ts'
import { joinOurs, startOurServer } from '../../kit/ours.ts'
import { readAll } from '../../kit/pull.ts'
import { Windowed } from '../../kit/windowed.ts'

/** The legacy wire between two peers of ours: no window anywhere, only the server's bounded buffers. */
export default {
  label: 'socket-star, legacy wire',
  ours: true,
  order: 10,
  roles: {
    async server() {
      const { url } = await startOurServer()
      return { url: () => url }
    },

    async receiver({ url }) {
      const counter = new Counter()
      const peer = await joinOurs(url)
      peer.on('stream', ({ source, sink }) => {
        sink((_end, callback) => callback(true))
        void readAll(source, (chunk) => counter.add(chunk.length))
      })
      return { address: () => peer.address, received: () => counter.received() }
    },

    async sender({ url, to }) {
      const peer = await joinOurs(url)
      let chunks: Windowed | undefined
      return {
        async start(chunkBytes) {
          const { source, sink } = await peer.dial(to)
          chunks = new Windowed(randomBytes(chunkBytes))
          sink(chunks.source)
          void readAll(source, () => {})
        },
        async stop() {
          return chunks?.end() ?? 0
        },
      }
    },
  },
} satisfies RelayStack
