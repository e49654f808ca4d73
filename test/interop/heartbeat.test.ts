import { expect } from 'chai'
import { requireComponent } from '../../scripts/components/index.ts'
import { Cast, type Maker } from './cast.ts'
import { dial } from './line.ts'
import type { Outcome } from './roles/streams.ts'
import { seededHash } from './seeded.ts'

/** Socket.IO waits 25 s and 20 s; here all is about six times as fast. */
const HEARTBEAT = { ioOptions: { pingInterval: 3_000, pingTimeout: 4_000 } }
/**
 * What waits before a slow reader (its own 4 MiB, the server's, and the
 * system's buffers between them) lasts longer at this speed than the timeout.
 */
const READ_BYTES_PER_S = 2_000_000
const PLAN = { seed: 'slow', bytes: 24_000_000, chunkBytes: 64 * 1024 }
const LIMIT_MS = 60_000

describe('the heartbeat of peers between which a slow stream runs', function () {
  this.timeout(LIMIT_MS)
  requireComponent('legacy')
  const cast = new Cast()
  afterEach(() => cast.close())

  for (const sender of ['ours', 'legacy'] satisfies Maker[]) {
    it(`PS-35 a ${sender} sender and a slow reader of ours stay connected: a reader that is slow is not silent`, async () => {
      const server = await cast.server('ours', 0, [], HEARTBEAT)
      const [from, to] = await Promise.all([
        cast.peer('sender', sender, 'rsaA', server),
        cast.peer('receiver', 'ours', 'rsaB', server),
      ])
      const line = await dial(from, to)
      const [sent, received] = await Promise.all([
        from.role.call<Outcome>('send', { stream: line.fromStream, ...PLAN }),
        to.role.call<Outcome>('receive', { stream: line.toStream, bytesPerS: READ_BYTES_PER_S }),
      ])
      expect(sent.error, cast.notes).to.equal(undefined)
      expect(received.error, cast.notes).to.equal(undefined)
      expect(received.sha256).to.equal(seededHash(PLAN))
      expect(cast.notes).not.to.include('disconnected')
    })
  }
})
