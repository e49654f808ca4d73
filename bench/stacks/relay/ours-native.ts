import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { RelayStack } from '../../benches/relay.ts'
import ours from './ours.ts'

const NATIVE = join(import.meta.dirname, '../../native/node_modules')

/** The same, where ws finds bufferutil: in the server and in both peers. */
export default {
  ...ours,
  label: 'socket-star, legacy wire, with bufferutil',
  order: 12,
  needs: ['bufferutil'],
  // where `require` looks after the ordinary places
  env: { NODE_PATH: NATIVE },
  skip: ({ label }) => (label === '16 KiB' ? 'as with 64 KiB.' : undefined),
  roles: {
    ...ours.roles,
    async server() {
      // ws goes on without it and says nothing: then this row would show something else
      createRequire(import.meta.url)('bufferutil')
      return ours.roles.server()
    },
  },
} satisfies RelayStack
