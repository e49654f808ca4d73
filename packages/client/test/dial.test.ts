import { type JoinOptions, joinStar, type Peer, type PeerStream, wrap } from '@socket-star/client'
import { expect } from 'chai'
import type { Socket } from 'socket.io'
import { open, read, texts } from './support/bytes.ts'
import { codeOf, errorOf } from './support/error-of.ts'
import { type FakeStar, fakeStar, next, turn } from './support/fake-star.ts'
import { newKey } from './support/keys.ts'
import { letIn } from './support/let-in.ts'
import { ManualTimers } from './support/manual-timers.ts'

const P = 'socket.io-pull-stream'

describe('dial', () => {
  let star: FakeStar
  let timers: ManualTimers
  let other: string
  beforeEach(async () => {
    star = await fakeStar()
    timers = new ManualTimers()
    other = `${star.address}/p2p/${(await newKey()).peerId}`
    letIn(star)
  })
  afterEach(() => star.close())

  const join = async (socket = star.client(), options: JoinOptions = {}): Promise<Peer> =>
    joinStar(wrap(socket, { env: { timers } }), star.address, { ...(await newKey()), ...options })
  const spelled = (address: string) => address.replace('/p2p/', '/ipfs/')
  const there = () => star.sockets.at(-1) as Socket
  /** What a peer answers to `ss-incomming`. */
  const incoming = (...args: unknown[]): Promise<unknown[]> =>
    new Promise((resolve) => there().emit('ss-incomming', ...args, (...reply: unknown[]) => resolve(reply)))
  const streamOf = (peer: Peer) =>
    new Promise<{ stream: PeerStream; from: string }>((resolve) =>
      peer.once('stream', (stream, { from }) => resolve({ stream, from })),
    )

  it('DIAL-1 DIAL-3 names both addresses and a fresh id of 128 bits', async () => {
    star.on('ss-dial', ({ args: [, , , reply] }) => reply())
    const peer = await join()
    await peer.dial(other)
    await peer.dial(spelled(other))
    const [first, second] = star.of('ss-dial')
    expect(first?.args.slice(0, 2)).to.deep.equal([spelled(peer.address), spelled(other)])
    expect(second?.args[1]).to.equal(spelled(other))
    expect(first?.args[2]).to.match(/^[0-9a-f]{32}$/)
    expect(second?.args[2]).to.not.equal(first?.args[2])
  })

  it('DIAL-2 listens for an early accept, and accepts once the reply came', async () => {
    star.on('ss-dial', ({ args: [, , id, reply], socket }) => {
      socket.emit(`${P}.accept.${id}.dialer`)
      reply()
    })
    const peer = await join()
    const { sink } = await peer.dial(other)
    const id = star.of('ss-dial')[0]?.args[2]
    sink(texts('hello'))
    await star.nth(`${P}.queue.${id}.dialer`, 1)
    await star.nth(`${P}.error.${id}.dialer`, 1)
    const names = star.received
      .map(({ event }) => event)
      .filter((event) => event !== 'ss-join' && event !== 'dop')
    expect(names).to.deep.equal([
      'ss-dial',
      `${P}.accept.${id}.listener`,
      `${P}.queue.${id}.dialer`,
      `${P}.error.${id}.dialer`,
    ])
  })

  for (const [answer, code] of [
    ['ERR_PEER_NOT_FOUND: gone', 'ERR_PEER_NOT_FOUND'],
    ['Peer not found', 'ERR_REMOTE'],
    [{}, 'ERR_REMOTE'],
    [[], 'ERR_REMOTE'],
  ] as const) {
    it(`DIAL-1 ERR-3 fails with what was answered: ${JSON.stringify(answer)}`, async () => {
      star.on('ss-dial', ({ args: [, , , reply] }) => reply(answer))
      const peer = await join()
      expect(await codeOf(peer.dial(other))).to.equal(code)
      expect(peer.openStreams).to.equal(0)
    })
  }

  it('JOIN-17 a legacy server compares texts: an address is dialled as it was announced', async () => {
    star.on('ss-dial', ({ args: [, , , reply] }) => reply())
    const { peerId } = await newKey()
    const announced = `/dns4/Example.ORG/tcp/443/wss/p2p-websocket-star/ipfs/${peerId}`
    const peer = await join()
    const seen = new Promise<string>((resolve) => peer.once('peer', resolve))
    there().emit('ws-peer', announced)
    const canonical = await seen
    expect(canonical).to.equal(`/dns4/example.org/tcp/443/wss/p2p-websocket-star/p2p/${peerId}`)
    await peer.dial(canonical)
    expect(star.of('ss-dial')[0]?.args[1]).to.equal(announced)
  })

  it('DIAL-9 gives up after its time, and the other side is not left waiting', async () => {
    const peer = await join()
    const dialling = peer.dial(other)
    const { args } = await star.nth('ss-dial', 1)
    const [, , id, reply] = args
    timers.advance(15_000)
    expect(await codeOf(dialling)).to.equal('ERR_TIMEOUT')
    const writing = await star.nth(`${P}.error.${id}.dialer`, 1)
    expect(writing.args[0]).to.match(/^ERR_/)
    reply()
    const reading = await star.nth(`${P}.error.${id}.listener`, 1)
    expect(reading.args[0]).to.match(/^ERR_/)
    expect(peer.openStreams).to.equal(0)
    expect(timers.size).to.equal(1) // the round of legacy discovery
  })

  it('DIAL-9 is aborted by its signal, and not once it is open', async () => {
    const peer = await join()
    expect(await codeOf(peer.dial(other, { signal: AbortSignal.abort() }))).to.equal('ERR_ABORTED')
    const controller = new AbortController()
    const dialling = peer.dial(other, { signal: controller.signal })
    await star.nth('ss-dial', 1)
    controller.abort('no longer')
    const error = await errorOf(dialling)
    expect([error.code, error.cause]).to.deep.equal(['ERR_ABORTED', 'no longer'])

    star.on('ss-dial', ({ args: [, , , reply] }) => reply())
    const later = new AbortController()
    const stream = await peer.dial(other, { signal: later.signal })
    later.abort()
    const { ended, source } = open()
    stream.sink(source)
    await turn()
    expect(peer.openStreams).to.equal(1)
    peer.leave()
    expect(await ended).to.have.property('code', 'ERR_CLOSED')
  })

  it('DIAL-9 is over with its connection', async () => {
    const peer = await join()
    const dialling = peer.dial(other)
    const { socket } = await star.nth('ss-dial', 1)
    socket.conn.close()
    expect(await codeOf(dialling)).to.equal('ERR_DISCONNECTED')
    expect(await codeOf(peer.dial(other))).to.equal('ERR_NOT_CONNECTED')
    expect(peer.openStreams).to.equal(0)
  })

  it('DIAL-1 takes addresses only', async () => {
    const peer = await join()
    for (const junk of ['', '__proto__', '/ip4/1.2.3.4/tcp', 7, null, {}]) {
      expect(await codeOf(peer.dial(junk as string))).to.equal('ERR_BAD_ADDRESS')
    }
    expect(star.of('ss-dial')).to.have.length(0)
  })

  it('DIAL-10 opens as many streams as it may', async () => {
    star.on('ss-dial', ({ args: [, , , reply] }) => reply())
    const peer = await join(star.client(), { maxStreams: 2 })
    peer.on('stream', () => {})
    const first = await peer.dial(other)
    expect(await incoming('id-1', other)).to.deep.equal([])
    expect(await codeOf(peer.dial(other))).to.equal('ERR_QUOTA')
    expect((await incoming('id-2', other))[0]).to.match(/^ERR_QUOTA: /)
    expect(star.of('ss-dial')).to.have.length(1)
    first.source(true, () => {})
    first.sink(texts())
    first.sink(texts())
    expect(peer.openStreams).to.equal(2)
    there().emit(`${P}.accept.${star.of('ss-dial')[0]?.args[2]}.dialer`)
    await star.nth(`${P}.error.${star.of('ss-dial')[0]?.args[2]}.dialer`, 1)
    expect(peer.openStreams).to.equal(1)
    await peer.dial(other)
  })

  it('DIAL-5 accepts: the source first, then the reply, then the application', async () => {
    const peer = await join()
    const dialled = streamOf(peer)
    expect(await incoming('id-1', spelled(other))).to.deep.equal([])
    expect(star.received.at(-1)?.event).to.equal(`${P}.accept.id-1.dialer`)
    const { stream, from } = await dialled
    expect(from).to.equal(other)
    there().emit(`${P}.accept.id-1.listener`)
    stream.sink(texts('hi'))
    expect((await star.nth(`${P}.queue.id-1.listener`, 1)).args[0].toString()).to.equal('hi')
  })

  it('DIAL-6 finds the peer that is dialled among several on one socket', async () => {
    const socket = star.client()
    const [first, second, third] = [await join(socket), await join(socket), await join(socket)]
    second.on('stream', () => {})
    third.on('stream', () => {})
    const dialled = streamOf(third)
    expect(await incoming('id-1', other, spelled(third.address))).to.deep.equal([])
    await dialled
    // a server that does not say: one that takes streams
    const guessed = streamOf(second)
    expect(await incoming('id-2', other)).to.deep.equal([])
    await guessed
    const refused = incoming('id-3', other, first.address)
    await turn()
    await untilTimer(timers)
    timers.advance(0)
    expect((await refused)[0]).to.match(/^ERR_DIAL_REFUSED: /)
    expect((await incoming('id-4', other, other))[0]).to.match(/^ERR_NOT_JOINED: /)
  })

  it('DIAL-8 refuses while nobody takes streams, after whoever joined could say so', async () => {
    const peer = await join()
    const late = incoming('id-1', other)
    await untilTimer(timers)
    const dialled = streamOf(peer)
    timers.advance(0)
    expect(await late).to.deep.equal([])
    await dialled
    const refused = incoming('id-2', other)
    await untilTimer(timers)
    timers.advance(0)
    expect((await refused)[0]).to.match(/^ERR_DIAL_REFUSED: /)
    expect(peer.openStreams).to.equal(1)
  })

  it('DIAL-3 refuses an id that is in use', async () => {
    const peer = await join()
    peer.on('stream', () => {})
    expect(await incoming('id-1', other)).to.deep.equal([])
    expect((await incoming('id-1', other))[0]).to.match(/^ERR_DIAL_ID_IN_USE: /)
  })

  it('DIAL-8 LIM-1 answers and counts what it cannot read, and tells the application nothing', async () => {
    const client = star.client()
    const peer = await join(client)
    peer.on('stream', () => expect.fail('that was no dial'))
    const junk: unknown[][] = [
      [],
      ['id-1'],
      ['', other],
      ['a b', other],
      ['x'.repeat(129), other],
      [7, other],
      [{ toString: 1 }, other],
      ['__proto__', '__proto__'],
      ['id-1', 'x'.repeat(513)],
      ['id-1', null],
      ['id-1', other, 'junk'],
    ]
    for (const args of junk) expect((await incoming(...args))[0]).to.match(/^ERR_[A-Z_]+: /)
    for (const args of junk) there().emit('ss-incomming', ...args)
    const done = next(client, 'done')
    there().emit('done')
    await done
    expect(peer.drops['bad-incoming']).to.equal(2 * junk.length)
  })

  it('LIM-1 counts a frame that is none', async () => {
    const client = star.client()
    const peer = await join(client)
    const dialled = streamOf(peer)
    await incoming('id-1', other)
    const { stream } = await dialled
    for (const junk of [7, null, {}, ['x']]) there().emit(`${P}.queue.id-1.dialer`, junk)
    there().emit(`${P}.queue.id-1.dialer`, Buffer.from('good'))
    expect(await read(stream.source)).to.equal('good')
    expect(peer.drops['bad-frame']).to.equal(4)
  })

  it('DIAL-11 does not answer a dial on another connection', async () => {
    const client = star.client()
    const peer = await join(client)
    there().emit('ss-incomming', 'id-1', other, () => expect.fail('came on a connection that is gone'))
    await untilTimer(timers)
    const rejoined = new Promise<void>((resolve) => peer.once('rejoin', resolve))
    there().conn.close()
    await rejoined
    peer.on('stream', () => expect.fail('of a connection that is gone'))
    timers.advance(0)
    const done = next(client, 'done')
    there().emit('done')
    await done
    expect(client.connected).to.equal(true)
    expect(peer.openStreams).to.equal(0)
  })
})

/** Waits until something waits for the next turn of the clock. */
async function untilTimer(timers: ManualTimers): Promise<void> {
  while (timers.nextInMs !== 0) await turn()
}
