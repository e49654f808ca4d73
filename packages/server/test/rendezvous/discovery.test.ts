import { decodeAddresses, encodeAddresses, parsePeers } from '@socket-star/protocol/rendezvous'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { codeOf, Host, nextEvent, request, settled, until } from '../support/host.ts'
import { Identity } from '../support/identity.ts'
import { joinedPeer } from '../support/pair.ts'

/** A socket that follows the list as a client of ours does. */
async function follow(socket: Socket): Promise<{ list: Set<string>; v: number; gaps: number }> {
  const follower = { list: new Set<string>(), v: -1, gaps: 0 }
  socket.on('ss-peers', (...args: unknown[]) => {
    const update = parsePeers(args)
    if (update.type === 'all') follower.list = new Set(update.all)
    else {
      if (update.v !== follower.v + 1) follower.gaps += 1
      for (const address of update.add) follower.list.add(address)
      for (const address of update.drop) follower.list.delete(address)
    }
    follower.v = update.v
  })
  // the list came before the answer
  expect(await request(socket, 'ss-watch')).to.deep.equal([null, follower.v])
  return follower
}

/** The list that a watch is answered with. */
async function watch(socket: Socket): Promise<{ id: string; v: number; all: string[] }> {
  const came = nextEvent(socket, 'ss-peers', ({ all }: { all?: string }) => all !== undefined)
  const [error] = await request(socket, 'ss-watch')
  expect(error).to.equal(null)
  const [{ id, v, all }] = (await came) as [{ id: string; v: number; all: string }]
  return { id, v, all: decodeAddresses(all) }
}

describe('discovery', () => {
  let host: Host

  beforeEach(async () => {
    host = await Host.start()
  })
  afterEach(() => host.close())

  it('DISC-4 DISC-5 shows a watcher who is here, who comes and who goes, canonically', async () => {
    const first = await joinedPeer(host, 'ipfs')
    const watcher = await joinedPeer(host, 'ipfs')
    const follower = await follow(watcher.socket)
    const canonical = [first, watcher].map(({ identity }) => identity.address('p2p'))
    await until(() => follower.list.size === 2)
    expect([...follower.list]).to.have.members(canonical)
    const third = await joinedPeer(host, 'ipfs')
    await until(() => follower.list.has(third.identity.address('p2p')))
    first.socket.emit('ss-leave', first.address)
    third.socket.disconnect()
    await until(() => follower.list.size === 1)
    expect([...follower.list]).to.deep.equal([watcher.identity.address('p2p')])
    expect(follower.gaps).to.equal(0)
    expect(host.star.stats()).to.include({ watchers: 1 })
  })

  it('DISC-4 answers a socket that has joined nothing with an error', async () => {
    expect(codeOf(await request(await host.connect(), 'ss-watch'))).to.equal('ERR_NOT_JOINED')
  })

  it('DISC-2 ADDR-3 tells legacy clients of each address once, in their spelling, and not of their own', async () => {
    const ipfs = await joinedPeer(host, 'ipfs')
    const p2p = await joinedPeer(host, 'p2p')
    const heard = new Map<string, string[]>([ipfs, p2p].map(({ address }) => [address, []]))
    for (const { socket, address } of [ipfs, p2p]) {
      socket.on('ws-peer', (peer: string) => heard.get(address)?.push(peer))
    }
    const other = await joinedPeer(host)
    await until(() => [...heard.values()].every((list) => list.includes(other.address) || list.length > 1))
    await until(() => (heard.get(p2p.address)?.length ?? 0) > 0)
    expect(heard.get(ipfs.address)).to.include(other.identity.address('ipfs'))
    expect(heard.get(p2p.address)).to.deep.equal([other.identity.address('p2p')])
    expect(heard.get(ipfs.address)).not.to.include(ipfs.address)
  })

  it('DISC-4 sends a watcher no ws-peer, and DISC-1 a socket that has not joined nothing at all', async () => {
    const heard: string[] = []
    const bystander = await host.connect()
    bystander.onAny((event: string) => heard.push(event))
    const watcher = await joinedPeer(host)
    await request(watcher.socket, 'ss-watch')
    watcher.socket.onAny((event: string) => heard.push(event))
    const told = nextEvent(watcher.socket, 'ss-peers')
    await joinedPeer(host)
    await told
    await settled(bystander)
    expect(heard).to.deep.equal(['ss-peers'])
  })

  it('DISC-13 a socket that has watched is answered without peers, and hears nothing until it watches again', async () => {
    await joinedPeer(host)
    const watcher = await joinedPeer(host)
    await request(watcher.socket, 'ss-watch')
    watcher.socket.emit('ss-leave', watcher.address)
    const [, , peers] = await watcher.identity.join(watcher.socket)
    expect(peers).to.deep.equal([])
    const heard: string[] = []
    watcher.socket.onAny((event: string) => heard.push(event))
    const other = await joinedPeer(host)
    const told = nextEvent(other.socket, 'ws-peer')
    await joinedPeer(host)
    await told
    await settled(watcher.socket)
    expect(heard).to.deep.equal([])
    expect((await watch(watcher.socket)).all).to.have.length(4)
  })

  it('DISC-15 a join may ask for the list: it comes right before the answer, and changes after it', async () => {
    const open = await Host.start({ star: { challenge: false } })
    const address = (port: number) => `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`
    const join = (socket: Socket, port: number, ...rest: unknown[]) =>
      request(socket, 'ss-join', address(port), '', ...rest)
    const [other, watcher] = [await open.connect(), await open.connect()]
    await join(other, 1)
    const heard: unknown[] = []
    watcher.on('ws-peer', (peer) => heard.push(peer))
    watcher.on('ss-peers', (update) => heard.push(parsePeers([update])))
    const [error, , peers] = await join(watcher, 2, { watch: true })
    expect([error, peers]).to.deep.equal([null, []])
    const [first] = heard.splice(0, 1) as [{ v: number }]
    expect(first).to.deep.include({ type: 'all', all: [address(1)] })
    expect(open.star.stats()).to.include({ watchers: 1 })
    await until(() => heard.length > 0)
    expect(heard).to.deep.equal([
      { type: 'change', v: first.v + 1, add: [address(2)], drop: [], isWhole: true },
    ])
    // it has left, and comes back
    watcher.emit('ss-leave', address(2))
    heard.length = 0
    await join(watcher, 3, { watch: true })
    expect(heard).to.have.length(1)
    expect(open.star.stats()).to.include({ watchers: 1 })
    await open.close()
  })

  it('DISC-15 where a watch would be refused the join is answered without a list', async () => {
    const environment = new FakeEnvironment()
    const open = await Host.start({ star: { environment, challenge: false, quotas: { watchBurst: 1 } } })
    const address = (port: number) => `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`
    const socket = await open.connect()
    let lists = 0
    socket.on('ss-peers', ({ all }: { all?: string }) => (lists += all === undefined ? 0 : 1))
    for (const [port, version] of [
      [1, [0]],
      [2, []],
    ] as const) {
      const [, , , , ...rest] = await request(socket, 'ss-join', address(port), '', { watch: true })
      expect(rest).to.deep.equal(version)
      socket.emit('ss-leave', address(port))
    }
    expect(lists).to.equal(1)
    await request(socket, 'ss-join', address(3), '', { watch: true })
    expect([lists, open.star.stats().watchers]).to.deep.equal([1, 0])
    expect(codeOf(await request(socket, 'ss-watch'))).to.equal('ERR_QUOTA')
    environment.advance(1000)
    expect(await request(socket, 'ss-watch')).to.deep.equal([null, 1])
    expect([lists, open.star.stats().watchers]).to.deep.equal([2, 1])
    await open.close()
  })

  it('DISC-16 whoever knows the list is sent what changed of it, with a join and with a watch', async () => {
    const environment = new FakeEnvironment()
    const star = { environment, challenge: false, quotas: { watchBurst: 50 } }
    const open = await Host.start({ star })
    const address = (port: number) => `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`
    const join = (socket: Socket, port: number, ...rest: unknown[]) =>
      request(socket, 'ss-join', address(port), '', ...rest)
    const others = await open.connect()
    for (let port = 1; port <= 4; port += 1) await join(others, port, { watch: true })
    environment.advance(1000)
    const first = await open.connect()
    await join(first, 5)
    environment.advance(1000)
    const { id, v, all } = await watch(first)
    expect(all).to.have.length(5)
    const heard: unknown[] = []
    const connect = async (): Promise<Socket> => {
      heard.length = 0
      const socket = await open.connect()
      socket.on('ss-peers', (update) => heard.push(update))
      return socket
    }
    // it is gone, and one more came
    first.disconnect()
    await until(() => open.star.stats().sockets === 1)
    environment.advance(1000)
    await join(others, 6)
    environment.advance(1000)
    const second = await connect()
    const [error, , peers, , version] = await join(second, 7, { watch: { id, v } })
    expect([error, peers, version]).to.deep.equal([null, [], v + 2])
    expect(heard).to.deep.equal([
      { v: v + 1, add: '', drop: encodeAddresses([address(5)]) },
      { v: v + 2, add: encodeAddresses([address(6)]), drop: '' },
    ])
    // it follows from there
    environment.advance(1000)
    await settled(second)
    expect(heard.slice(2)).to.deep.equal([{ v: v + 3, add: encodeAddresses([address(7)]), drop: '' }])
    // nothing changed since: nothing is sent
    heard.length = 0
    expect(await request(second, 'ss-watch', { id, v: v + 3 })).to.deep.equal([null, v + 3])
    expect(heard).to.deep.equal([])
    await join(others, 8)
    environment.advance(1000)
    await settled(second)
    expect(heard).to.deep.equal([{ v: v + 4, add: encodeAddresses([address(8)]), drop: '' }])
    // versions that are not, or no more, known, and those of another list
    for (const known of [{ id, v: v + 5 }, { id, v: 0 }, { id: 'another', v: v + 4 }, { id, v: '4' }, 7]) {
      heard.length = 0
      expect(await request(second, 'ss-watch', known)).to.deep.equal([null, v + 4])
      expect(heard.map((update) => parsePeers([update]))).to.deep.include.members([
        { type: 'all', id, v: v + 4, all: [1, 2, 3, 4, 6, 7, 8].map(address) },
      ])
    }
    await open.close()
  })

  it('JOIN-11 a socket without addresses hears nothing more', async () => {
    const peer = await joinedPeer(host)
    await request(peer.socket, 'ss-watch')
    const heard: string[] = []
    peer.socket.emit('ss-leave', peer.address)
    await settled(peer.socket)
    peer.socket.onAny((event: string) => heard.push(event))
    const watcher = await joinedPeer(host)
    await request(watcher.socket, 'ss-watch')
    const told = nextEvent(watcher.socket, 'ss-peers', ({ add }: { add: string }) => add !== '')
    await joinedPeer(host)
    await told
    await settled(peer.socket)
    expect(heard).to.deep.equal([])
  })

  it('DISC-4 DISC-5 a storm of joins, leaves and disconnects leaves every watcher with the same, right list', async () => {
    const open = await Host.start({ star: { challenge: false, quotas: { joinBurst: 1000 } } })
    const address = (n: number) => `/ip4/127.0.0.1/tcp/${n + 1}/ws/p2p-websocket-star`
    const { random } = new FakeEnvironment(5)
    const sockets = await Promise.all(Array.from({ length: 12 }, () => open.connect()))
    const followers = await Promise.all(
      sockets.map(async (socket, n) => {
        await request(socket, 'ss-join', address(n), '')
        return follow(socket)
      }),
    )
    for (let step = 0; step < 300; step += 1) {
      const socket = sockets[Math.floor(random() * 12)] as Socket
      const target = address(20 + Math.floor(random() * 10))
      if (random() < 0.5) await request(socket, 'ss-join', target, '')
      else socket.emit('ss-leave', target)
    }
    await Promise.all(sockets.map((socket) => settled(socket)))
    const right = (await watch(sockets[0] as Socket)).all
    await until(() => followers.every(({ list }) => list.size === open.star.stats().peers))
    const lists = followers.map(({ list }) => [...list].sort())
    for (const list of lists) expect(list).to.deep.equal(lists[0])
    expect(right.length).to.be.greaterThan(11)
    expect(followers.map(({ gaps }) => gaps)).to.deep.equal(new Array(12).fill(0))
    await open.close()
  })

  it('DISC-12 passes over a legacy client that does not read, until it does', async () => {
    const environment = new FakeEnvironment()
    const timed = await Host.start({ star: { environment, challenge: false } })
    const [slow, other] = [await timed.connect(), await timed.connect()]
    const address = (port: number) => `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`
    await request(slow, 'ss-join', address(1), '')
    const server = timed.io.of('/').sockets.get(slow.id ?? '')
    const heard: string[] = []
    slow.on('ws-peer', (peer: string) => heard.push(peer))
    let read = 0
    slow.on('ballast', () => (read += 1))
    const engine = slow.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } }
    engine.ws.pause()
    for (let n = 0; n < 12; n += 1) server?.emit('ballast', Buffer.alloc(1_000_000))
    environment.advance(10_000)
    expect(timed.star.stats().drops).to.deep.equal({ lagging: 1 })
    await request(other, 'ss-join', address(2), '')
    environment.advance(1000)
    engine.ws.resume()
    await until(() => read === 12)
    await settled(slow)
    await request(other, 'ss-join', address(3), '')
    environment.advance(1000)
    await until(() => heard.length > 0)
    expect(heard).to.deep.equal([address(3)])
    await timed.close()
  })

  it('DISC-12 passes over a watcher that does not read, and shows it the gap when it does', async () => {
    const environment = new FakeEnvironment()
    const timed = await Host.start({ star: { environment, challenge: false, quotas: { watchBurst: 50 } } })
    const [slow, other] = [await timed.connect(), await timed.connect()]
    const address = (port: number) => `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`
    await request(slow, 'ss-join', address(1), '')
    await request(other, 'ss-join', address(2), '')
    environment.advance(1000)
    const { v } = await watch(slow)
    const server = [...timed.io.of('/').sockets.values()].find(({ id }) => id === slow.id)
    expect(server).to.not.equal(undefined)

    // hold the client's reading side, and give its connection more than the mark
    const engine = slow.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } }
    engine.ws.pause()
    for (let n = 0; n < 12; n += 1) server?.emit('ballast', Buffer.alloc(1_000_000))
    environment.advance(10_000)
    expect(timed.star.stats().drops).to.deep.equal({ lagging: 1 })
    expect(timed.star.stats().watchers).to.equal(0)
    const asked = request(slow, 'ss-watch')
    await request(other, 'ss-join', address(3), '')
    environment.advance(1000)

    const gap = nextEvent(slow, 'ss-peers')
    engine.ws.resume()
    // one change was missed: a gap is what does not follow the version that the client has
    expect(parsePeers(await gap)).to.deep.equal({
      type: 'change',
      v: v + 2,
      add: [],
      drop: [],
      isWhole: true,
    })
    expect(timed.star.stats().watchers).to.equal(1)
    expect(codeOf(await asked)).to.equal('ERR_QUOTA')
    expect((await watch(slow)).all).to.have.length(3)
    await timed.close()
  })
})

describe('a peer that comes back', () => {
  it('JOIN-12 DISC-5 is announced again after its socket was gone', async () => {
    const host = await Host.start()
    const watcher = await joinedPeer(host)
    const follower = await follow(watcher.socket)
    const identity = await Identity.create()
    for (let round = 0; round < 3; round += 1) {
      const socket = await host.connect()
      await identity.join(socket)
      await until(() => follower.list.has(identity.address()))
      socket.disconnect()
      await until(() => !follower.list.has(identity.address()))
    }
    await host.close()
  })
})
