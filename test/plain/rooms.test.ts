import { expect } from 'chai'
import type { Socket as ServerSocket } from 'socket.io'
import type { Socket } from 'socket.io-client'
import { answersSettled, everywhere, type Ground, hearing, settled, until } from './ground.ts'

everywhere('rooms and broadcasts', (start) => {
  let ground: Ground
  let clients: Socket[]
  let servers: ServerSocket[]
  let heard: unknown[][][]

  beforeEach(async () => {
    ground = await start()
    const pairs = [await ground.pair(), await ground.pair(), await ground.pair()]
    clients = pairs.map(([client]) => client)
    servers = pairs.map(([, server]) => server)
    answersSettled(...clients)
    heard = clients.map(hearing)
  })

  /** What each client heard, after everything that was sent before has arrived. */
  async function everybodyHeard(): Promise<unknown[]> {
    for (const server of servers) await settled(server)
    return heard.map((events) => events.filter(([name]) => name !== 'settled?').map(([, value]) => value))
  }

  const at = (index: number): ServerSocket => servers[index] as ServerSocket

  it('io.emit reaches everybody, socket.broadcast everybody else', async () => {
    ground.io.emit('news', 'all')
    at(0).broadcast.emit('news', 'others')
    expect(await everybodyHeard()).to.deep.equal([['all'], ['all', 'others'], ['all', 'others']])
  })

  it('a room reaches its members once, however many of its rooms they are in', async () => {
    at(0).join(['a', 'b'])
    at(1).join('b')
    ground.io.to('a').to('b').emit('news', 1)
    ground.io.in(['a', 'b']).emit('news', 2)
    at(0).leave('a')
    ground.io.to('a').emit('news', 3)
    expect(await everybodyHeard()).to.deep.equal([[1, 2], [1, 2], []])
  })

  it('except leaves out a room; socket.to leaves out the sender', async () => {
    at(0).join('a')
    at(1).join(['a', 'b'])
    at(2).join('b')
    ground.io.except('b').emit('news', 1)
    ground.io.to('a').except('b').emit('news', 2)
    at(1).to('a').to('b').emit('news', 3)
    at(0).to('b').except(at(2).id).emit('news', 4)
    expect(await everybodyHeard()).to.deep.equal([[1, 2, 3], [4], [3]])
  })

  it('a socket is in the room of its own id, and in no room of ours', async () => {
    at(0).join('a')
    expect([...at(0).rooms]).to.deep.equal([at(0).id, 'a'])
    expect([...at(1).rooms]).to.deep.equal([at(1).id])
    ground.io.to(at(2).id).emit('news', 1)
    expect(await everybodyHeard()).to.deep.equal([[], [], [1]])
  })

  it('local, volatile and compress are flags of a broadcast', async () => {
    ground.io.local.emit('news', 1)
    await everybodyHeard()
    ground.io.volatile.emit('news', 2)
    await everybodyHeard()
    at(0).volatile.emit('news', 3)
    ground.io.compress(false).emit('news', 4)
    at(0).broadcast.local.emit('news', 5)
    expect(await everybodyHeard()).to.deep.equal([
      [1, 2, 3, 4],
      [1, 2, 4, 5],
      [1, 2, 4, 5],
    ])
  })

  it('socketsJoin, socketsLeave and disconnectSockets work on everybody of a room', async () => {
    ground.io.in(at(0).id).socketsJoin(['a', 'b'])
    ground.io.in([at(1).id, at(2).id]).socketsJoin('b')
    ground.io.in('b').socketsLeave('a')
    ground.io.to('a').emit('news', 'nobody')
    ground.io.to('b').emit('news', 'b')
    expect(await everybodyHeard()).to.deep.equal([['b'], ['b'], ['b']])
    let reason: unknown
    clients[1]?.on('disconnect', (why) => {
      reason = why
    })
    ground.io.in(at(1).id).disconnectSockets()
    await until(() => reason !== undefined)
    expect(reason).to.equal('io server disconnect')
    expect(clients.map(({ connected }) => connected)).to.deep.equal([true, false, true])
    expect(at(1).rooms.size).to.equal(0)
  })

  it('fetchSockets tells id, rooms, data and handshake, and each can be addressed', async () => {
    at(0).data.name = 'Ada'
    at(0).join('a')
    const [found, ...rest] = await ground.io.in('a').fetchSockets()
    expect(rest).to.deep.equal([])
    expect(found?.id).to.equal(at(0).id)
    expect(found?.data).to.deep.equal({ name: 'Ada' })
    expect([...(found?.rooms ?? [])]).to.deep.equal([at(0).id, 'a'])
    expect(found?.handshake.query).to.include({ transport: 'websocket' })
    found?.emit('news', 1)
    expect(await everybodyHeard()).to.deep.equal([[1], [], []])
    const ids = (await ground.io.fetchSockets()).map(({ id }) => id)
    expect(ids).to.include.members(servers.map(({ id }) => id))
  })

  it('the adapter tells of rooms that are made, joined, left and removed', async () => {
    const told: unknown[][] = []
    const { adapter } = ground.io.of('/')
    for (const event of ['create-room', 'join-room', 'leave-room', 'delete-room']) {
      adapter.on(event, (...args: unknown[]) => told.push([event, ...args]))
    }
    at(0).join('a')
    at(0).leave('a')
    const { id } = at(0)
    expect(told).to.deep.equal([
      ['create-room', 'a'],
      ['join-room', 'a', id],
      ['leave-room', 'a', id],
      ['delete-room', 'a'],
    ])
  })

  it('data is the application’s alone', () => {
    expect(at(0).data).to.deep.equal({})
    at(0).data.count = 1
    expect(at(1).data).to.deep.equal({})
  })

  it('serverSideEmit is not supported by the in-memory adapter, which says so, and nothing comes', () => {
    let calls = 0
    ground.io.on('hello', () => {
      calls += 1
    })
    const warnings: unknown[][] = []
    const { warn } = console
    console.warn = (...args) => warnings.push(args)
    try {
      expect(ground.io.serverSideEmit('hello', 1)).to.equal(true)
    } finally {
      console.warn = warn
    }
    expect(warnings).to.deep.equal([['this adapter does not support the serverSideEmit() functionality']])
    expect(calls).to.equal(0)
  })
})
