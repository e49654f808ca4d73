import { type DiscoveryStack, NO_IDLE_COLLECTION } from '../../benches/discovery.ts'
import { joinLightLegacyClient } from '../../kit/swarm/light-legacy-client.ts'
import { legacyServer, peersOf } from '../../kit/swarm/roles.ts'

/** The legacy server under as many peers as it takes. */
export default {
  label: 'legacy server, light clients',
  order: 1,
  needs: ['legacy'],
  remark: 'the challenge is off in every row that does not say otherwise, so that all do the same work.',
  nodeArguments: NO_IDLE_COLLECTION,
  roles: { server: legacyServer(), peers: peersOf(joinLightLegacyClient) },
} satisfies DiscoveryStack
