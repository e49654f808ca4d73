import { type DiscoveryStack, KEEP_ALIVE_MS, NO_IDLE_COLLECTION } from '../../benches/discovery.ts'
import { startServerAtRest } from '../../kit/ours.ts'
import { methodsOf, QUICK_GROWTH_MS } from '../../kit/swarm/methods.ts'
import { joinOurClient } from '../../kit/swarm/our-client.ts'
import { Swarm } from '../../kit/swarm/swarm.ts'

const CASES = ['20 peers', '1000 peers']

/** As it is by default: every join proves its address with an Ed25519 signature. */
export default {
  label: 'socket-star, challenge on',
  ours: true,
  order: 11,
  skip: ({ label }) => (CASES.includes(label) ? undefined : 'the difference is the same everywhere'),
  nodeArguments: NO_IDLE_COLLECTION,
  roles: {
    async server() {
      const { url } = await startServerAtRest({}, KEEP_ALIVE_MS)
      return { url: () => url, owed: () => undefined }
    },
    peers: async ({ url }) => methodsOf(new Swarm((ears) => joinOurClient(url, true, ears)), QUICK_GROWTH_MS),
  },
} satisfies DiscoveryStack
