import {
  type DiscoveryStack,
  KEEP_ALIVE_MS,
  NO_IDLE_COLLECTION,
  RECONNECTING,
} from '../../benches/discovery.ts'
import { startServerAtRest } from '../../kit/ours.ts'
import { joinLight } from '../../kit/swarm/light-client.ts'
import { methodsOf, QUICK_GROWTH_MS } from '../../kit/swarm/methods.ts'
import { Swarm } from '../../kit/swarm/swarm.ts'

/** Our server with clients of the legacy protocol. */
export default {
  label: 'socket-star, light clients',
  ours: true,
  order: 12,
  skip: ({ label }) =>
    label.endsWith(RECONNECTING) || label === '300 peers' ? 'the other rows say the same' : undefined,
  remark:
    'legacy clients are told of each newcomer once and of a bounded sample of the others each round, so their lists fill slowly.',
  nodeArguments: NO_IDLE_COLLECTION,
  roles: {
    async server() {
      const { url } = await startServerAtRest({ challenge: false }, KEEP_ALIVE_MS)
      return { url: () => url, owed: () => undefined }
    },
    peers: async ({ url }) => methodsOf(new Swarm((ears) => joinLight(url, ears)), QUICK_GROWTH_MS),
  },
} satisfies DiscoveryStack
