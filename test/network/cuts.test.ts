import { isDeepStrictEqual } from 'node:util'
import { type StarSocket, wrap } from '@socket-star/client'
import { expect } from 'chai'
import { io, type Socket } from 'socket.io-client'
import { Random } from '../../packages/protocol/test/channel/sim/random.ts'
import { TestProxy } from './proxy.ts'
import { listenersOf, resources } from './resources.ts'
import { Site } from './site.ts'
import { Traffic } from './traffic.ts'
import { atTheTurn, until } from './until.ts'

/** Each way. `NETWORK_MESSAGES`, `NETWORK_CUTS` and `NETWORK_SEED` make other runs. */
const MESSAGES = Number(process.env.NETWORK_MESSAGES ?? 100_000)
const CUTS = Number(process.env.NETWORK_CUTS ?? 200)
const SEED = Number(process.env.NETWORK_SEED ?? 1)
const BUSY_CUTS = CUTS / 4
/** How long a cut waits for a moment with bytes under way both ways, in milliseconds. */
const MOMENT_MS = 250
/** How many of the cuts fall into the handshake after another one. */
const HANDSHAKE_CUTS = 0.25
const PATIENCE_MS = 20_000
const LIMIT_MS = 60_000 + 1_000 * CUTS

describe(`sessions over a bad network, seed ${SEED}`, () => {
  const closers: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  it(`CH-1 SES-6 ${MESSAGES} messages each way over ${CUTS} cuts: none lost, doubled or out of order`, async function () {
    this.timeout(LIMIT_MS)
    // the test's own timer is there from the next turn on
    await sleep(0)
    const before = resources()
    const traffic = new Traffic(SEED)
    const site = await Site.open({}, (session) => {
      traffic.up.to(session)
      traffic.down.from(session)
    })
    const proxy = await TestProxy.to(site.port)
    const { star, socket, renewals } = client(proxy)
    closers.push(
      () => site.close(),
      () => proxy.close(),
      () => star.socket.connected && socket.disconnect(),
      () => traffic.stop(),
    )
    traffic.up.from(star)
    traffic.down.to(star)
    await until(() => star.isConnected())
    const atFirst = { listeners: listenersOf(socket), resources: resources() }

    const busy = await runWithCuts(traffic, proxy, star)
    await Promise.all([star.flush(), site.session?.flush()])

    expect(traffic.problems).to.deep.equal([])
    expect([traffic.up.received, traffic.down.received]).to.deep.equal([MESSAGES, MESSAGES])
    expect(renewals).to.deep.equal([])
    expect(site.starts).to.have.length(1)
    expect(busy).to.be.at.least(BUSY_CUTS)
    expect([star.bufferedAmount, site.session?.bufferedAmount]).to.deep.equal([0, 0])
    // one connection is left, and as many listeners, sockets and timers as at its beginning
    await until(() => proxy.connections.length === 1 && site.io.of('/').sockets.size === 1)
    expect(listenersOf(socket)).to.deep.equal(atFirst.listeners)
    expect(resources()).to.deep.equal(atFirst.resources)

    star.disconnect()
    await until(() => site.star.sessions.size === 0 && site.io.of('/').sockets.size === 0)
    await proxy.close()
    await site.close()
    closers.length = 0
    // nothing of all this keeps the process alive
    await atTheTurn(() => isDeepStrictEqual(resources(), before), 1_000)
    expect(resources()).to.deep.equal(before)
  })
})

/** Runs all messages, and cuts as often as there are to be, at moments of the seed's choice. Returns how many hit data both ways. */
async function runWithCuts(traffic: Traffic, proxy: TestProxy, star: StarSocket): Promise<number> {
  const random = new Random(SEED)
  let busy = 0
  let resumedOn = proxy.accepted
  star.on('resume', () => {
    resumedOn = proxy.accepted
  })
  traffic.start()
  for (let cuts = 1; cuts <= CUTS; cuts++) {
    const goal = Math.floor((cuts * MESSAGES) / CUTS)
    if (random.chance(HANDSHAKE_CUTS)) {
      const { accepted } = proxy
      proxy.newest?.cut()
      // some are emitted while there is no connection
      traffic.allow(goal)
      await until(() => proxy.accepted > accepted, PATIENCE_MS)
      await sleep(random.int(0, 4))
    } else {
      await until(() => resumedOn === proxy.accepted && proxy.newest !== undefined, PATIENCE_MS)
      traffic.allow(goal)
      proxy.newest?.slow(random.int(2, 8))
      let turns = random.int(1, 3)
      await atTheTurn(() => proxy.newest?.busy === true && --turns <= 0, MOMENT_MS)
    }
    if (proxy.newest?.busy === true) busy += 1
    proxy.newest?.cut()
  }
  traffic.allow(MESSAGES)
  await until(() => traffic.received >= MESSAGES, PATIENCE_MS)
  traffic.stop()
  return busy
}

function client(proxy: TestProxy): { socket: Socket; star: StarSocket; renewals: unknown[] } {
  const socket = io(proxy.url, {
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 1,
    reconnectionDelayMax: 5,
  })
  const star: StarSocket = wrap(socket)
  const renewals: unknown[] = []
  star.on('renew', ({ reason }) => renewals.push(reason))
  return { socket, star, renewals }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
