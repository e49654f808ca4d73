import { expect } from 'chai'
import { everywhere, hearing, nextEvent, until } from './ground.ts'

everywhere('what a client does while it is away', (start) => {
  it('events emitted offline wait, and arrive in order once connected', async () => {
    const ground = await start()
    const heard: unknown[] = []
    ground.io.on('connection', (socket) => socket.on('chat', (n: number) => heard.push(n)))
    const client = ground.client({ autoConnect: false })
    for (const n of [1, 2, 3]) client.emit('chat', n)
    expect(client.sendBuffer).to.have.length(3)
    client.connect()
    await until(() => heard.length === 3)
    const gone = nextEvent(client, 'disconnect')
    client.io.engine.close()
    await gone
    for (const n of [4, 5]) client.emit('chat', n)
    await until(() => heard.length === 5)
    expect(heard).to.deep.equal([1, 2, 3, 4, 5])
    expect(client.sendBuffer).to.have.length(0)
  })

  it('volatile events emitted offline are dropped', async () => {
    const ground = await start()
    const heard: unknown[] = []
    ground.io.on('connection', (socket) => socket.on('chat', (n: number) => heard.push(n)))
    const client = ground.client({ autoConnect: false })
    client.volatile.emit('chat', 1)
    client.emit('chat', 2)
    client.connect()
    await until(() => heard.length > 0)
    expect(heard).to.deep.equal([2])
  })

  it('volatile events of the server are dropped while its client cannot take them', async () => {
    const ground = await start()
    const [client, server] = await ground.pair()
    const heard = hearing(client)
    server.volatile.emit('first')
    server.conn.transport.writable = false
    server.volatile.emit('lost')
    server.conn.transport.writable = true
    server.emit('last')
    await until(() => heard.length >= 2)
    expect(heard).to.deep.equal([['first'], ['last']])
  })

  it('retries send an event again until it is acknowledged, one after the other', async () => {
    const ground = await start()
    const seen: unknown[] = []
    ground.io.on('connection', (socket) => {
      socket.on('chat', (n: number, reply: () => void) => {
        seen.push(n)
        if (seen.length > 2) reply()
      })
    })
    const client = await ground.connect({ retries: 3, ackTimeout: 20 })
    const answered = client.emitWithAck('chat', 1)
    client.emit('chat', 2)
    await answered
    await until(() => seen.length === 4)
    expect(seen).to.deep.equal([1, 1, 1, 2])
  })

  it('retries give up after as many, with an error', async () => {
    const ground = await start()
    let seen = 0
    ground.io.on('connection', (socket) => {
      socket.on('chat', () => {
        seen += 1
      })
    })
    const client = await ground.connect({ retries: 2, ackTimeout: 10 })
    const [error] = await new Promise<unknown[]>((resolve) => {
      client.emit('chat', 1, (...args: unknown[]) => resolve(args))
    })
    expect(error).to.be.an('error')
    expect(seen).to.equal(3)
  })

  it('reconnects by itself with a new id, and rooms and data of the old socket are gone', async () => {
    const ground = await start()
    const [client, server] = await ground.pair()
    server.join('room')
    server.data.name = 'Ada'
    const attempts: unknown[] = []
    client.io.on('reconnect', (attempt) => attempts.push(attempt))
    client.io.engine.close()
    await until(() => client.connected && client.id !== server.id)
    const again = await ground.serverSide(client)
    expect(attempts).to.deep.equal([1])
    expect(client.recovered).to.not.equal(true)
    expect([...again.rooms]).to.deep.equal([again.id])
    expect(again.data).to.deep.equal({})
  })
})

everywhere('connection state recovery', (start) => {
  it('a client that was cut gets its id, rooms, data and what it missed, once', async () => {
    const ground = await start({ connectionStateRecovery: {} })
    const [client, server] = await ground.pair()
    server.join('room')
    server.data.name = 'Ada'
    const heard = hearing(client)
    server.emit('news', 1)
    await until(() => heard.length === 1)
    const { id } = server
    client.io.reconnection(false)
    client.io.engine.close()
    await nextEvent(server, 'disconnect')
    ground.io.to('room').emit('news', 2)
    ground.io.emit('news', 3, Buffer.from('x'))
    ground.io.volatile.emit('news', 'lost')
    client.io.reconnection(true)
    client.connect()
    await until(() => heard.length === 3)
    expect(client.recovered).to.equal(true)
    expect(client.id).to.equal(id)
    const again = await ground.serverSide(client)
    expect(again.recovered).to.equal(true)
    expect(again.rooms.has('room')).to.equal(true)
    expect(again.data).to.deep.equal({ name: 'Ada' })
    ground.io.to('room').emit('news', 4)
    await until(() => heard.length === 4)
    // the offset, which Socket.IO adds to what it could replay, is not the application's matter
    expect(heard.map(([name, value]) => [name, value])).to.deep.equal([
      ['news', 1],
      ['news', 2],
      ['news', 3],
      ['news', 4],
    ])
  })

  it('middleware is skipped for a recovered client, or not, as the host decides', async () => {
    for (const skipMiddlewares of [true, false]) {
      const ground = await start({ connectionStateRecovery: { skipMiddlewares } })
      let calls = 0
      ground.io.use((_socket, next) => {
        calls += 1
        next()
      })
      const [client, server] = await ground.pair()
      const heard = hearing(client)
      server.emit('news')
      await until(() => heard.length === 1)
      const back = nextEvent(client, 'connect')
      client.io.engine.close()
      await back
      expect(client.recovered).to.equal(true)
      expect(calls).to.equal(skipMiddlewares ? 1 : 2)
      await ground.close()
    }
  })

  it('a client that has heard nothing, or disconnected by itself, starts anew', async () => {
    const ground = await start({ connectionStateRecovery: {} })
    const [client] = await ground.pair()
    const { id } = client
    client.io.engine.close()
    await until(() => client.connected && client.id !== id)
    expect(client.recovered).to.equal(false)
    const server = await ground.serverSide(client)
    const heard = hearing(client)
    server.emit('news')
    await until(() => heard.length === 1)
    client.disconnect()
    await nextEvent(client.connect(), 'connect')
    expect(client.recovered).to.equal(false)
  })
})
