import type { MessagesStack } from '../../benches/messages.ts'
import { plainRoles } from '../../kit/plain-messages.ts'
import { plainEmitter } from '../../kit/plain-socket.ts'

/** Nothing is promised: what a dropped connection had on its way is lost. */
export default {
  label: 'Socket.IO emit',
  order: 1,
  roles: plainRoles(plainEmitter),
} satisfies MessagesStack
