import { expect } from 'chai'
import { answersSettled, everywhere, hearing, nextEvent, settled, until } from './ground.ts'

everywhere('namespaces and middleware', (start) => {
  it('namespaces of one connection are apart', async () => {
    const ground = await start()
    ground.io.of('/chat')
    const main = await ground.connect()
    const chat = main.io.socket('/chat')
    await nextEvent(chat, 'connect')
    const [mainHeard, chatHeard] = [hearing(main), hearing(chat)]
    answersSettled(main, chat)
    expect(main.io.engine.id).to.equal(chat.io.engine.id)
    const chatServer = await ground.serverSide(chat, '/chat')
    chatServer.join('room')
    ground.io.of('/').to('room').emit('news', 'nobody')
    ground.io.of('/chat').to('room').emit('news', 'chat')
    ground.io.emit('news', 'main')
    await settled(chatServer)
    await settled(await ground.serverSide(main))
    const news = (heard: unknown[][]) => heard.filter(([name]) => name === 'news')
    expect(news(mainHeard)).to.deep.equal([['news', 'main']])
    expect(news(chatHeard)).to.deep.equal([['news', 'chat']])
    chat.disconnect()
    await until(() => !ground.io.of('/chat').sockets.has(chatServer.id))
    expect(main.connected).to.equal(true)
  })

  it('a namespace that does not exist is refused', async () => {
    const ground = await start()
    const [error] = await nextEvent(ground.client({}, '/nowhere'), 'connect_error')
    expect(error).to.be.an('error').with.property('message', 'Invalid namespace')
  })

  it('dynamic namespaces are made on demand, by expression or function, each with its own sockets', async () => {
    const ground = await start()
    const parent = ground.io.of(/^\/dynamic-\d+$/)
    const connected: string[] = []
    parent.on('connection', (socket) => connected.push(socket.nsp.name))
    ground.io.of((name, auth, next) => next(null, name === '/chosen' && auth.key === 'right'))
    const [one, two] = [await ground.connect({}, '/dynamic-1'), await ground.connect({}, '/dynamic-2')]
    const [error] = await nextEvent(ground.client({ auth: { key: 'wrong' } }, '/chosen'), 'connect_error')
    expect(error).to.be.an('error').with.property('message', 'Invalid namespace')
    await ground.connect({ auth: { key: 'right' } }, '/chosen')
    await until(() => connected.length === 2)
    expect(connected).to.deep.equal(['/dynamic-1', '/dynamic-2'])
    const [heardOne, heardTwo] = [hearing(one), hearing(two)]
    answersSettled(one, two)
    parent.emit('news', 'both')
    ground.io.of('/dynamic-1').emit('news', 'one')
    for (const socket of [one, two]) {
      await settled(await ground.serverSide(socket, socket === one ? '/dynamic-1' : '/dynamic-2'))
    }
    const values = (heard: unknown[][]) => heard.filter(([name]) => name === 'news').map(([, value]) => value)
    expect(values(heardOne)).to.deep.equal(['both', 'one'])
    expect(values(heardTwo)).to.deep.equal(['both'])
  })

  it('middleware runs in order, may wait, and sees auth and query', async () => {
    const ground = await start()
    const order: unknown[] = []
    ground.io.use((socket, next) => {
      order.push(socket.handshake.auth.token)
      setTimeout(next, 2)
    })
    ground.io.use((socket, next) => {
      order.push(socket.handshake.query.x)
      socket.data.user = 'Ada'
      next()
    })
    const [, server] = await ground.pair({ auth: { token: 'secret' }, query: { x: '1' } })
    expect(order).to.deep.equal(['secret', '1'])
    expect(server.data).to.deep.equal({ user: 'Ada' })
    expect(server.handshake.auth).to.deep.equal({ token: 'secret' })
  })

  it('auth may be a function, asked anew at each connection', async () => {
    const ground = await start()
    let asked = 0
    const auth = (give: (data: object) => void): void => {
      asked += 1
      setTimeout(() => give({ attempt: asked }), 1)
    }
    const [client, server] = await ground.pair({ auth })
    expect(server.handshake.auth).to.deep.equal({ attempt: 1 })
    client.io.engine.close()
    await nextEvent(client, 'connect')
    expect((await ground.serverSide(client)).handshake.auth).to.deep.equal({ attempt: 2 })
  })

  it('an error of a middleware refuses the client, which gets message and data and stays out', async () => {
    const ground = await start()
    let connections = 0
    ground.io.on('connection', () => {
      connections += 1
    })
    const before = ground.io.of('/').sockets.size
    ground.io.use((_socket, next) => next(Object.assign(new Error('not you'), { data: { code: 7 } })))
    const client = ground.client()
    const [error] = await nextEvent(client, 'connect_error')
    expect(error).to.be.an('error').with.property('message', 'not you')
    expect(error).to.have.deep.property('data', { code: 7 })
    expect(client.connected).to.equal(false)
    expect(client.active).to.equal(false)
    expect(connections).to.equal(0)
    expect(ground.io.of('/').sockets.size).to.equal(before)
  })

  it('socket.use sees each packet, and its error arrives on the server’s error event', async () => {
    const ground = await start()
    const [client, server] = await ground.pair()
    const seen: unknown[] = []
    server.use(([name], next) => {
      seen.push(name)
      next(name === 'forbidden' ? new Error('no') : undefined)
    })
    server.on('forbidden', () => seen.push('handled'))
    const refused = nextEvent(server, 'error')
    client.emit('forbidden')
    const [error] = await refused
    expect(error).to.be.an('error').with.property('message', 'no')
    server.on('allowed', (reply: () => void) => reply())
    await client.emitWithAck('allowed')
    expect(seen).to.deep.equal(['forbidden', 'allowed'])
  })

  it('disconnecting sees the rooms, disconnect does not, and both know the reason', async () => {
    const ground = await start()
    const [client, server] = await ground.pair()
    server.join('room')
    const told: unknown[] = []
    server.on('disconnecting', (reason) => told.push(reason, [...server.rooms]))
    server.on('disconnect', (reason) => told.push(reason, [...server.rooms]))
    const { id } = server
    client.disconnect()
    await until(() => told.length === 4)
    expect(told).to.deep.equal([
      'client namespace disconnect',
      [id, 'room'],
      'client namespace disconnect',
      [],
    ])
  })

  it('a server that disconnects a client keeps it away until the client connects again', async () => {
    const ground = await start()
    const [client, server] = await ground.pair()
    const gone = nextEvent(client, 'disconnect')
    server.disconnect()
    expect((await gone)[0]).to.equal('io server disconnect')
    expect(client.active).to.equal(false)
    client.connect()
    await nextEvent(client, 'connect')
    expect(client.id).to.not.equal(server.id)
  })
})
