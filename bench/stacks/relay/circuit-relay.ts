import type { RelayStack } from '../../benches/relay.ts'
import { startRelay } from '../../kit/libp2p.ts'
import { startReceiver, startSender } from '../../kit/libp2p-stream.ts'

/** js-libp2p: two nodes that reach each other through a third, encrypted from end to end. */
export default {
  label: 'libp2p circuit-relay-v2 (ws, noise, yamux)',
  order: 4,
  needs: ['bench-peers'],
  roles: {
    async server() {
      const url = await startRelay()
      return { url: () => url }
    },
    receiver: ({ url }) => startReceiver([`${url}/p2p-circuit`], '/p2p-circuit'),
    sender: ({ to }) => startSender(to),
  },
} satisfies RelayStack
