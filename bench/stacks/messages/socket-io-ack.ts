import type { MessagesStack } from '../../benches/messages.ts'
import { plainRoles } from '../../kit/plain-messages.ts'
import { acknowledgedEmitter } from '../../kit/plain-socket.ts'

const IN_FLIGHT = 64
const ROUND_TRIP = 'round trip'

/** How an application that must not lose a message uses Socket.IO today. */
export default {
  label: `Socket.IO emitWithAck, ${IN_FLIGHT} in flight`,
  order: 2,
  skip: ({ label }) => (label.startsWith(ROUND_TRIP) ? 'it is what plain emit is asked with' : undefined),
  roles: plainRoles((socket) => acknowledgedEmitter(socket, IN_FLIGHT)),
} satisfies MessagesStack
