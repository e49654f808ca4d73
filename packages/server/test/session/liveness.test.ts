import { DEFAULT_ACK_DELAY_MS, PING } from '@socket-star/protocol/channel'
import { SESSION_EVENTS, STATUS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import type { Socket as ServerSocket } from 'socket.io'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { nextEvent, until } from '../support/host.ts'
import { Stage } from './stage.ts'

describe('liveness of a session', () => {
  let stage: Stage
  let environment: FakeEnvironment
  beforeEach(async () => {
    environment = new FakeEnvironment()
    stage = await Stage.open({ star: { environment } })
  })
  afterEach(() => stage.close())

  /** A client that hears nothing and says nothing any more, while its connection stays. */
  const silenced = async () => {
    const pair = await stage.pair()
    await pair.session.flush()
    const { socket } = pair.client
    socket.off(SESSION_EVENTS.frame)
    socket.off(SESSION_EVENTS.close)
    socket.emit = () => socket
    return { ...pair, socket }
  }
  /** The end of this turn, at which a session flushes and sets its alarm. */
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  it('SES-9 SES-7 5 s of silence while a message is outstanding is a timeout, and the engine closes', async () => {
    const { session, socket } = await silenced()
    session.emit('news')
    await turn()
    environment.advance(4_990)
    expect(session.status).to.equal(STATUS.CONNECTED)
    const close = nextEvent(socket, SESSION_EVENTS.close)
    const disconnected = nextEvent(socket, 'disconnect')
    environment.advance(20)
    expect(session.status).to.equal(STATUS.RECONNECTING)
    expect(await close).to.deep.equal(['timeout', true])
    expect((await disconnected)[0]).to.equal('transport close')
  })

  it('SES-9 a client of a slow network, whose connections fall silent one after the other, is given up to eight times as long', async () => {
    const { client, session } = await stage.pair()
    const patience: number[] = []
    for (let time = 0; time < 6; time++) {
      await session.flush()
      const { socket } = client
      socket.off(SESSION_EVENTS.frame)
      socket.emit = () => socket
      session.emit('news')
      await turn()
      let waited = 0
      for (; session.status === STATUS.CONNECTED && waited < 60_000; waited += 100) environment.advance(100)
      patience.push(Math.round(waited / 1_000))
      await client.resume()
    }
    expect(patience).to.deep.equal([5, 10, 20, 40, 40, 40])
    // a minute in which it answers
    for (let second = 0; second < 60; second++) {
      environment.advance(1_000)
      session.emit('news')
      await session.flush()
    }
    const { socket } = client
    socket.emit = () => socket
    const disconnected = nextEvent(socket, 'disconnect')
    session.emit('news')
    await turn()
    environment.advance(40_100)
    await disconnected
    await client.resume()
    await session.flush()
    client.socket.emit = () => client.socket
    session.emit('news')
    await turn()
    environment.advance(5_100)
    expect(session.status).to.equal(STATUS.RECONNECTING)
  })

  it('SES-9 004 an idle client gets a heartbeat after 30 s and has 5 s to answer', async () => {
    const { session, socket } = await silenced()
    const heartbeat = nextEvent(socket, SESSION_EVENTS.frame)
    environment.advance(30_001)
    const [head] = await heartbeat
    expect((head as number[])[0], 'a PING with the cursors').to.equal(PING)
    environment.advance(4_990)
    expect(session.status).to.equal(STATUS.CONNECTED)
    environment.advance(20)
    expect(session.status).to.equal(STATUS.RECONNECTING)
  })

  it('SES-9 a heartbeat of Engine.IO is a sign of life: an idle session needs none of its own', async () => {
    const { client, session } = await stage.pair()
    await session.flush()
    let pings = 0
    client.socket.on(SESSION_EVENTS.frame, (head) => {
      if (head[0] === PING) pings += 1
    })
    const [{ conn }] = [...stage.host.io.of('/').sockets.values()] as [ServerSocket]
    let heard = 0
    session.on('chat', () => heard++)
    for (let beat = 1; beat <= 4; beat++) {
      environment.advance(25_000)
      conn.emit('heartbeat')
    }
    client.say(['chat'])
    await until(() => heard === 1)
    expect(pings).to.equal(0)
    environment.advance(30_001)
    await until(() => pings === 1)
  })

  it('SES-9 the sockets of a connection share one listener for its heartbeats, however many a client asks for', async () => {
    const url = `http://127.0.0.1:${stage.host.port}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1))
    const socket = JSON.stringify({ 'socket-star': [1, 'o', 1] })
    const body = new Array(20).fill(`40${socket}`).join('\x1e')
    await fetch(`${url}&sid=${sid}`, { method: 'POST', body })
    const { sockets } = stage.host.io.of('/')
    await until(() => sockets.size === 20)
    const [first, ...others] = [...sockets.values()] as [ServerSocket, ...ServerSocket[]]
    const listeners = () => first.conn.listenerCount('heartbeat')
    expect(listeners()).to.equal(1)
    for (const each of others) each.disconnect()
    expect(listeners()).to.equal(1)
    first.disconnect()
    await until(() => listeners() === 0)
  })

  it('SES-9 a client that answers stays, for as long as it likes', async () => {
    const { client, session } = await stage.pair()
    await session.flush()
    let pings = 0
    let heard = 0
    session.on('chat', () => heard++)
    client.socket.on(SESSION_EVENTS.frame, (head) => {
      if (head[0] === PING) pings += 1
    })
    for (let beat = 1; beat <= 4; beat++) {
      environment.advance(30_001)
      await until(() => pings === beat)
      // its answer is on the way back: the next message comes after it
      client.say(['chat'])
      await until(() => heard === beat)
    }
    expect(session.status).to.equal(STATUS.CONNECTED)
  })

  it('SES-9 what an application has not consumed is acknowledged all the same: nobody waits for its answer', async () => {
    const { client, session } = await stage.pair()
    let begun = 0
    session.on('chat', () => {
      begun += 1
      return new Promise(() => {})
    })
    for (let n = 1; n <= 3; n++) {
      client.say(['chat', n])
      await until(() => begun === n)
      // long before half of the time that it takes for silence
      environment.advance(DEFAULT_ACK_DELAY_MS)
      await client.flushed()
    }
    expect(session.status).to.equal(STATUS.CONNECTED)
  })

  it('CH-14 004 a lost packet is found by a heartbeat and sent again, once', async () => {
    const { client, session } = await stage.pair()
    const heard: unknown[] = []
    session.on('chat', (n) => heard.push(n))
    const { socket } = client
    const { emit } = socket
    socket.emit = () => socket
    client.say(['chat', 1])
    socket.emit = emit
    // the client's heartbeat: the server's answer tells how far it is
    client.channel.ping(1)
    client.flush()
    await until(() => heard.length === 1)
    client.say(['chat', 2])
    await until(() => heard.length === 2)
    expect(heard).to.deep.equal([1, 2])
  })

  it('HS-12 an older socket that is silent after a newer one took over is closed, and what was on it is sent again at once', async () => {
    const { client, session, socket } = await silenced()
    session.emit('news', 1)
    await turn()
    await client.resume()
    const disconnected = nextEvent(socket, 'disconnect')
    await until(() => client.events.length === 1)
    expect(client.events).to.deep.equal([['news', 1]])
    await session.flush()
    environment.advance(5_001)
    await disconnected
    expect(session.status).to.equal(STATUS.CONNECTED)
  })
})
