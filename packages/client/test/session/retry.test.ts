import { type Refusal, wrap } from '@socket-star/client'
import { systemTimers } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { Server } from 'socket.io'
import type { Socket } from 'socket.io-client'
import type { WebSocket } from 'ws'
import { ManualTimers } from '../support/manual-timers.ts'
import { type RealStar, realStar } from '../support/real-star.ts'
import { next, ready, until } from './until.ts'

const STEP_MS = 10_000

describe('the delays of a client that was refused', () => {
  let host: RealStar
  beforeEach(async () => {
    host = await realStar()
  })
  afterEach(() => host.close())

  /** A client whose clocks stand still, and how long it waits when a connection of so many milliseconds is refused. */
  async function refusedAfter() {
    const timers = new ManualTimers()
    const wakefulTimers = new ManualTimers()
    const star = wrap(host.client(), { env: { timers, wakefulTimers, random: () => 0 } })
    await ready(star)
    return async (ms: number): Promise<number> => {
      for (let left = ms; left > 0; left -= STEP_MS) {
        timers.advance(Math.min(left, STEP_MS))
        // a sign of life
        await star.emitWithAck('nobody listens').catch(() => {})
      }
      const refused = next(star, 'refused')
      for (const plain of host.io.sockets.sockets.values()) {
        plain.emit('star-close', 'drain', true)
      }
      await refused
      const delay = wakefulTimers.nextInMs as number
      const resumed = next(star, 'resume')
      wakefulTimers.advance(delay)
      await resumed
      return delay
    }
  }

  it('SES-14 double from one failure to the next, up to 20 s, of which a half is left to chance', async () => {
    const delay = await refusedAfter()
    const delays: number[] = []
    for (let failures = 0; failures < 8; failures++) delays.push(await delay(0))
    expect(delays).to.deep.equal([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  })

  it('SES-5 a hook that fails cannot tell now: the client comes again, and its session goes on', async () => {
    let down = false
    const asked: boolean[] = []
    await host.close()
    host = await realStar({
      authenticate: async () => {
        asked.push(down)
        if (down) throw new Error('the database is away')
        return 'ada'
      },
    })
    const wakefulTimers = new ManualTimers()
    const star = wrap(host.client(), { env: { wakefulTimers, random: () => 0 } })
    await ready(star)
    const { id } = star
    down = true
    const refusals: Refusal[] = []
    star.on('refused', (refusal) => refusals.push(refusal))
    ;(star.socket as Socket).io.engine.close()
    for (let n = 1; n <= 3; n++) {
      await until(() => refusals.length === n && !star.connected)
      down = n < 3
      const resumed = down ? undefined : next(star, 'resume')
      wakefulTimers.advance(wakefulTimers.nextInMs as number)
      await resumed
    }
    for (const { reason, retryable } of refusals)
      expect([reason, retryable]).to.deep.equal(['unavailable', true])
    expect(asked).to.deep.equal([false, true, true, true, false])
    expect(star.id).to.equal(id)
    star.disconnect()
  })

  it('SES-14 SES-9 begin anew when an older connection, silent by then, had the session while later ones were refused', async () => {
    let down = false
    await host.close()
    host = await realStar({
      authenticate: () => {
        if (down) throw new Error('the database is away')
        return 'ada'
      },
    })
    const timers = new ManualTimers()
    const wakefulTimers = new ManualTimers()
    const cycle = { minMs: 1_000, maxMs: 1_000 }
    const star = wrap(host.client(), { cycle, env: { timers, wakefulTimers, random: () => 0 } })
    await ready(star)
    const { id } = star
    const older = star.socket as Socket
    // half-open from here on: the server does not hear that it may be closed
    const silenced = [...host.io.sockets.sockets.values()].map(
      ({ conn }) => (conn.transport as unknown as { socket: WebSocket }).socket,
    )
    for (const connection of silenced) connection.pause()
    const moved = next(star, 'resume')
    timers.advance(1_000)
    await moved
    expect(star.socket).to.not.equal(older)

    down = true
    ;(star.socket as Socket).io.engine.close()
    let delay = 0
    while (delay < 8_000) {
      const waiting = wakefulTimers.nextInMs
      if (waiting === undefined) await new Promise((resolve) => setImmediate(resolve))
      else {
        delay = waiting
        if (delay < 8_000) wakefulTimers.advance(delay)
      }
    }
    expect(older.connected).to.equal(true)
    expect(star.isConnected()).to.equal(true)

    star.emit('chat', 'hello?')
    await new Promise((resolve) => setImmediate(resolve))
    timers.advance(4_900)
    expect(older.connected).to.equal(true)
    for (let ms = 0; ms < 200; ms += 50) timers.advance(50)
    expect(older.connected).to.equal(false)
    down = false
    const resumed = next(star, 'resume')
    expect(wakefulTimers.nextInMs).to.equal(250)
    wakefulTimers.advance(250)
    await resumed
    expect(star.id).to.equal(id)
    star.disconnect()
    for (const connection of silenced) connection.terminate()
  })

  it('SES-16 a request that waits has its time, also while a client whose session is gone has no connection', async () => {
    const timers = new ManualTimers()
    const star = wrap(host.client(), { env: { timers, wakefulTimers: new ManualTimers() } })
    await ready(star)
    for (const session of host.star.sessions) session.on('slow', () => {})
    const asked = star.timeout(1_000).emitWithAck('slow')
    const code = asked.then(
      () => 'answered',
      (error) => error.code,
    )
    const replaced = next(star, 'replaced')
    for (const plain of host.io.sockets.sockets.values()) plain.emit('star-close', 'replaced', false)
    await replaced
    await new Promise((resolve) => setImmediate(resolve))
    timers.advance(1_001)
    expect(
      await Promise.race([code, new Promise((resolve) => setTimeout(resolve, 500, 'nothing'))]),
    ).to.equal('ERR_TIMEOUT')
    star.disconnect()
  })

  it('a hook that cannot tell now closes the connection, and is asked again about the next: the session goes on', async () => {
    const answers = ['ada', undefined, 'ada']
    await host.close()
    host = await realStar({
      authenticate: ({ conn }) => {
        const answer = answers.shift()
        if (answer === undefined) conn.close()
        return answer
      },
    })
    const star = wrap(host.client())
    await ready(star)
    const { id } = star
    const resumed = next(star, 'resume')
    ;(star.socket as Socket).io.engine.close()
    await resumed
    expect([star.id, answers]).to.deep.equal([id, []])
    star.disconnect()
  })

  it('SES-14 are over once the session is back: whom the server disconnects then waits for the application', async () => {
    const wakefulTimers = new ManualTimers()
    const star = wrap(host.client(), { env: { wakefulTimers, random: () => 0 } })
    await ready(star)
    const refused = next(star, 'refused')
    for (const plain of host.io.sockets.sockets.values()) plain.emit('star-close', 'drain', true)
    await refused
    const resumed = next(star, 'resume')
    star.connect()
    await resumed
    const down = next(star, 'disconnect')
    host.io.disconnectSockets()
    await down
    expect(wakefulTimers.nextInMs).to.equal(undefined)
    star.connect()
    await next(star, 'resume')
    star.disconnect()
  })

  it('SES-14 begin anew after a connection of a minute', async () => {
    const delay = await refusedAfter()
    expect(await delay(0)).to.equal(250)
    expect(await delay(59_999)).to.equal(500)
    expect(await delay(60_000)).to.equal(250)
    expect(await delay(0)).to.equal(500)
  })

  it('SES-14 a server that comes back without sessions is left alone after six handshakes, and with them is good again', async () => {
    const timers = new ManualTimers()
    const star = wrap(host.client(), { env: { timers, wakefulTimers: systemTimers } })
    await ready(star)
    let down = next(star, 'disconnect')
    let up = next(star, 'connect')
    await host.stop()
    await down
    const plain = new Server(host.port, { serveClient: false })
    await up
    for (const ms of [5_000, 5_000, 10_000, 20_000, 40_000, 40_000]) {
      down = next(star, 'disconnect')
      up = next(star, 'connect')
      timers.advance(ms - 1)
      expect(star.connected).to.equal(true)
      timers.advance(1)
      await down
      await up
    }
    const heard = new Promise((resolve) => {
      for (const socket of plain.sockets.sockets.values()) socket.on('plain', resolve)
    })
    timers.advance(3_600_000)
    ;(star.socket as Socket).emit('plain', 'still there')
    expect(await heard).to.equal('still there')
    await plain.close()
    await host.start()
    await ready(star)
    star.disconnect()
  })
})
