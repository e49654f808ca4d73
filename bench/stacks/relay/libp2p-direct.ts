import type { RelayStack } from '../../benches/relay.ts'
import { startReceiver, startSender } from '../../kit/libp2p-stream.ts'

/** js-libp2p between two nodes that can reach each other: what a relay stands in for. */
export default {
  label: 'libp2p direct, no relay (ws, noise, yamux)',
  order: 5,
  needs: ['bench-peers'],
  roles: {
    receiver: () => startReceiver(['/ip4/127.0.0.1/tcp/0/ws'], '/ws'),
    sender: ({ to }) => startSender(to),
  },
} satisfies RelayStack
