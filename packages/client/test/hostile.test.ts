import { joinStar, type Peer, wrap } from '@socket-star/client'
import { expect } from 'chai'
import fc from 'fast-check'
import { all, read, texts } from './support/bytes.ts'
import { type FakeStar, fakeStar, next } from './support/fake-star.ts'
import { newKey } from './support/keys.ts'
import { letIn } from './support/let-in.ts'

const P = 'socket.io-pull-stream'
const RUNS = 5_000

describe('a hostile server', () => {
  let star: FakeStar
  beforeEach(async () => {
    star = await fakeStar()
  })
  afterEach(() => star.close())

  it('LIM-1 sends whatever it likes: nothing is thrown, and streams that are open go on', async function () {
    this.timeout(60_000)
    letIn(star, { welcome: [[], { v: 1, features: ['peers'] }] })
    star.on('ss-watch', ({ args: [reply], socket }) => {
      socket.emit('ss-peers', { v: 0, all: '' })
      reply(null)
    })
    star.on('ss-dial', ({ args: [, , , reply] }) => reply())
    const client = star.client()
    const said: unknown[] = []
    const wrapped = wrap(client, { env: { say: (what) => said.push(what) } })
    const peer = await joinStar(wrapped, star.address, await newKey())
    peer.on('error', () => {})
    peer.on('stream', (stream) => stream.sink(stream.source))
    const [socket] = star.sockets
    const stream = await peer.dial(peer.address)
    const id = star.of('ss-dial')[0]?.args[2]

    for (const [event, args] of fc.sample(junkEvent(peer, id), { seed: 3, numRuns: RUNS })) {
      if (args.at(-1) === ACKNOWLEDGED) socket?.emit(event, ...args.slice(0, -1), () => {})
      else socket?.emit(event, ...args)
    }
    socket?.emit('over')
    await next(client, 'over')

    expect(client.connected).to.equal(true)
    expect(peer.status).to.equal('joined')
    expect(peer.openStreams).to.be.at.most(1024)
    expect(peer.drops['bad-incoming']).to.be.above(100)
    expect(peer.drops['bad-peers']).to.be.above(0)
    // none of it is taken for a mistake of ours
    expect(said).to.deep.equal([])
    const mine = read(stream.source)
    socket?.emit(`${P}.queue.${id}.listener`, Buffer.from('mine'))
    expect(await mine).to.equal('mine')
    stream.sink(texts('yours'))
    socket?.emit(`${P}.accept.${id}.dialer`)
    expect((await star.nth(`${P}.queue.${id}.dialer`, 1)).args[0].toString()).to.equal('yours')
    socket?.emit(`${P}.error.${id}.listener`, true)
    expect(await all(stream.source)).to.equal('')
  })

  it('LIM-1 is not what a mistake of our own is taken for: that is told to whoever can mend it', async () => {
    letIn(star, { welcome: [[], { v: 1, features: ['peers'] }] })
    star.on('ss-watch', ({ args: [reply], socket }) => {
      socket.emit('ss-peers', { v: 0, all: '' })
      reply(null)
    })
    const client = star.client()
    const said: unknown[] = []
    const wrapped = wrap(client, { env: { say: (what) => said.push(what) } })
    const peer = await joinStar(wrapped, star.address, await newKey())
    const mistake = new TypeError('a mistake')
    const trap = (): never => {
      throw mistake
    }
    const unreadable = new Proxy({}, { get: trap, getOwnPropertyDescriptor: trap })
    // as what came may be looked at where there is a mistake
    for (const listener of client.listeners('ss-peers')) listener(unreadable)
    expect(said).to.deep.equal([mistake])
    expect(peer.status).to.equal('joined')
    for (const listener of client.listeners('ss-peers')) listener('nonsense')
    expect(said).to.have.length(1)
  })

  it('LIM-1 lets streams start without end: a bounded number of them does', async () => {
    letIn(star)
    const peer = await joinStar(wrap(star.client()), star.address, { ...(await newKey()), maxStreams: 50 })
    peer.on('stream', () => {})
    const { address } = peer
    const replies = await Promise.all(
      Array.from(
        { length: 200 },
        (_, i) =>
          new Promise<unknown>((resolve) =>
            star.sockets[0]?.emit('ss-incomming', `id-${i}`, address, resolve),
          ),
      ),
    )
    expect(replies.filter((reply) => reply === undefined)).to.have.length(50)
    expect(replies.filter((reply) => String(reply).startsWith('ERR_QUOTA'))).to.have.length(150)
    peer.leave()
    expect(peer.openStreams).to.equal(0)
  })
})

const ACKNOWLEDGED = Symbol('with a callback')

/** An event of ours with arguments that no honest server sends. */
function junkEvent(peer: Peer, openId: string): fc.Arbitrary<[string, unknown[]]> {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(
      null,
      '__proto__',
      'constructor',
      'toString',
      peer.address,
      '\n'.repeat(100),
      '/'.repeat(600),
      [[[[[[[[]]]]]]]],
      { v: 1, add: '__proto__\nconstructor', drop: '' },
      { v: Number.MAX_SAFE_INTEGER, add: 7, drop: {} },
      { _placeholder: true, num: 0 },
    ),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  )
  const args = fc
    .tuple(fc.array(value, { maxLength: 5 }), fc.boolean())
    .map(([list, acknowledged]) => (acknowledged ? [...list, ACKNOWLEDGED] : list))
  const junkId = fc.constantFrom('x', '__proto__', 'constructor', `${openId}`, `${openId}.dialer.x`, 'in 1')
  const event = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('ss-incomming', 'ss-peers', 'ws-peer') },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('accept', 'queue', 'error'), junkId)
        .map(([kind, id]) => `${P}.${kind}.${id}`),
    },
    { weight: 1, arbitrary: fc.constantFrom('ss-join', 'ss-dial', 'ss-watch', 'ss-leave', '__proto__') },
  )
  return fc.tuple(event, args)
}
