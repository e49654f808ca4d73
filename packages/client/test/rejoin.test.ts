import { type JoinOptions, joinStar, type Peer, type StarError, wrap } from '@socket-star/client'
import { expect } from 'chai'
import { backoffMs } from '../src/peers/backoff.ts'
import { type FakeStar, fakeStar, next, turn } from './support/fake-star.ts'
import { newKey } from './support/keys.ts'
import { letIn } from './support/let-in.ts'
import { ManualTimers } from './support/manual-timers.ts'

describe('rejoin', () => {
  let star: FakeStar
  let timers: ManualTimers
  beforeEach(async () => {
    star = await fakeStar()
    timers = new ManualTimers()
  })
  afterEach(() => star.close())

  const join = async (socket = star.client(), options: JoinOptions = {}): Promise<Peer> =>
    joinStar(wrap(socket, { env: { timers, random: () => 0 } }), star.address, {
      ...(await newKey()),
      ...options,
    })
  const rejoined = (peer: Peer) => new Promise<void>((resolve) => peer.once('rejoin', resolve))
  const failed = (peer: Peer) => new Promise<StarError>((resolve) => peer.once('error', resolve))
  const cut = () => star.sockets.at(-1)?.conn.close()

  it('JOIN-10 joins again after each reconnect, with a fresh challenge', async () => {
    const signatures = letIn(star)
    const peer = await join()
    const statuses: string[] = []
    peer.on('status', (status) => statuses.push(status))
    for (let connection = 2; connection < 5; connection++) {
      const again = rejoined(peer)
      cut()
      await again
      expect(signatures).to.have.length(connection)
    }
    expect(new Set(signatures).size).to.equal(4)
    expect(statuses).to.deep.equal(['joining', 'joined', 'joining', 'joined', 'joining', 'joined'])
  })

  it('JOIN-10 joins each address of a socket again', async () => {
    letIn(star)
    const socket = star.client()
    const peers = [await join(socket), await join(socket), await join(socket)]
    const again = Promise.all(peers.map(rejoined))
    cut()
    await again
    expect(star.sockets).to.have.length(2)
    expect(star.of('ss-join')).to.have.length(12)
  })

  it('JOIN-10 joins again when the application connects a socket again itself', async () => {
    letIn(star)
    const socket = star.client()
    const peer = await join(socket)
    const again = rejoined(peer)
    star.sockets[0]?.disconnect()
    await next(socket, 'disconnect')
    expect(peer.status).to.equal('joining')
    socket.connect()
    await again
  })

  it('JOIN-16 tries again with growing delays while the server says no, and says so', async () => {
    letIn(star)
    const peer = await join()
    let asked = star.of('ss-join').length
    star.on('ss-join', ({ args: [, , reply] }) => reply('ERR_QUOTA: later'))
    let failure = failed(peer)
    cut()
    for (const delayMs of [500, 1000, 2000, 4000, 8000, 15_000, 15_000]) {
      expect((await failure).code).to.equal('ERR_QUOTA')
      await untilWaiting(timers, delayMs)
      expect(peer.status).to.equal('joining')
      asked += 1
      expect(star.of('ss-join')).to.have.length(asked)
      failure = failed(peer)
      timers.advance(delayMs)
    }
    await failure
    const again = rejoined(peer)
    letIn(star)
    await untilWaiting(timers, 15_000)
    timers.advance(15_000)
    await again
    expect(peer.status).to.equal('joined')
  })

  it('JOIN-16 begins anew on the next connection', async () => {
    letIn(star)
    const peer = await join()
    star.on('ss-join', ({ args: [, , reply] }) => reply('ERR_QUOTA: later'))
    let failure = failed(peer)
    cut()
    await failure
    await untilWaiting(timers, 500)
    failure = failed(peer)
    cut()
    await failure
    const again = rejoined(peer)
    letIn(star)
    cut()
    await again
    expect(timers.nextInMs).to.not.equal(500)
  })

  it('JOIN-16 delays are at most 30 s and at least half of what they grow to', () => {
    for (const [failures, ceiling] of [
      [1, 1000],
      [2, 2000],
      [5, 16_000],
      [6, 30_000],
      [5000, 30_000],
    ] as const) {
      expect(backoffMs(failures, 0)).to.equal(ceiling / 2)
      expect(backoffMs(failures, 0.999999)).to.be.closeTo(ceiling, ceiling / 1000)
    }
  })

  for (const [code, script] of [
    ['ERR_CHALLENGE_DISABLED', () => star.on('ss-join', ({ args: [, , reply] }) => reply(null, null, []))],
    ['ERR_LEGACY_CHALLENGE', () => letIn(star, { nonce: () => 'bytes' })],
    ['ERR_ID_MISMATCH', () => star.on('ss-join', ({ args: [, , reply] }) => reply('ERR_ID_MISMATCH: no'))],
  ] as const) {
    it(`JOIN-16 is over when waiting does not help: ${code}`, async () => {
      letIn(star)
      const socket = star.client()
      const peer = await join(socket)
      const said = failed(peer)
      const closed = new Promise<StarError | undefined>((resolve) => peer.once('close', resolve))
      script()
      cut()
      expect((await closed)?.code).to.equal(code)
      expect((await said).code).to.equal(code)
      expect(peer.status).to.equal('left')
      expect(timers.size).to.equal(0)
      // the session's own stay
      for (const event of ['connect', 'disconnect']) {
        expect(socket.listeners(event as 'connect')).to.have.length(1)
      }
      for (const event of ['ss-incomming', 'ws-peer', 'ss-peers']) {
        expect(socket.listeners(event as 'connect')).to.have.length(0)
      }
    })
  }

  it('JOIN-15 says that the server does not let the socket in again, and joins when it does', async () => {
    letIn(star)
    const socket = star.client()
    const peer = await join(socket)
    let open = false
    star.io.use((_socket, proceed) => (open ? proceed() : proceed(new Error('members only'))))
    const failure = failed(peer)
    cut()
    expect(await failure).to.include({ code: 'ERR_FORBIDDEN', message: 'members only' })
    open = true
    const again = rejoined(peer)
    socket.connect()
    await again
  })

  it('JOIN-18 joins a legacy server again on one connection with the signature that it took', async () => {
    const signatures: string[] = []
    const known = new Map<string, string>()
    // as shipped servers do: the challenge stays until the socket is gone
    star.on('ss-join', ({ socket, args: [address, data, reply] }) => {
      const key = `${socket.id} ${address}`
      if (!known.has(key)) {
        known.set(key, data)
        reply(null, 'eb3ae2b5-0e1c-4d4e-a2d4-2e0c32f33b2ceb3ae2b5-0e1c-4d4e-a2d4-2e0c32f33b2c')
      } else if (data === known.get(key)) {
        reply('Signature Invalid')
      } else {
        signatures.push(data)
        reply(null, null, [])
      }
    })
    const socket = star.client()
    const key = await newKey()
    const first = await join(socket, { ...key, allowLegacyChallenge: true })
    first.leave()
    const second = await join(socket, { ...key, allowLegacyChallenge: true })
    expect(signatures).to.have.length(2)
    expect(signatures[1]).to.equal(signatures[0])
    const again = rejoined(second)
    cut()
    await again
    expect(star.of('ss-join').map(({ socket }) => star.sockets.indexOf(socket))).to.deep.equal([
      0, 0, 0, 1, 1,
    ])
  })
})

/** Waits until the next timer is due in `ms`. */
async function untilWaiting(timers: ManualTimers, ms: number): Promise<void> {
  while (timers.nextInMs !== ms) await turn()
}
