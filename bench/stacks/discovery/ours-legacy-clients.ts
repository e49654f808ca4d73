import { type DiscoveryStack, RECONNECTING } from '../../benches/discovery.ts'
import { startOurServer } from '../../kit/ours.ts'
import { joinLight } from '../../kit/swarm/light-client.ts'
import { methodsOf } from '../../kit/swarm/methods.ts'
import { Swarm } from '../../kit/swarm/swarm.ts'

/** Nothing that happens later depends on when a peer joined. */
const GROW_MS = 3_000

/** Our server with clients of the legacy protocol. */
export default {
  label: 'socket-star, light clients',
  ours: true,
  order: 12,
  skip: ({ label }) =>
    label.endsWith(RECONNECTING) ? 'connecting costs what it does in the other rows' : undefined,
  remark: 'legacy clients are told of each newcomer once and of a bounded sample of the others each round.',
  roles: {
    async server() {
      const { url } = await startOurServer({ challenge: false })
      return { url: () => url }
    },
    peers: async ({ url }) => methodsOf(new Swarm((ears) => joinLight(url, ears)), GROW_MS),
  },
} satisfies DiscoveryStack
