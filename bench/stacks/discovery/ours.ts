import { type DiscoveryStack, KEEP_ALIVE_MS, NO_IDLE_COLLECTION } from '../../benches/discovery.ts'
import { startServerAtRest } from '../../kit/ours.ts'
import { methodsOf, QUICK_GROWTH_MS } from '../../kit/swarm/methods.ts'
import { joinOurClient } from '../../kit/swarm/our-client.ts'
import { Swarm } from '../../kit/swarm/swarm.ts'

/** Our server and our own clients. */
export default {
  label: 'socket-star',
  ours: true,
  order: 10,
  nodeArguments: NO_IDLE_COLLECTION,
  roles: {
    async server() {
      const { url } = await startServerAtRest({ challenge: false }, KEEP_ALIVE_MS)
      return { url: () => url, owed: () => undefined }
    },
    peers: async ({ url }) =>
      methodsOf(new Swarm((ears) => joinOurClient(url, false, ears)), QUICK_GROWTH_MS),
  },
} satisfies DiscoveryStack
