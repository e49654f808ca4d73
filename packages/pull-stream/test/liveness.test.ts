import { createRelay, createSource, isReaderBehind } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { FakeServerSocket, FakeWebSocket } from './support/fake-connection.ts'
import { VirtualTimers } from './support/virtual-timers.ts'

/** Longer than the shortest time between two signs of life. */
const LATER_MS = 1_500
/** Longer than the time between two looks at what was taken. */
const NEXT_LOOK_MS = 2_500

describe('the heartbeat of a connection that carries streams', () => {
  let timers: VirtualTimers
  let signs: number
  let taken: number
  let waiting: number
  let socket: FakeServerSocket

  beforeEach(() => {
    timers = new VirtualTimers()
    signs = 0
    taken = 0
    waiting = 0
    const handle = {
      writeQueueSize: 0,
      get bytesWritten() {
        return taken
      },
    }
    socket = new FakeServerSocket({
      get bufferedAmount() {
        return waiting
      },
      _socket: { _handle: handle },
    })
    Object.assign(socket.conn, { readyState: 'open', protocol: 4, server: {} })
  })

  const awaitPong = () => Object.assign(socket.conn, { pingTimeoutTimer: { refresh: () => signs++ } })
  const arrive = () => {
    timers.advance(LATER_MS)
    socket.conn.emit('packet', { type: 'message' })
  }

  it('PS-35 what arrives while a pong is awaited sets the timeout anew', () => {
    createSource(socket, 'a', { timers })
    awaitPong()
    arrive()
    arrive()
    expect(signs).to.equal(2)
  })

  it('PS-35 many packets at once are one sign of life', () => {
    createSource(socket, 'a', { timers })
    awaitPong()
    for (let n = 0; n < 100; n++) socket.conn.emit('packet', { type: 'message' })
    expect(signs).to.equal(1)
  })

  it('PS-35 a server without an open ping has no timeout, and none is started', () => {
    let started = 0
    Object.assign(socket.conn, { pingTimeoutTimer: null, resetPingTimeout: () => started++ })
    createSource(socket, 'a', { timers })
    arrive()
    expect(started).to.equal(0)
  })

  it('PS-35 a client of Engine.IO 4 starts its timeout anew', () => {
    for (const method of ['_resetPingTimeout', 'resetPingTimeout']) {
      let started = 0
      const client = new FakeServerSocket()
      Object.assign(client.conn, { readyState: 'open', [method]: () => started++ })
      createSource(client, 'a', { timers })
      client.conn.emit('packet', { type: 'message' })
      expect(started, method).to.equal(1)
    }
  })

  it('PS-35 bytes that waited and that the system then takes for the client count until the pong comes', () => {
    waiting = 1_000_000
    createSource(socket, 'a', { timers })
    socket.conn.emit('packetCreate', { type: 'ping' })
    awaitPong()
    timers.advance(NEXT_LOOK_MS)
    expect(signs, 'nothing moved').to.equal(0)
    taken += 65_536
    timers.advance(NEXT_LOOK_MS)
    expect(signs).to.equal(1)
    Object.assign(socket.conn, { pingTimeoutTimer: null })
    timers.advance(NEXT_LOOK_MS)
    expect(timers.pending, 'nobody looks without a ping').to.equal(0)
  })

  it('PS-35 bytes that the system takes at once count for nothing: it takes them for a client that is gone', () => {
    createSource(socket, 'a', { timers })
    socket.conn.emit('packetCreate', { type: 'ping' })
    awaitPong()
    for (let look = 0; look < 5; look++) {
      taken += 500
      timers.advance(NEXT_LOOK_MS)
    }
    expect(signs).to.equal(0)
    waiting = 1
    taken += 500
    timers.advance(NEXT_LOOK_MS)
    expect(signs, 'it had not waited at the last look').to.equal(0)
    taken += 500
    timers.advance(NEXT_LOOK_MS)
    expect(signs).to.equal(1)
  })

  it('PS-35 a ping that was on its way when the stream began is looked after', () => {
    waiting = 1_000_000
    awaitPong()
    createSource(socket, 'a', { timers })
    taken += 65_536
    timers.advance(NEXT_LOOK_MS)
    expect(signs).to.equal(1)
  })

  it('PS-35 both connections of a relay are looked after, until its end', () => {
    const reader = new FakeServerSocket()
    Object.assign(reader.conn, { readyState: 'open', pingTimeoutTimer: { refresh: () => signs++ } })
    const relays = ['a', 'b'].map((id) => createRelay(socket, reader, id, { timers }))
    awaitPong()
    arrive()
    reader.conn.emit('packet', { type: 'message' })
    expect(signs).to.equal(2)
    relays[0]?.close()
    arrive()
    expect(signs, 'the other relay lives').to.equal(3)
    relays[1]?.close()
    arrive()
    expect(signs).to.equal(3)
    for (const { conn } of [socket, reader]) expect(conn.eventNames()).to.deep.equal([])
  })

  it('PS-35 a client of Engine.IO 3 is answered before its question has come through', () => {
    const answers: unknown[] = []
    const awaited = { pingTimeoutTimer: { refresh: () => signs++ } }
    Object.assign(socket.conn, awaited, { protocol: 3, sendPacket: (type: unknown) => answers.push(type) })
    createSource(socket, 'a', { timers })
    arrive()
    arrive()
    expect([answers, signs]).to.deep.equal([['pong', 'pong'], 2])
    Object.assign(socket.conn, { protocol: 4 })
    arrive()
    expect(answers).to.have.length(2)
  })

  it('PS-35 a connection that is closed is left alone', () => {
    createSource(socket, 'a', { timers })
    awaitPong()
    Object.assign(socket.conn, { readyState: 'closed' })
    arrive()
    expect(signs).to.equal(0)
  })

  it('PS-36 a writer that is held hears its accept again, when that begins and every second', () => {
    const webSocket = new FakeWebSocket()
    const reader = new FakeServerSocket(webSocket)
    const relay = createRelay(socket, reader, 'a', { timers, maxBacklogBytes: 1_000, holdTimeoutMs: 5_000 })
    reader.receive('socket.io-pull-stream.accept.a')
    const accepts = () => socket.sent.filter(([event]) => event === 'socket.io-pull-stream.accept.a').length
    expect(accepts()).to.equal(1)
    webSocket.bufferedAmount = 1_001
    socket.receive('socket.io-pull-stream.queue.a', Buffer.alloc(1))
    expect(accepts(), 'it begins').to.equal(2)
    expect([isReaderBehind(reader), isReaderBehind(socket)]).to.deep.equal([true, false])
    timers.advance(3_100)
    expect(accepts(), 'three seconds of it').to.equal(5)
    webSocket.bufferedAmount = 0
    timers.advance(100)
    expect(accepts(), 'it is over').to.equal(5)
    expect(isReaderBehind(reader)).to.equal(false)
    webSocket.bufferedAmount = 1_001
    socket.receive('socket.io-pull-stream.queue.a', Buffer.alloc(1))
    expect(accepts(), 'at once again: the last one is not a second old').to.equal(5)
    relay.close()
    timers.advance(5_000)
    expect(accepts()).to.equal(5)
  })

  it('PS-36 a writer hears its accept again, once a second while its frames come and not when none do', () => {
    const reader = new FakeServerSocket()
    const relay = createRelay(socket, reader, 'a', { timers })
    const accepts = () => socket.sent.filter(([event]) => event === 'socket.io-pull-stream.accept.a').length
    timers.advance(5_000)
    reader.receive('socket.io-pull-stream.accept.a')
    const frame = () => socket.receive('socket.io-pull-stream.queue.a', Buffer.alloc(1))
    frame()
    timers.advance(999)
    frame()
    expect(accepts(), 'it was just accepted').to.equal(1)
    for (let tenths = 0; tenths < 30; tenths += 1) {
      timers.advance(100)
      frame()
    }
    expect(accepts(), 'three seconds of frames').to.equal(4)
    timers.advance(60_000)
    expect(accepts(), 'a minute without').to.equal(4)
    relay.close()
  })
})
