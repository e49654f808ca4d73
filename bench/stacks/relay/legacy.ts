import { randomBytes } from 'node:crypto'
import type { RelayStack } from '../../benches/relay.ts'
import { acknowledging } from '../../kit/acknowledging.ts'
import { Counter } from '../../kit/counter.ts'
import { joinLegacy, startLegacyServer } from '../../kit/legacy.ts'
import { readAll } from '../../kit/pull.ts'
import { Windowed } from '../../kit/windowed.ts'

/** How many chunks of a stream may be on their way. */
export const WINDOW_CHUNKS = 32

/**
 * The legacy packages in all three roles. Their streams have no flow control,
 * so one was added in the two applications: the receiver answers every
 * sixteenth chunk on the way back.
 */
export default {
  label: `legacy websocket-star, window of ${WINDOW_CHUNKS} chunks`,
  order: 3,
  needs: ['legacy'],
  roles: {
    async server() {
      const { url } = await startLegacyServer({ challenge: true })
      return { url: () => url }
    },

    async receiver({ url }) {
      const counter = new Counter()
      const peer = await joinLegacy(url, { onConnection: acknowledging(counter) })
      return { address: () => peer.address, received: () => counter.received() }
    },

    async sender({ url, to }) {
      const peer = await joinLegacy(url)
      let stream: Windowed | undefined
      return {
        async start(chunkBytes) {
          const windowed = new Windowed(randomBytes(chunkBytes), WINDOW_CHUNKS)
          stream = windowed
          const connection = await peer.dial(to)
          connection.sink(windowed.source)
          void readAll(connection.source, (answer) => windowed.acknowledge(answer[0] ?? 0))
        },
        async stop() {
          return stream?.end() ?? 0
        },
      }
    },
  },
} satisfies RelayStack
