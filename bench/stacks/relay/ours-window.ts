import { randomBytes } from 'node:crypto'
import type { RelayStack } from '../../benches/relay.ts'
import { acknowledging } from '../../kit/acknowledging.ts'
import { Counter } from '../../kit/counter.ts'
import { joinOurs } from '../../kit/ours.ts'
import { readAll } from '../../kit/pull.ts'
import { Windowed } from '../../kit/windowed.ts'
import { WINDOW_CHUNKS } from './legacy.ts'
import ours from './ours.ts'

/** The applications add the window that the legacy packages were given: what they gain, or lose, by it. */
export default {
  label: `socket-star, legacy wire, window of ${WINDOW_CHUNKS} chunks`,
  ours: true,
  order: 11,
  roles: {
    server: ours.roles.server,

    async receiver({ url }) {
      const counter = new Counter()
      const peer = await joinOurs(url)
      peer.on('stream', acknowledging(counter))
      return { address: () => peer.address, received: () => counter.received() }
    },

    async sender({ url, to }) {
      const peer = await joinOurs(url)
      let chunks: Windowed | undefined
      return {
        async start(chunkBytes) {
          const windowed = new Windowed(randomBytes(chunkBytes), WINDOW_CHUNKS)
          chunks = windowed
          const { source, sink } = await peer.dial(to)
          sink(windowed.source)
          void readAll(source, (answer) => windowed.acknowledge(answer[0] ?? 0))
        },
        async stop() {
          return chunks?.end() ?? 0
        },
      }
    },
  },
} satisfies RelayStack
