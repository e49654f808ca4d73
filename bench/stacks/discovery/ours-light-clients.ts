import { type DiscoveryStack, NO_IDLE_COLLECTION, repeatsOthers } from '../../benches/discovery.ts'
import { joinLightClient } from '../../kit/swarm/light-client.ts'
import { QUICK_GROWTH_MS } from '../../kit/swarm/methods.ts'
import { ourServer, peersOf } from '../../kit/swarm/roles.ts'

/** Our server, and clients of our protocol that are as light as the legacy server's. */
export default {
  label: 'socket-star, light clients',
  ours: true,
  order: 11,
  skip: repeatsOthers,
  remark:
    'the same peer lists as in the row above, to clients that are as light as those of the legacy server and, like them, have no session; many clients beside a server take its caches from it, and these take less.',
  nodeArguments: NO_IDLE_COLLECTION,
  roles: { server: ourServer({ challenge: false }), peers: peersOf(joinLightClient, QUICK_GROWTH_MS) },
} satisfies DiscoveryStack
