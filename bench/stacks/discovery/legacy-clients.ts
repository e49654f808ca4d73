import { type DiscoveryStack, NO_IDLE_COLLECTION, RECONNECTING } from '../../benches/discovery.ts'
import { joinLegacyClient } from '../../kit/swarm/legacy-client.ts'
import { legacyServer, peersOf } from '../../kit/swarm/roles.ts'

const MAX_PEERS = 100

/** The legacy packages throughout: shows that the light clients load the server as they do. */
export default {
  label: 'legacy server, legacy clients',
  order: 3,
  needs: ['legacy'],
  remark: `there to show, at ${MAX_PEERS} peers, that the light clients load the server as the real ones do.`,
  skip: ({ label }) =>
    !label.endsWith(RECONNECTING) || Number.parseInt(label, 10) > MAX_PEERS ? 'see the remark' : undefined,
  nodeArguments: NO_IDLE_COLLECTION,
  roles: { server: legacyServer(), peers: peersOf(joinLegacyClient) },
} satisfies DiscoveryStack
