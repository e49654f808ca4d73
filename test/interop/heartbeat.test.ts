import { expect } from 'chai'
import { requireComponent } from '../../scripts/components/index.ts'
import { Cast, type Maker } from './cast.ts'
import { dial } from './line.ts'
import { Pool } from './pool.ts'
import type { Outcome } from './roles/streams.ts'
import { seededHash } from './seeded.ts'

/** Socket.IO waits 25 s and 20 s; here all is about six times as fast. */
const HEARTBEAT = { ioOptions: { pingInterval: 3_000, pingTimeout: 4_000 } }
/**
 * What waits before a slow reader (its own 4 MiB, the server's, and the
 * system's buffers between them) lasts longer at this speed than the timeout.
 */
const READ_BYTES_PER_S = 2_000_000
const PLAN = { seed: 'slow', bytes: 20_000_000, chunkBytes: 64 * 1024 }
const LIMIT_MS = 120_000
const SENDERS: readonly Maker[] = ['ours', 'legacy']

interface SlowStream {
  readonly sent: Outcome
  readonly received: Outcome
  readonly notes: string
}

describe('PS-35, PS-36: the heartbeat of peers between which a slow stream runs', function () {
  this.timeout(LIMIT_MS)
  requireComponent('legacy')
  const pool = new Pool<Maker, SlowStream>(SENDERS.length, playSlowStream)

  before(() => pool.start(SENDERS))

  for (const sender of SENDERS) {
    it(`a ${sender} sender and a slow reader of ours stay connected: who is slow is not silent`, async () => {
      const { sent, received, notes } = await pool.result(sender)
      expect(sent.error, notes).to.equal(undefined)
      expect(received.error, notes).to.equal(undefined)
      expect(received.sha256).to.equal(seededHash(PLAN))
      expect(notes).not.to.include('disconnected')
    })
  }
})

async function playSlowStream(sender: Maker): Promise<SlowStream> {
  const cast = new Cast()
  try {
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
    return { sent, received, notes: cast.notes }
  } finally {
    await cast.close()
  }
}
