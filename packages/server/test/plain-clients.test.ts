import { wrap } from '@socket-star/client'
import { expect } from 'chai'
import type { Socket as ServerSocket } from 'socket.io'
import type { Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import { starMiddleware } from '../src/index.ts'
import { SILENT_LOG } from '../src/log.ts'
import { ScriptedClient } from './session/scripted-client.ts'
import { Host, nextEvent, request, settled, until } from './support/host.ts'
import { answerDials, dial, joinedPeer, openStream, write } from './support/pair.ts'

describe('the star beside plain Socket.IO', () => {
  let host: Host
  afterEach(() => host.close())

  it('NET-4 a plain client never sees an event of ours, and what it does works as before', async () => {
    host = await Host.start()
    host.io.on('connection', (socket) => {
      socket.join('room')
      socket.on('echo', (text: string, reply: (text: string) => void) => reply(text))
    })
    const plain = await host.connect()
    const heard: unknown[][] = []
    plain.onAny((...args) => heard.push(args))
    const [from, to] = [await joinedPeer(host), await joinedPeer(host)]
    await request(from.socket, 'ss-watch')
    const { there } = await openStream(from, to, 'a')
    write(there, [Buffer.alloc(1000)])
    await joinedPeer(host)
    expect(await request(plain, 'echo', 'hello')).to.deep.equal(['hello'])
    host.io.to('room').emit('news', 1)
    await until(() => heard.length > 0)
    expect(heard).to.deep.equal([['news', 1]])
    const server = host.io.of('/').sockets.get(plain.id ?? '')
    expect([...(server?.rooms ?? [])]).to.have.members([plain.id, 'room'])
    expect(server?.data).to.deep.equal({})
  })

  it('keeps nothing of a socket that the host ends before the star has seen it', async () => {
    host = await Host.start()
    const ended: ServerSocket[] = []
    // the star comes with the first socket, and is told of it after this listener
    host.io.on('connection', (socket) => {
      ended.push(socket)
      socket.disconnect()
    })
    const client = host.client({ auth: { 'socket-star': [1, 'somebody', 1] } })
    await nextEvent(client, 'disconnect')
    expect(ended.map((socket) => socket.eventNames().filter((name) => name !== 'error'))).to.deep.equal([[]])
  })

  it('NET-1 a client of Engine.IO 3 joins and hears of peers by the same events', async () => {
    host = await Host.start({ star: { challenge: false }, io: { allowEIO3: true } })
    const socket = new WebSocket(`ws://127.0.0.1:${host.port}/socket.io/?EIO=3&transport=websocket`)
    const packets: string[] = []
    socket.on('message', (data) => packets.push(data.toString()))
    await until(() => packets.includes('40'))
    socket.send('420["ss-join","/ip4/127.0.0.1/tcp/1/ws/p2p-websocket-star",""]')
    await until(() => packets.some((packet) => packet.startsWith('430')))
    expect(packets.at(-1)).to.equal('430[null,null,[],{"v":1,"features":["peers"]}]')
    const other = '/ip4/127.0.0.1/tcp/2/ws/p2p-websocket-star'
    await request(await host.connect(), 'ss-join', other, '')
    await until(() => packets.includes(`42["ws-peer","${other}"]`))
    socket.close()
  })

  it('NET-4 works on any namespace, and only there', async () => {
    host = await Host.start({ namespace: '/peers' })
    await joinedPeer(host)
    expect(host.star.stats()).to.include({ peers: 1 })
    const elsewhere = await host.connect({}, '/')
    const answered = request(elsewhere, 'ss-join', '/', '')
    const silence = request(elsewhere, 'nothing')
    await settledBy(host, elsewhere)
    expect(await Promise.race([answered, silence, Promise.resolve('silence')])).to.equal('silence')
  })

  it('stars of many namespaces share what they listen to on a connection: Node warns of more than ten listeners', async () => {
    host = await Host.start()
    const names = Array.from({ length: 12 }, (_, n) => `/n${n}`)
    const stars = names.map((name) => {
      const star = starMiddleware({ log: SILENT_LOG, production: false })
      host.io.of(name).use(star)
      return star
    })
    const warnings: string[] = []
    const onWarning = ({ message }: Error) => warnings.push(message)
    process.on('warning', onWarning)
    try {
      // the stars begin with their first sockets; a connection that comes later is theirs from its first packet
      for (let connections = 0; connections < 2; connections++) {
        const { io } = await host.connect()
        const sessions = names.map((name) => wrap(io.socket(name)))
        for (const session of sessions) session.emit('hello')
        await Promise.all(sessions.map((session) => session.flush()))
        for (const session of sessions) session.disconnect()
      }
      await until(() => stars.every(({ sessions }) => sessions.size === 0))
    } finally {
      process.off('warning', onWarning)
      for (const star of stars) star.close()
    }
    expect(warnings).to.deep.equal([])
  })

  it('NET-4 refuses a second namespace, and a second star on one, with a coded error', async () => {
    host = await Host.start()
    await host.connect()
    host.io.of('/second').use(host.star)
    const refused = host.client({}, '/second')
    const [error] = (await nextEvent(refused, 'connect_error')) as [Error & { data: unknown }]
    expect(error.message).to.match(/^ERR_NAMESPACE: this star serves \//)
    expect(error.data).to.deep.equal({ code: 'ERR_NAMESPACE' })
    const second = starMiddleware({ log: SILENT_LOG, production: false })
    expect(() => second.attach(host.io.of('/')))
      .to.throw('has a star already')
      .with.property('code', 'ERR_NAMESPACE')
    expect(() => host.star.attach(host.io.of('/second')))
      .to.throw()
      .with.property('code', 'ERR_NAMESPACE')
  })

  it('NET-4 a star of a server that is gone says that it is not the one that was meant', async () => {
    host = await Host.start()
    await host.connect()
    const other = await Host.start()
    expect(() => host.star.attach(other.io.of('/'))).to.throw('serves another /, or an earlier one')
    await other.close()
  })

  it('namespaces that come by themselves have a star each', async () => {
    host = await Host.start({ namespace: '/fixed' })
    const names: string[] = []
    host.io.on('new_namespace', (namespace) => {
      const star = starMiddleware({ log: SILENT_LOG, production: false })
      star.on('session', () => names.push(namespace.name))
      namespace.use(star)
    })
    host.io.of(/^\/room-\d$/)
    const clients = await Promise.all(
      ['/room-1', '/room-2'].map((name) =>
        ScriptedClient.connected({ client: (options = {}) => host.client(options, name) }),
      ),
    )
    expect(names.sort()).to.deep.equal(['/room-1', '/room-2'])
    for (const client of clients) client.close()
  })

  it('close lets the namespace go: no listener, timer or room is left, and another star may come', async () => {
    host = await Host.start()
    const plainSocket = await host.connect()
    const serverSide = host.io.of('/').sockets.get(plainSocket.id ?? '') as ServerSocket
    const bare = new Set(['error'])
    const [from, to] = [await joinedPeer(host), await joinedPeer(host)]
    await request(from.socket, 'ss-watch')
    answerDials(to)
    await dial(from, to, 'a')
    host.star.close()
    for (const socket of host.io.of('/').sockets.values()) {
      expect(new Set(socket.eventNames().map(String))).to.deep.equal(bare)
      expect([...socket.rooms]).to.deep.equal([socket.id])
    }
    expect(serverSide.connected).to.equal(true)
    expect(host.star.stats()).to.include({ peers: 0, streamsOpen: 0, watchers: 0 })
    const next = starMiddleware({ log: SILENT_LOG, production: false })
    next.attach(host.io.of('/'))
    expect((await from.identity.join(from.socket))[0]).to.equal(null)
    expect(next.stats().peers).to.equal(1)
    next.close()
  })
})

describe('the star beside connection state recovery', () => {
  let host: Host
  beforeEach(async () => {
    host = await Host.start({ io: { connectionStateRecovery: {} } })
  })
  afterEach(() => host.close())

  /** Breaks the connection and waits for Socket.IO's own recovery. */
  async function recover(socket: Socket): Promise<void> {
    // recovery needs an offset, which the first event of the host brings
    const offset = nextEvent(socket, 'host')
    host.io
      .of('/')
      .sockets.get(socket.id ?? '')
      ?.emit('host', 1)
    await offset
    const back = nextEvent(socket, 'connect')
    socket.io.reconnection(true)
    socket.io.reconnectionDelay(1)
    socket.io.engine.close()
    await back
    expect(socket.recovered).to.equal(true)
  }

  it('NET-4 NET-5 a recovered socket has joined nothing, hears nothing, and can join again', async () => {
    const peer = await joinedPeer(host)
    await request(peer.socket, 'ss-watch')
    const heard: string[] = []
    await recover(peer.socket)
    peer.socket.onAny((event: string) => heard.push(event))
    expect(host.star.stats()).to.include({ peers: 0, watchers: 0 })
    const watcher = await joinedPeer(host)
    await request(watcher.socket, 'ss-watch')
    const told = nextEvent(watcher.socket, 'ss-peers', ({ add }: { add: string }) => add !== '')
    await joinedPeer(host)
    await told
    await settled(peer.socket)
    expect(heard).to.deep.equal([])
    expect((await peer.identity.join(peer.socket))[0]).to.equal(null)
    expect((await request(peer.socket, 'ss-watch'))[0]).to.equal(null)
  })

  it('NET-5 nothing of ours waits to be replayed', async () => {
    const [watcher, legacy] = [await joinedPeer(host), await joinedPeer(host)]
    await request(watcher.socket, 'ss-watch')
    const { there } = await openStream(watcher, legacy, 'a')
    write(there, [Buffer.alloc(1000)])
    const told = Promise.all([nextEvent(watcher.socket, 'ss-peers'), nextEvent(legacy.socket, 'ws-peer')])
    await joinedPeer(host)
    await told
    await until(() => host.star.stats().relayedBytes === 1000)
    const adapter = host.io.of('/').adapter as unknown as { packets: unknown[] }
    expect(adapter.packets).to.deep.equal([])
  })
})

/** Resolves when the server has handled what a socket without a star sent before. */
async function settledBy(host: Host, socket: Socket): Promise<void> {
  const server = host.io.of('/').sockets.get(socket.id ?? '')
  await new Promise<void>((resolve) => {
    server?.once('mark', () => resolve())
    socket.emit('mark')
  })
}
