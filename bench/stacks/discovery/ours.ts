import { type DiscoveryStack, NO_IDLE_COLLECTION } from '../../benches/discovery.ts'
import { QUICK_GROWTH_MS } from '../../kit/swarm/methods.ts'
import { joinOurClient } from '../../kit/swarm/our-client.ts'
import { ourServer, peersOf } from '../../kit/swarm/roles.ts'

/** Our server and our own clients. */
export default {
  label: 'socket-star',
  ours: true,
  order: 10,
  nodeArguments: NO_IDLE_COLLECTION,
  roles: {
    server: ourServer({ challenge: false }),
    peers: peersOf((url, ears) => joinOurClient(url, false, ears), QUICK_GROWTH_MS),
  },
} satisfies DiscoveryStack
