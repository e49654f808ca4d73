import {
  type DiscoveryStack,
  legacyEvents,
  NO_IDLE_COLLECTION,
  RECONNECTING,
} from '../../benches/discovery.ts'
import { startLegacyServer } from '../../kit/legacy.ts'
import { joinLegacyClient } from '../../kit/swarm/legacy-client.ts'
import { methodsOf } from '../../kit/swarm/methods.ts'
import { Swarm } from '../../kit/swarm/swarm.ts'

const MAX_PEERS = 100

/** The legacy packages throughout: shows that the light clients load the server as they do. */
export default {
  label: 'legacy server, legacy clients',
  order: 2,
  needs: ['legacy'],
  remark: `there to show, at ${MAX_PEERS} peers, that the light clients load the server as the real ones do.`,
  skip: ({ label }) =>
    !label.endsWith(RECONNECTING) || Number.parseInt(label, 10) > MAX_PEERS ? 'see the remark' : undefined,
  nodeArguments: NO_IDLE_COLLECTION,
  roles: {
    async server() {
      const { url } = await startLegacyServer({ challenge: false })
      return { url: () => url, owed: legacyEvents }
    },
    peers: async ({ url }) => methodsOf(new Swarm((ears) => joinLegacyClient(url, ears))),
  },
} satisfies DiscoveryStack
