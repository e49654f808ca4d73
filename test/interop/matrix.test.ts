import { expect } from 'chai'
import { requireComponent } from '../../scripts/components/index.ts'
import {
  Cast,
  type KeyName,
  type Maker,
  type Peer,
  type Server,
  type ServerMaker,
  sameSpelling,
} from './cast.ts'
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

/** Each row twice: with RSA, which legacy peers have, and the middleware; with what they can have, and the command. */
interface Variant {
  readonly keys: readonly [dialler: KeyName, listener: KeyName]
  readonly ourServer: ServerMaker
}
const VARIANTS: readonly Variant[] = [
  { keys: ['rsaA', 'rsaB'], ourServer: 'ours' },
  { keys: ['ed25519A', 'secp256k1B'], ourServer: 'our command' },
]

const STREAM_BYTES = 10_000_000
const SHORT_BYTES = 100_000
const ROW_LIMIT_MS = 90_000
const DISCOVERY_LIMIT_MS = 5_000
const REJOIN_LIMIT_MS = 15_000

describe('interop, each role in a process of its own, with the challenge on', () => {
  requireComponent('legacy')
  for (const { dialler, listener, server } of ROWS) {
    for (const { keys, ourServer } of VARIANTS) {
      playRow(dialler, server === 'ours' ? ourServer : server, listener, keys)
    }
  }
})

function playRow(
  diallerMaker: Maker,
  serverMaker: ServerMaker,
  listenerMaker: Maker,
  keys: Variant['keys'],
): void {
  const title = `${diallerMaker} (${keys[0]}) dials ${listenerMaker} (${keys[1]}), server: ${serverMaker}`
  describe(title, function () {
    this.timeout(ROW_LIMIT_MS)
    const cast = new Cast()
    let server: Server
    let dialler: Peer
    let listener: Peer

    before(async () => {
      const [started, one, other] = await Promise.all([
        cast.server(serverMaker),
        cast.client('dialler', diallerMaker),
        cast.client('listener', listenerMaker),
      ])
      server = started
      dialler = { role: one, maker: diallerMaker, address: await cast.join(one, keys[0], server) }
      listener = { role: other, maker: listenerMaker, address: await cast.join(other, keys[1], server) }
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
      server = await cast.server(serverMaker, server.port)
      await Promise.all([backAgain(dialler, listener, marks[0]), backAgain(listener, dialler, marks[1])])
      const line = await dial(dialler, listener)
      await transfer(line, 'after the restart', SHORT_BYTES)
      await transfer(turned(line), 'and back', SHORT_BYTES)
    })

    it('a listener that left is not found any more', async () => {
      await listener.role.call('leave')
      // ss-leave has no answer, and comes on another connection than the dial
      while ((await dialError(dialler, listener)) === undefined);
      expect(await dialError(dialler, listener)).to.match(/not found|ERR_PEER_NOT_FOUND/i)
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

/** What a dial fails with, in any of the two stacks' words. */
async function dialError(from: Peer, to: Peer): Promise<string | undefined> {
  try {
    await from.role.call('dial', { to: to.address })
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** Our peer says that it has joined again; a legacy one shows it by what it is told. */
async function backAgain(peer: Peer, other: Peer, from: number): Promise<void> {
  if (peer.maker === 'ours') await peer.role.waitFor('rejoin', () => true, REJOIN_LIMIT_MS, from)
  await seen(peer, other, from)
}
