import type { StreamsStack } from '../../benches/streams.ts'
import { startSenders } from '../../kit/libp2p-stream.ts'
import { settledRssBytes } from '../../kit/memory.ts'
import relay from '../relay/circuit-relay.ts'

const MAX_STREAMS = 100

/** The relay benchmark's peers, with more streams, all on one connection between the two peers. */
export default {
  label: relay.label,
  order: 2,
  needs: relay.needs,
  remark: `not with more than ${MAX_STREAMS} streams: what its windows hold takes minutes to arrive.`,
  skip: ({ label }) => (Number.parseInt(label, 10) > MAX_STREAMS ? 'see the remark' : undefined),
  roles: {
    server: async () => ({ ...(await relay.roles.server()), settledRssBytes }),
    receiver: relay.roles.receiver,
    sender: ({ to }) => startSenders(to),
  },
} satisfies StreamsStack
