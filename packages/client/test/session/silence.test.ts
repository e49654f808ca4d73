import type { EventEmitter } from 'node:events'
import { type StarSocket, wrap } from '@socket-star/client'
import { PING } from '@socket-star/protocol/channel'
import { expect } from 'chai'
import type { Socket as ServerSocket } from 'socket.io'
import type { Socket } from 'socket.io-client'
import type { WebSocket } from 'ws'
import { ManualTimers } from '../support/manual-timers.ts'
import { type RealStar, realStar } from '../support/real-star.ts'
import { next, ready, until } from './until.ts'

describe('silence', () => {
  let host: RealStar
  let timers: ManualTimers
  let star: StarSocket
  beforeEach(async () => {
    host = await realStar()
    timers = new ManualTimers()
    star = wrap(host.client(), { env: { timers } })
    await ready(star)
  })
  afterEach(async () => {
    for (const connection of silenced.splice(0)) connection.terminate()
    await host.close()
  })

  const silenced: WebSocket[] = []

  /** What the client sends is read by nobody any more. */
  function silence(): void {
    for (const { conn } of host.io.sockets.sockets.values()) {
      const connection = (conn.transport as unknown as { socket: WebSocket }).socket
      connection.pause()
      silenced.push(connection)
    }
  }

  it('SES-9 is noticed 5 s after a message that nobody acknowledges; the message arrives on the next connection', async () => {
    const heard: unknown[] = []
    for (const session of host.star.sessions) session.on('chat', (...args) => heard.push(args))
    silence()
    const down = next(star, 'disconnect')
    star.emit('chat', 'hello?')
    await new Promise((resolve) => setImmediate(resolve))
    timers.advance(4_900)
    expect(star.isConnected()).to.equal(true)
    const resumed = next(star, 'resume')
    for (let ms = 0; ms < 200; ms += 50) timers.advance(50)
    await down
    await resumed
    await until(() => heard.length === 1)
    expect(heard).to.deep.equal([['hello?']])
  })

  it('SES-9 is left at that when the application has told Socket.IO not to connect again', async () => {
    const once = wrap(host.client({ reconnection: false }), { env: { timers } })
    await ready(once)
    silence()
    const down = next(once, 'disconnect')
    once.emit('chat', 'hello?')
    await new Promise((resolve) => setImmediate(resolve))
    for (let ms = 0; ms < 5_200; ms += 100) timers.advance(100)
    await down
    timers.advance(60_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(once.connected).to.equal(false)
    once.connect()
    await ready(once)
  })

  it('SES-9 is noticed within 35 s on an idle connection, by a heartbeat without an answer', async () => {
    // what the welcome left to be acknowledged
    timers.advance(10)
    await new Promise((resolve) => setTimeout(resolve, 20))
    silence()
    const down = next(star, 'disconnect')
    let waited = 0
    while (star.connected && waited < 40_000) {
      timers.advance(100)
      waited += 100
      await new Promise((resolve) => setImmediate(resolve))
    }
    await down
    expect(waited).to.be.within(34_000, 35_500)
  })

  it('SES-9 an answered heartbeat keeps an idle connection', async () => {
    let pings = 0
    let lost = 0
    star.on('disconnect', () => {
      lost += 1
    })
    for (const plain of host.io.sockets.sockets.values()) {
      plain.onAny((event: string, head: number[]) => {
        if (event === 'star' && head[0] === PING) pings += 1
      })
    }
    for (let n = 1; n <= 5; n++) {
      timers.advance(30_100)
      await until(() => pings === n)
      // the answer is on its way
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(lost).to.equal(0)
    expect(star.isConnected()).to.equal(true)
  })

  it('SES-9 what comes around the Channel is a sign of life', async () => {
    let pings = 0
    for (const plain of host.io.sockets.sockets.values()) {
      plain.onAny((event: string, head: number[]) => {
        if (event === 'star' && head[0] === PING) pings += 1
      })
    }
    const [session] = [...host.star.sessions]
    await session?.flush()
    let heard = 0
    star.on('tick', () => (heard += 1))
    for (let beat = 1; beat <= 4; beat++) {
      timers.advance(25_000)
      session?.volatile.emit('tick')
      await until(() => heard === beat)
    }
    expect(pings).to.equal(0)
    timers.advance(30_100)
    await until(() => pings === 1)
  })

  it('SES-9 what goes over the connection beside the session is a sign of life: an answer waits behind it on a slow network', async () => {
    let heard = 0
    let lost = 0
    ;(star.socket as Socket).on('beside', () => (heard += 1))
    star.on('disconnect', () => (lost += 1))
    silence()
    star.emit('chat', 'hello?')
    await new Promise((resolve) => setImmediate(resolve))
    for (let time = 1; time <= 5; time++) {
      timers.advance(4_000)
      host.io.emit('beside')
      await until(() => heard === time)
    }
    expect(lost).to.equal(0)
    for (let ms = 0; ms < 5_200; ms += 100) timers.advance(100)
    await until(() => lost === 1)
  })

  it('SES-9 a heartbeat of Engine.IO is a sign of life: an idle session needs none of its own', async () => {
    let pings = 0
    for (const plain of host.io.sockets.sockets.values()) {
      plain.onAny((event: string, head: number[]) => {
        if (event === 'star' && head[0] === PING) pings += 1
      })
    }
    const { engine } = (star.socket as Socket).io
    for (let beat = 1; beat <= 4; beat++) {
      timers.advance(25_000)
      ;(engine as unknown as EventEmitter).emit('packet')
    }
    await star.emitWithAck('nobody listens').catch(() => {})
    expect(pings).to.equal(0)
    timers.advance(30_100)
    await until(() => pings === 1)
    // the next connection is listened to, and nothing is left of a session that ended
    const resumed = next(star, 'resume')
    engine.close()
    timers.advance(10_000)
    await resumed
    expect(engine.hasListeners('packet')).to.equal(true)
    const again = (star.socket as Socket).io.engine
    expect(again).not.to.equal(engine)
    expect(again.listeners('packet')).to.have.length(1)
    star.disconnect()
    await until(() => !again.hasListeners('packet'))
  })

  it('SES-9 a connection on which sockets come and go is listened to once, on both ends', async () => {
    const socket = star.socket as Socket
    // keeps the connection while the socket of the session is gone
    host.io.of('/other')
    const other = socket.io.socket('/other')
    await next(other, 'connect')
    const [{ conn }] = [...host.io.of('/').sockets.values()] as [ServerSocket]
    const { engine } = socket.io
    const listeners = () => [engine.listeners('packet').length, conn.listenerCount('heartbeat')]
    expect(listeners()).to.deep.equal([1, 1])
    for (let time = 0; time < 3; time++) {
      const resumed = next(star, 'resume')
      socket.disconnect()
      await until(() => conn.listenerCount('heartbeat') === 0)
      socket.connect()
      await resumed
      expect(listeners()).to.deep.equal([1, 1])
    }
    expect(socket.io.engine).to.equal(engine)
    other.disconnect()
  })

  it('SES-9 may last longer on the next connection when it ended two in a row, up to eight times as long; after a minute it is 5 s again', async () => {
    const patience: number[] = []
    /** Says something that nobody acknowledges, `afterMs` from now, and waits until the connection is given up, and made again. */
    const fallsSilent = async (afterMs = 0): Promise<void> => {
      for (let ms = 0; ms < afterMs; ms += 10_000) {
        timers.advance(10_000)
        await star.emitWithAck('nobody listens').catch(() => {})
      }
      silence()
      const [down, resumed] = [next(star, 'disconnect'), next(star, 'resume')]
      star.emit('chat', 'hello?')
      await new Promise((resolve) => setImmediate(resolve))
      let waited = 0
      for (; star.isConnected() && waited < 60_000; waited += 100) timers.advance(100)
      patience.push(Math.round(waited / 1_000))
      await down
      await resumed
      await star.flush()
    }
    for (let time = 0; time < 6; time++) await fallsSilent()
    await fallsSilent(60_000)
    await fallsSilent()
    expect(patience).to.deep.equal([5, 5, 10, 20, 40, 40, 40, 5])
  })

  it('SES-9 SES-14 a handshake that is not finished is given up, with the time that silence may last', async () => {
    const down = next(star, 'disconnect')
    // a server that takes connections and says nothing more
    host.star.close()
    ;(star.socket as unknown as { io: { engine: { close(): void } } }).io.engine.close()
    await down
    const lost: number[] = []
    let waited = 0
    star.on('disconnect', () => lost.push(waited))
    for (let round = 0; round < 3; round++) {
      await until(() => star.connected)
      waited = 0
      while (star.connected && waited < 60_000) {
        timers.advance(100)
        waited += 100
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    expect(lost[0]).to.be.within(4_900, 5_200)
    expect(lost[1]).to.be.within(4_900, 5_200)
    expect(lost[2]).to.be.within(9_900, 10_300)
  })
})
