import { type DiscoveryStack, isJudged, NO_IDLE_COLLECTION } from '../../benches/discovery.ts'
import { QUICK_GROWTH_MS } from '../../kit/swarm/methods.ts'
import { joinOurClient } from '../../kit/swarm/our-client.ts'
import { ourServer, peersOf } from '../../kit/swarm/roles.ts'

/** As it is by default: every join proves its address with an Ed25519 signature. */
export default {
  label: 'socket-star, challenge on',
  ours: true,
  order: 12,
  skip: (which) => (isJudged(which) ? undefined : 'the difference is the same everywhere'),
  nodeArguments: NO_IDLE_COLLECTION,
  roles: {
    server: ourServer({}),
    peers: peersOf((url, ears) => joinOurClient(url, true, ears), QUICK_GROWTH_MS),
  },
} satisfies DiscoveryStack
