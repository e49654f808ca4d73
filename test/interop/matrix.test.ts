import { requireComponent } from '../../scripts/components/index.ts'
import { Cast, type KeyName, type Maker, type Peer, type Server, sameSpelling } from './cast.ts'
import { dial, transfer, turned } from './line.ts'

interface Row {
  readonly dialler: Maker
  readonly server: Maker
  readonly listener: Maker
}

/** The six rows, and before them the legacy stack by itself: when it fails the harness is wrong. */
const ROWS: readonly Row[] = [
  { dialler: 'legacy', server: 'legacy', listener: 'legacy' },
  { dialler: 'legacy', server: 'ours', listener: 'legacy' },
  { dialler: 'legacy', server: 'ours', listener: 'ours' },
  { dialler: 'ours', server: 'ours', listener: 'legacy' },
  { dialler: 'ours', server: 'legacy', listener: 'legacy' },
  { dialler: 'legacy', server: 'legacy', listener: 'ours' },
  { dialler: 'ours', server: 'ours', listener: 'ours' },
]

/** The keys of dialler and listener: RSA is what legacy peers have, the others are what they can have. */
const KEYS: readonly (readonly [KeyName, KeyName])[] = [
  ['rsaA', 'rsaB'],
  ['ed25519A', 'secp256k1B'],
]

const STREAM_BYTES = 10_000_000
const SHORT_BYTES = 100_000
const ROW_LIMIT_MS = 30_000
const DISCOVERY_LIMIT_MS = 5_000
const REJOIN_LIMIT_MS = 15_000

describe('interop, each role in a process of its own, with the challenge on', () => {
  requireComponent('legacy')
  for (const row of ROWS) {
    for (const keys of KEYS) playRow(row, keys)
  }
})

function playRow(row: Row, keys: readonly [KeyName, KeyName]): void {
  const title = `${row.dialler} (${keys[0]}) dials ${row.listener} (${keys[1]}) through server: ${row.server}`
  describe(title, function () {
    this.timeout(ROW_LIMIT_MS)
    const cast = new Cast()
    let server: Server
    let dialler: Peer
    let listener: Peer

    before(async () => {
      const [started, one, other] = await Promise.all([
        cast.server(row.server),
        cast.client('dialler', row.dialler),
        cast.client('listener', row.listener),
      ])
      server = started
      dialler = { role: one, maker: row.dialler, address: await cast.join(one, keys[0], server) }
      listener = { role: other, maker: row.listener, address: await cast.join(other, keys[1], server) }
    })
    after(() => cast.close())

    it('DISC: each sees the other', () =>
      Promise.all([seen(dialler, listener, 0), seen(listener, dialler, 0)]))

    it('10 MB each way at once, hashes compared', async () => {
      const line = await dial(dialler, listener)
      await Promise.all([transfer(line, 'up', STREAM_BYTES), transfer(turned(line), 'down', STREAM_BYTES)])
    })

    it('half-close: the dialler ends first, then the listener sends 10 MB', async () => {
      const line = await dial(dialler, listener)
      await transfer(line, 'first up', STREAM_BYTES)
      await transfer(turned(line), 'then down', STREAM_BYTES)
    })

    it('half-close: the listener ends first, then the dialler sends 10 MB', async () => {
      const line = await dial(dialler, listener)
      await transfer(turned(line), 'first down', STREAM_BYTES)
      await transfer(line, 'then up', STREAM_BYTES)
    })

    it('after the server died and came back, both join again, see each other and can dial', async () => {
      const marks = [dialler.role.mark, listener.role.mark] as const
      await server.role.signal('SIGKILL')
      server = await cast.server(row.server, server.port)
      await Promise.all([backAgain(dialler, listener, marks[0]), backAgain(listener, dialler, marks[1])])
      const line = await dial(dialler, listener)
      await transfer(line, 'after the restart', SHORT_BYTES)
      await transfer(turned(line), 'and back', SHORT_BYTES)
    })
  })
}

function seen(by: Peer, whom: Peer, from: number): Promise<unknown> {
  const wanted = sameSpelling(whom.address)
  return by.role.waitFor(
    'peer',
    ({ address }) => sameSpelling(address) === wanted,
    DISCOVERY_LIMIT_MS + REJOIN_LIMIT_MS,
    from,
  )
}

/** Our peer says that it has joined again; a legacy one shows it by what it is told. */
async function backAgain(peer: Peer, other: Peer, from: number): Promise<void> {
  if (peer.maker === 'ours') await peer.role.waitFor('rejoin', () => true, REJOIN_LIMIT_MS, from)
  await seen(peer, other, from)
}
