import type { StreamsStack } from '../../benches/streams.ts'
import { settledRssBytes } from '../../kit/memory.ts'
import { joinOurs } from '../../kit/ours.ts'
import { pullStreams } from '../../kit/pull-streams.ts'
import relay from '../relay/ours.ts'

/** The relay benchmark's peers, with more streams. */
export default {
  label: relay.label,
  ours: true,
  order: 10,
  roles: {
    server: async () => ({ ...(await relay.roles.server()), settledRssBytes }),
    receiver: relay.roles.receiver,
    async sender({ url, to }) {
      const peer = await joinOurs(url)
      return pullStreams(() => peer.dial(to))
    },
  },
} satisfies StreamsStack
