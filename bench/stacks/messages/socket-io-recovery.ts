import type { MessagesStack } from '../../benches/messages.ts'
import { plainRoles } from '../../kit/plain-messages.ts'
import { plainEmitter } from '../../kit/plain-socket.ts'

const CASES = ['down, 1 a turn', 'down, 200 a turn']

/** Socket.IO's own recovery: the server keeps what it emitted, for two minutes. */
export default {
  label: 'Socket.IO, connection state recovery',
  order: 3,
  remark: 'measured downwards only, as it differs nowhere else, and keeps all that it emits in memory.',
  skip: ({ label }) => (CASES.includes(label) ? undefined : 'see the remark'),
  roles: plainRoles(plainEmitter, { connectionStateRecovery: {} }),
} satisfies MessagesStack
