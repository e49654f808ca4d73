import { type DiscoveryStack, isJudged, NO_IDLE_COLLECTION, SLOWED_BY } from '../../benches/discovery.ts'
import { joinLightLegacyClient } from '../../kit/swarm/light-legacy-client.ts'
import { legacyServer, peersOf } from '../../kit/swarm/roles.ts'

/** The legacy server with the time that it takes to do all that it owes. */
export default {
  label: 'legacy server, light clients, slowed',
  order: 2,
  needs: ['legacy'],
  remark: `every period is ${SLOWED_BY} times as long: that of joins and leaves, that in which it repeats its lists, and what is measured. The work is what the row above owes, and it has the time to do all of it.`,
  skip: (which) => (isJudged(which) ? undefined : 'it is there for a verdict'),
  nodeArguments: NO_IDLE_COLLECTION,
  roles: { server: legacyServer(SLOWED_BY), peers: peersOf(joinLightLegacyClient) },
} satisfies DiscoveryStack
