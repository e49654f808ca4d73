import type { DiscoveryStack } from '../../benches/discovery.ts'
import { startOurServer } from '../../kit/ours.ts'
import { methodsOf, QUICK_GROWTH_MS } from '../../kit/swarm/methods.ts'
import { joinOurClient } from '../../kit/swarm/our-client.ts'
import { Swarm } from '../../kit/swarm/swarm.ts'

/** Our server and our own clients. */
export default {
  label: 'socket-star',
  ours: true,
  order: 10,
  roles: {
    async server() {
      const { url } = await startOurServer({ challenge: false })
      return { url: () => url, owed: () => undefined }
    },
    peers: async ({ url }) =>
      methodsOf(new Swarm((ears) => joinOurClient(url, false, ears)), QUICK_GROWTH_MS),
  },
} satisfies DiscoveryStack
