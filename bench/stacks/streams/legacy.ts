import type { StreamsStack } from '../../benches/streams.ts'
import { joinLegacy } from '../../kit/legacy.ts'
import { settledRssBytes } from '../../kit/memory.ts'
import { pullStreams } from '../../kit/pull-streams.ts'
import relay, { WINDOW_CHUNKS } from '../relay/legacy.ts'

/** The relay benchmark's peers, with more streams. */
export default {
  label: relay.label,
  order: 1,
  needs: relay.needs,
  roles: {
    server: async () => ({ ...(await relay.roles.server()), settledRssBytes }),
    receiver: relay.roles.receiver,
    async sender({ url, to }) {
      const peer = await joinLegacy(url)
      return pullStreams(() => peer.dial(to), WINDOW_CHUNKS)
    },
  },
} satisfies StreamsStack
