import { type DiscoveryStack, NO_IDLE_COLLECTION, repeatsOthers } from '../../benches/discovery.ts'
import { joinLightLegacyClient } from '../../kit/swarm/light-legacy-client.ts'
import { QUICK_GROWTH_MS } from '../../kit/swarm/methods.ts'
import { ourServer, peersOf } from '../../kit/swarm/roles.ts'

/** Our server with clients of the legacy protocol. */
export default {
  label: 'socket-star, light legacy clients',
  ours: true,
  order: 13,
  skip: repeatsOthers,
  remark:
    'legacy clients are told of each newcomer once and of a bounded sample of the others each round, so their lists fill slowly.',
  nodeArguments: NO_IDLE_COLLECTION,
  roles: { server: ourServer({ challenge: false }), peers: peersOf(joinLightLegacyClient, QUICK_GROWTH_MS) },
} satisfies DiscoveryStack
