import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import type { StarOptions } from '../../src/index.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { codeOf, Host, nextEvent, request, until } from '../support/host.ts'
import { answerDials, dial, joinedPeer, openStream, read, write } from '../support/pair.ts'

const address = (port: number) => `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`

describe('quotas, at their limits', () => {
  let host: Host
  let socket: Socket
  let environment: FakeEnvironment

  async function start(star: StarOptions): Promise<void> {
    environment = new FakeEnvironment()
    host = await Host.start({ star: { challenge: false, environment, ...star } })
    socket = await host.connect()
  }
  afterEach(() => host.close())

  const join = async (port: number, on = socket) => codeOf(await request(on, 'ss-join', address(port), ''))

  it('LIM-3 addresses of one socket: 16, and one left makes room for one', async () => {
    await start({})
    for (let port = 1; port <= 16; port += 1) expect(await join(port)).to.equal(null)
    expect(await join(17)).to.equal('ERR_QUOTA')
    expect(await join(16), 'one that it has').to.equal(null)
    socket.emit('ss-leave', address(1))
    expect(await join(17)).to.equal(null)
    expect(await join(1, await host.connect()), 'somebody else').to.equal(null)
  })

  it('LIM-3 addresses of one socket: unanswered challenges count', async () => {
    await start({ challenge: true, quotas: { addressesPerSocket: 2 } })
    const peer = await joinedPeer(host)
    const challenge = async (port: number) => {
      const { identity } = peer
      return codeOf(
        await request(peer.socket, 'ss-join', identity.address('p2p', port), identity.publicKeyHex),
      )
    }
    expect(await challenge(1)).to.equal(null)
    expect(await challenge(2)).to.equal('ERR_QUOTA')
    environment.advance(30_000)
    expect(await challenge(2)).to.equal(null)
  })

  it('LIM-3 a quota that is undefined is the default, and not none', async () => {
    await start({ quotas: { addressesPerSocket: undefined } })
    for (let port = 1; port <= 16; port += 1) expect(await join(port)).to.equal(null)
    expect(await join(17)).to.equal('ERR_QUOTA')
  })

  it('LIM-3 addresses in all, and a holder who changes takes no room', async () => {
    await start({ quotas: { peers: 2 } })
    expect(await join(1)).to.equal(null)
    expect(await join(2)).to.equal(null)
    const other = await host.connect()
    expect(await join(3, other)).to.equal('ERR_QUOTA')
    expect(await join(2, other)).to.equal(null)
  })

  it('LIM-3 joins: 64 at once, then 20 a second', async () => {
    await start({})
    for (let n = 0; n < 64; n += 1) expect(await join(1)).to.equal(null)
    expect(await join(1)).to.equal('ERR_QUOTA')
    environment.advance(1000)
    for (let n = 0; n < 20; n += 1) expect(await join(1)).to.equal(null)
    expect(await join(1)).to.equal('ERR_QUOTA')
    expect(await join(1, await host.connect()), 'somebody else').to.equal(null)
  })

  it('LIM-3 dials: 200 at once, then 50 a second', async () => {
    await start({})
    await join(1)
    const attempt = async (n: number) =>
      codeOf(await request(socket, 'ss-dial', address(1), address(99), `dial-${n}`))
    for (let n = 0; n < 200; n += 1) expect(await attempt(n)).to.equal('ERR_PEER_NOT_FOUND')
    expect(await attempt(0)).to.equal('ERR_QUOTA')
    environment.advance(1000)
    for (let n = 0; n < 50; n += 1) expect(await attempt(n)).to.equal('ERR_PEER_NOT_FOUND')
    expect(await attempt(0)).to.equal('ERR_QUOTA')
  })

  it('LIM-3 watches: 20 at once, then 2 a second', async () => {
    await start({})
    await join(1)
    const watch = async () => codeOf(await request(socket, 'ss-watch'))
    for (let n = 0; n < 20; n += 1) expect(await watch()).to.equal(null)
    expect(await watch()).to.equal('ERR_QUOTA')
    environment.advance(1000)
    expect([await watch(), await watch(), await watch()]).to.deep.equal([null, null, 'ERR_QUOTA'])
  })

  it('LIM-3 streams of one dialler: 256, pending ones included, and one that ends makes room', async () => {
    await start({ challenge: true, quotas: { dialBurst: 1000 } })
    const [from, to] = [await joinedPeer(host), await joinedPeer(host)]
    const pending: Promise<unknown[]>[] = []
    for (let n = 0; n < 256; n += 1) pending.push(dial(from, to, `dial-${n}`))
    expect(codeOf(await dial(from, to, 'one-more'))).to.equal('ERR_QUOTA')
    const third = await joinedPeer(host)
    answerDials(third)
    expect(await dial(to, third, 'by-the-listener')).to.deep.equal([])
    to.socket.disconnect()
    await Promise.all(pending)
    expect(await dial(from, third, 'one-more')).to.deep.equal([])
  })

  it('LIM-3 streams that one peer is dialled for: the dialler over it hears so', async () => {
    await start({ challenge: true, quotas: { streamsPerPeer: 2 } })
    const [first, second, to] = [await joinedPeer(host), await joinedPeer(host), await joinedPeer(host)]
    answerDials(to)
    expect(await dial(first, to, 'a')).to.deep.equal([])
    expect(await dial(second, to, 'b')).to.deep.equal([])
    expect(codeOf(await dial(second, to, 'c'))).to.equal('ERR_QUOTA')
  })

  it('LIM-3 streams of a pair: one peer does not take all the places of another', async () => {
    await start({ challenge: true, quotas: { streamsPerPeer: 3, streamsPerPair: 2 } })
    const [first, second, to] = [await joinedPeer(host), await joinedPeer(host), await joinedPeer(host)]
    answerDials(to)
    answerDials(second)
    expect(await dial(first, to, 'a')).to.deep.equal([])
    expect(await dial(first, to, 'b')).to.deep.equal([])
    expect(codeOf(await dial(first, to, 'c'))).to.equal('ERR_QUOTA')
    expect(await dial(first, second, 'd')).to.deep.equal([])
    expect(await dial(second, to, 'e')).to.deep.equal([])
  })

  it('LIM-2 LIM-3 message size: a frame at the limit passes, one over it cuts the stream', async () => {
    await start({ challenge: true, quotas: { messageBytes: 2000 } })
    const [from, to] = [await joinedPeer(host), await joinedPeer(host)]
    const { there, back } = await openStream(from, to, 'a')
    const sizes: number[] = []
    write(there, [Buffer.alloc(2000), Buffer.alloc(2001)])
    const end = await read(back, (chunk) => sizes.push(chunk.length)).then(
      () => 'clean',
      (error) => error.code,
    )
    expect(sizes).to.deep.equal([2000])
    expect(end).to.equal('ERR_TOO_LARGE')
  })

  it('LIM-3 bytes in flight: a reader who takes nothing has its stream cut, and both ends hear why', async () => {
    await start({ challenge: true, quotas: { bytesInFlight: 256 * 1024 } })
    const [from, to] = [await joinedPeer(host), await joinedPeer(host)]
    const wire = 'socket.io-pull-stream'
    answerDials(to)
    await dial(from, to, 'a')
    to.socket.emit(`${wire}.accept.a.dialer`)
    await nextEvent(from.socket, `${wire}.accept.a.dialer`)
    const told = nextEvent(from.socket, `${wire}.error.a.dialer`)
    const engine = to.socket.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } }
    engine.ws.pause()
    const frame = Buffer.alloc(256 * 1024)
    const pump = setInterval(() => {
      from.socket.emit(`${wire}.queue.a.dialer`, frame)
      environment.advance(250)
    }, 5)
    try {
      expect(codeOf(await told)).to.equal('ERR_STREAM_BACKLOG')
    } finally {
      clearInterval(pump)
    }
    const heard = nextEvent(to.socket, `${wire}.error.a.dialer`)
    engine.ws.resume()
    expect(codeOf(await heard)).to.equal('ERR_STREAM_BACKLOG')
    await until(() => host.star.stats().streamsOpen === 0)
    expect(host.star.stats().drops).to.deep.equal({ backlog: 1 })
  })

  it('LIM-4 a socket that goes on is disconnected from the namespace; it may come back', async () => {
    await start({ quotas: { offences: 5 } })
    const gone = nextEvent(socket, 'disconnect')
    for (let n = 0; n < 5; n += 1) socket.emit('ss-leave', 'nonsense')
    expect(await join(1)).to.equal(null)
    socket.emit('ss-leave', 'nonsense')
    expect((await gone)[0]).to.equal('io server disconnect')
    await until(() => host.star.stats().peers === 0)
    expect(host.star.stats().drops).to.deep.equal({ malformed: 6, misbehaviour: 1 })
    expect(await join(1, await host.connect())).to.equal(null)
  })

  it('LIM-4 looks at no more requests that came together than it takes to disconnect who sent them', async () => {
    await start({ quotas: { offences: 5 } })
    const url = `http://127.0.0.1:${host.port}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1))
    const say = (...packets: string[]) => {
      return fetch(`${url}&sid=${sid}`, { method: 'POST', body: packets.join('\x1e') })
    }
    await say('40')
    await until(() => host.io.of('/').sockets.size === 2)
    for (const request of ['ss-join', 'ss-dial', 'ss-watch', 'ss-leave']) {
      await say(...new Array<string>(1_000).fill(`42["${request}"]`))
      await until(() => host.io.of('/').sockets.size === 1)
      await say('40')
      await until(() => host.io.of('/').sockets.size === 2)
    }
    expect(host.star.stats().drops).to.deep.equal({ malformed: 4 * 6, misbehaviour: 4 })
    const { joins, dials } = host.star.stats()
    expect({ joins, dials }).to.deep.equal({
      joins: { ERR_BAD_REQUEST: 6 },
      dials: { ERR_BAD_REQUEST: 6 },
    })
  })

  it('LIM-4 frames that no stream takes are offences of the one who writes them', async () => {
    await start({ challenge: true, quotas: { offences: 5 } })
    const [from, to] = [await joinedPeer(host), await joinedPeer(host)]
    answerDials(to)
    await dial(from, to, 'a')
    to.socket.emit('socket.io-pull-stream.accept.a.dialer')
    await nextEvent(from.socket, 'socket.io-pull-stream.accept.a.dialer')
    const gone = nextEvent(from.socket, 'disconnect')
    for (let n = 0; n < 6; n += 1) from.socket.emit('socket.io-pull-stream.queue.a.dialer', { not: 'bytes' })
    expect((await gone)[0]).to.equal('io server disconnect')
    expect(host.star.stats().drops).to.deep.equal({ 'frame-malformed': 6, misbehaviour: 1 })
    expect(to.socket.connected).to.equal(true)
  })
})
