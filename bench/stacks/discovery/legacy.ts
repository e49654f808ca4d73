import { type DiscoveryStack, legacyEvents, NO_IDLE_COLLECTION } from '../../benches/discovery.ts'
import { startLegacyServer } from '../../kit/legacy.ts'
import { joinLightLegacyClient } from '../../kit/swarm/light-legacy-client.ts'
import { methodsOf } from '../../kit/swarm/methods.ts'
import { Swarm } from '../../kit/swarm/swarm.ts'

/** The legacy server under as many peers as it takes. */
export default {
  label: 'legacy server, light clients',
  order: 1,
  needs: ['legacy'],
  remark: 'the challenge is off in every row that does not say otherwise, so that all do the same work.',
  nodeArguments: NO_IDLE_COLLECTION,
  roles: {
    async server() {
      const { url } = await startLegacyServer({ challenge: false })
      return { url: () => url, owed: legacyEvents }
    },
    peers: async ({ url }) => methodsOf(new Swarm((ears) => joinLightLegacyClient(url, ears))),
  },
} satisfies DiscoveryStack
