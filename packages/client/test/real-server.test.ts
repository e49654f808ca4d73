import { type Peer, type PeerStream, wrap } from '@socket-star/client'
import { expect } from 'chai'
import { all, open, read, texts } from './support/bytes.ts'
import { countListeners } from './support/counted-socket.ts'
import { codeOf } from './support/error-of.ts'
import { type RealStar, realStar } from './support/real-star.ts'

describe('with our server', () => {
  let star: RealStar
  beforeEach(async () => {
    star = await realStar()
  })
  afterEach(() => star.close())

  const dialled = (peer: Peer) =>
    new Promise<{ stream: PeerStream; from: string }>((resolve) =>
      peer.once('stream', (stream, { from }) => resolve({ stream, from })),
    )
  const seen = (peer: Peer, address: string) =>
    new Promise<void>((resolve) => {
      if (peer.peers.has(address)) resolve()
      peer.on('peer', (other) => other === address && resolve())
    })
  const echo = (peer: Peer) => peer.on('stream', (stream) => stream.sink(stream.source))

  it('DISC-4 DISC-5 peers see one another come and go', async () => {
    const a = await star.join()
    const b = await star.join()
    await Promise.all([seen(a, b.address), seen(b, a.address)])
    const gone = new Promise<string>((resolve) => a.once('peer-gone', resolve))
    b.leave()
    expect(await gone).to.equal(b.address)
    expect(a.peers.size).to.equal(0)
    expect(a.drops).to.deep.equal({ 'bad-incoming': 0, 'bad-peer': 0, 'bad-peers': 0, 'bad-frame': 0 })
  })

  it('DIAL-1 DIAL-5 a stream carries both ways, and each way ends by itself', async () => {
    const a = await star.join()
    const b = await star.join()
    const incoming = dialled(b)
    const here = await a.dial(b.address)
    const { stream: there, from } = await incoming
    expect(from).to.equal(a.address)
    here.sink(texts('a', 'b'))
    expect(await all(there.source)).to.equal('ab')
    there.sink(texts('still ', 'here'))
    expect(await all(here.source)).to.equal('still here')
    expect([a.openStreams, b.openStreams]).to.deep.equal([0, 0])
  })

  it('DIAL-5 the listener may end first', async () => {
    const a = await star.join()
    const b = await star.join()
    const incoming = dialled(b)
    const here = await a.dial(b.address)
    const { stream: there } = await incoming
    there.sink(texts('bye'))
    expect(await all(here.source)).to.equal('bye')
    here.sink(texts('thanks'))
    expect(await all(there.source)).to.equal('thanks')
  })

  it('an error ends the other side with its code', async () => {
    const a = await star.join()
    const b = await star.join()
    const incoming = dialled(b)
    const here = await a.dial(b.address)
    const { stream: there } = await incoming
    const { source, ended } = open()
    there.sink(source)
    a.leave()
    expect(await codeOf(all(there.source))).to.equal('ERR_CLOSED')
    expect(await ended).to.have.property('code', 'ERR_CLOSED')
    expect(await codeOf(all(here.source))).to.equal('ERR_CLOSED')
    expect([a.openStreams, b.openStreams]).to.deep.equal([0, 0])
  })

  it('DIAL-4 DIAL-8 a dial of nobody, or of one who takes no streams, says so', async () => {
    const a = await star.join()
    const b = await star.join()
    expect(await codeOf(a.dial(b.address))).to.equal('ERR_DIAL_REFUSED')
    b.leave()
    expect(await codeOf(a.dial(b.address))).to.equal('ERR_PEER_NOT_FOUND')
    expect(await codeOf(b.dial(a.address))).to.equal('ERR_CLOSED')
  })

  it('DIAL-6 several peers share a socket, and dial one another over it', async () => {
    const socket = star.client()
    const [a, b] = [await star.join(socket), await star.join(socket)]
    const c = await star.join()
    await Promise.all([seen(a, b.address), seen(b, a.address), seen(c, b.address), seen(c, a.address)])
    echo(a)
    echo(b)
    for (const [from, to] of [
      [c, a],
      [c, b],
      [a, b],
      [b, a],
      [a, c],
    ] as const) {
      if (to === c) echo(c)
      const incoming = dialled(to)
      const stream = await from.dial(to.address)
      expect((await incoming).from).to.equal(from.address)
      stream.sink(texts(`to ${to.address}`))
      expect(await read(stream.source)).to.equal(`to ${to.address}`)
    }
  })

  it('JOIN-10 DISC-9 after a restart of the server everybody is there again, and can be dialled', async () => {
    const a = await star.join()
    const b = await star.join()
    echo(b)
    await seen(a, b.address)
    const stream = await a.dial(b.address)
    const again = Promise.all(
      [a, b].map((peer) => new Promise<void>((resolve) => peer.once('rejoin', resolve))),
    )
    await star.stop()
    expect(await codeOf(all(stream.source))).to.equal('ERR_DISCONNECTED')
    expect(a.openStreams).to.equal(0)
    await star.start()
    await again
    await seen(a, b.address)
    const next = await a.dial(b.address)
    next.sink(texts('hello again'))
    expect(await all(next.source)).to.equal('hello again')
  })

  it('JOIN-11 a peer that leaves takes every listener with it', async () => {
    const { socket, left } = countListeners(star.client())
    wrap(socket)
    const ofSession = left()
    const a = await star.join(socket)
    const b = await star.join(socket)
    const c = await star.join()
    echo(a)
    echo(c)
    await seen(a, c.address)
    await Promise.all([c.dial(a.address), a.dial(c.address), b.dial(c.address)])
    const pending = codeOf(b.dial(c.address))
    expect(left().length).to.be.above(6 + ofSession.length)
    a.leave()
    b.leave()
    expect(await pending).to.equal('ERR_CLOSED')
    expect(left()).to.have.members(ofSession)
    expect(socket.connected).to.equal(true)
    expect((await star.join(socket)).status).to.equal('joined')
  })

  it('DIAL-13 dials leave nothing behind', async () => {
    await star.close()
    star = await realStar({ quotas: { dialsPerSecond: 10_000, dialBurst: 10_000 } })
    const { socket, left } = countListeners(star.client())
    const a = await star.join(socket)
    const b = await star.join()
    echo(b)
    const before = left()
    for (let i = 0; i < 300; i++) {
      const stream = await a.dial(b.address)
      stream.sink(texts('x'))
      expect(await all(stream.source)).to.equal('x')
    }
    expect(left()).to.deep.equal(before)
    expect([a.openStreams, b.openStreams]).to.deep.equal([0, 0])
  })

  it('NET-2 the retries and acknowledgement timeout of the host do not disturb peers', async () => {
    const options = { retries: 3, ackTimeout: 50 }
    const a = await star.join(star.client(options))
    const b = await star.join(star.client(options))
    echo(b)
    await seen(a, b.address)
    const stream = await a.dial(b.address)
    stream.sink(texts('through'))
    expect(await all(stream.source)).to.equal('through')
  })

  it('JOIN-19 the first join outlasts a hook that cannot tell for a moment, and so does a membership', async () => {
    let failures = 2
    const warned: string[] = []
    await star.close()
    star = await realStar({
      log: { error() {}, warn: (event) => void warned.push(event), info() {}, debug() {} },
      authenticate: () => {
        failures -= 1
        if (failures >= 0) throw new Error('the database is away')
        return 'ada'
      },
    })
    const socket = star.client()
    const peer = await star.join(socket)
    failures = 1
    const again = new Promise<void>((resolve) => peer.once('rejoin', resolve))
    socket.io.engine.close()
    await again
    expect(peer.status).to.equal('joined')
    expect(warned).to.deep.equal(Array(3).fill('star.authenticate-failed'))
  })

  it('NET-2 a connection that Socket.IO recovers is joined anew like any other', async () => {
    await star.close()
    star = await realStar({}, { connectionStateRecovery: {} })
    const socket = star.client()
    const a = await star.join(socket)
    const b = await star.join()
    echo(b)
    await seen(a, b.address)
    const stream = await a.dial(b.address)
    // recovery begins with an event of the application
    const plain = new Promise((resolve) => socket.once('plain', resolve))
    star.io.emit('plain')
    await plain
    const again = new Promise<void>((resolve) => a.once('rejoin', resolve))
    socket.io.engine.close()
    expect(await codeOf(all(stream.source))).to.equal('ERR_DISCONNECTED')
    await again
    expect(socket.recovered).to.equal(true)
    const next = await a.dial(b.address)
    next.sink(texts('here'))
    expect(await all(next.source)).to.equal('here')
    expect(a.drops).to.deep.equal({ 'bad-incoming': 0, 'bad-peer': 0, 'bad-peers': 0, 'bad-frame': 0 })
  })

  it('a long-polling socket will do', async () => {
    const a = await star.join(star.client({ transports: ['polling'] }))
    const b = await star.join()
    echo(b)
    const stream = await a.dial(b.address)
    stream.sink(texts('slow but sure'))
    expect(await all(stream.source)).to.equal('slow but sure')
  })

  it('a throwing application breaks nothing but itself', async () => {
    const a = await star.join()
    const b = await star.join()
    const thrown: unknown[] = []
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => thrown.push(error.message))
    try {
      b.on('stream', () => {
        throw new Error('of the application')
      })
      echo(b)
      const stream = await a.dial(b.address)
      stream.sink(texts('still'))
      expect(await all(stream.source)).to.equal('still')
      expect(thrown).to.deep.equal(['of the application'])
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
  })
})
