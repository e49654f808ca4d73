import type { IncomingMessage } from 'node:http'
import { wrap } from '@socket-star/client'
import { STATUS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import { io } from 'socket.io-client'
import { type Connection, TestProxy } from './proxy.ts'
import { Scene, type SceneOptions } from './scene.ts'
import { Site } from './site.ts'
import { until } from './until.ts'

const ANSWER_MS = 5_000
const HEARTBEAT_MS = 30_000
/** What timers and a busy machine may add, in milliseconds. */
const MARGIN_MS = 400
const SHORT = { answerMs: 300, heartbeatMs: 900 }
const SHORTLY: SceneOptions = { wrap: { answerMs: SHORT.answerMs }, site: { sessions: SHORT } }
/** `NETWORK_LONG` also waits for the default heartbeat. */
const LONG = process.env.NETWORK_LONG !== undefined

describe('a peer that has gone silent', () => {
  let scene: Scene
  afterEach(() => scene.close())

  /** Lets a connection fall silent, and tells how long either side took to notice. */
  async function noticedAfter(
    silence: (connection: Connection) => void,
    patienceMs: number,
  ): Promise<{ client: number; server: number }> {
    const { star, proxy, site } = scene
    const noticed = { client: Number.NaN, server: Number.NaN }
    const start = performance.now()
    star.on('status', (status) => {
      if (status !== STATUS.CONNECTED) noticed.client ||= performance.now() - start
    })
    site.session?.on('status', (status) => {
      if (status !== STATUS.CONNECTED) noticed.server ||= performance.now() - start
    })
    // nobody comes back before both have noticed
    proxy.refuses = true
    if (proxy.newest !== undefined) silence(proxy.newest)
    await until(() => !Number.isNaN(noticed.client + noticed.server), patienceMs)
    proxy.refuses = false
    await until(() => star.isConnected() && site.session?.isConnected() === true)
    return noticed
  }

  /** Messages that were on their way arrive all the same, in the same session. */
  async function goesOn(): Promise<void> {
    // ws waits up to 30 s for the other side's close frame, whatever Socket.IO thinks by then
    for (const connection of scene.proxy.connections.slice(0, -1)) connection.cut()
    scene.traffic.start()
    await scene.expectSound(100)
  }

  it(`SES-9 is noticed within ${ANSWER_MS} ms by both sides while something is outstanding`, async () => {
    scene = await Scene.open()
    await scene.traffic.run(50)
    const noticed = await noticedAfter((connection) => {
      connection.stall()
      scene.traffic.once()
    }, 2 * ANSWER_MS)
    expect(noticed.client).to.be.within(ANSWER_MS - MARGIN_MS, ANSWER_MS + MARGIN_MS)
    expect(noticed.server).to.be.within(ANSWER_MS - MARGIN_MS, ANSWER_MS + MARGIN_MS)
    await goesOn()
  }).timeout(3 * ANSWER_MS)

  for (const direction of ['up', 'down'] as const) {
    it(`SES-9 is noticed when only the way ${direction} swallows everything`, async () => {
      scene = await Scene.open(SHORTLY)
      await scene.traffic.run(50)
      const noticed = await noticedAfter((connection) => {
        connection.stall(direction)
        scene.traffic.once()
      }, 2 * ANSWER_MS)
      expect(Math.min(noticed.client, noticed.server)).to.be.below(SHORT.answerMs + MARGIN_MS)
      // who heard something to the last is told by the other side, or finds it with a heartbeat
      const idle = SHORT.heartbeatMs + SHORT.answerMs
      expect(Math.max(noticed.client, noticed.server)).to.be.below(idle + MARGIN_MS)
      await goesOn()
    })
  }

  for (const broken of ['client', 'server'] as const) {
    it(`SES-9 is noticed when only the ${broken} sees the connection break`, async () => {
      scene = await Scene.open(SHORTLY)
      await scene.traffic.run(50)
      const noticed = await noticedAfter((connection) => {
        connection.halfOpen(broken)
        scene.traffic.once()
      }, 2 * ANSWER_MS)
      expect(noticed[broken]).to.be.below(MARGIN_MS)
      expect(noticed[broken === 'client' ? 'server' : 'client']).to.be.below(SHORT.answerMs + MARGIN_MS)
      await goesOn()
    })
  }

  it('SES-9 is noticed by a heartbeat when both are idle, and an idle connection that answers lives', async () => {
    scene = await Scene.open(SHORTLY)
    await scene.traffic.run(50)
    const { answerMs, heartbeatMs } = SHORT
    await new Promise((resolve) => setTimeout(resolve, 2 * (answerMs + heartbeatMs)))
    expect(scene.proxy.accepted).to.equal(1)
    const { client, server } = await noticedAfter((connection) => connection.stall(), 2 * ANSWER_MS)
    expect(client).to.be.below(heartbeatMs + answerMs + MARGIN_MS)
    expect(server).to.be.below(heartbeatMs + answerMs + MARGIN_MS)
    await goesOn()
  })

  it('SES-9 is noticed on polling, too, and the client connects again although a request of its own hangs', async () => {
    scene = await Scene.open({ ...SHORTLY, transports: ['polling'] })
    await scene.traffic.run(50)
    const { proxy, star } = scene
    const start = performance.now()
    proxy.weather.up.swallows = proxy.weather.down.swallows = true
    for (const connection of proxy.connections) connection.stall()
    let noticed = false
    star.on('status', (status) => {
      // before the next connection is made, which would hang as well
      if (status !== STATUS.CONNECTED) proxy.weather.up.swallows = proxy.weather.down.swallows = false
      noticed ||= status !== STATUS.CONNECTED
    })
    scene.traffic.once()
    await until(() => noticed && star.isConnected())
    expect(performance.now() - start).to.be.below(2 * SHORT.answerMs + 3 * MARGIN_MS)
    await scene.traffic.run(100)
    expect([scene.traffic.problems, scene.renewals]).to.deep.equal([[], []])
  })

  it(`HS-16 a client that comes back gets its session although the server has not noticed`, async () => {
    scene = await Scene.open()
    await scene.traffic.run(50)
    const { proxy, star } = scene
    const start = performance.now()
    proxy.newest?.halfOpen('client')
    scene.traffic.once()
    await until(() => proxy.accepted === 2 && star.isConnected())
    expect(performance.now() - start).to.be.below(1_000)
    await goesOn()
  })

  if (LONG) {
    it(`SES-9 is noticed within ${HEARTBEAT_MS + ANSWER_MS} ms when idle, by default`, async () => {
      scene = await Scene.open()
      await scene.traffic.run(50)
      await Promise.all([scene.star.flush(), scene.site.session?.flush()])
      // acknowledgements ride a little later
      await new Promise((resolve) => setTimeout(resolve, 100))
      const { client, server } = await noticedAfter((one) => one.stall(), HEARTBEAT_MS + 2 * ANSWER_MS)
      console.log(`      noticed after ${client.toFixed(0)} and ${server.toFixed(0)} ms`)
      expect(client).to.be.below(HEARTBEAT_MS + ANSWER_MS + MARGIN_MS)
      expect(server).to.be.below(HEARTBEAT_MS + ANSWER_MS + MARGIN_MS)
      await goesOn()
    }).timeout(HEARTBEAT_MS + 3 * ANSWER_MS)
  }
})

describe('a client that is about to leave polling for a WebSocket', () => {
  it('SES-9 notices that neither brings anything, although Socket.IO waits for the last request on polling', async () => {
    const heard: number[] = []
    const site = await Site.open({ sessions: SHORT }, (session) => session.on('n', (n) => heard.push(n)))
    let upgrade: (() => void) | undefined
    site.io.engine.use((request: IncomingMessage, _: unknown, next: () => void) => {
      if (request.headers.upgrade && upgrade === undefined) upgrade = next
      else next()
    })
    const proxy = await TestProxy.to(site.port)
    const socket = io(proxy.url, { forceNew: true, reconnectionDelay: 1, reconnectionDelayMax: 5 })
    const star = wrap(socket, { answerMs: SHORT.answerMs })
    try {
      await until(() => star.isConnected() && upgrade !== undefined)
      socket.io.engine.once('upgrading', () => {
        for (const connection of proxy.connections) connection.stall()
        star.emit('n', 1)
      })
      const lost = new Promise((resolve) => star.once('disconnect', resolve))
      const start = performance.now()
      upgrade?.()
      await lost
      expect(performance.now() - start).to.be.below(SHORT.answerMs + 2 * MARGIN_MS)
      await until(() => heard.length === 1)
    } finally {
      socket.disconnect()
      await proxy.close()
      await site.close()
    }
  })
})

describe('a session after a cut', () => {
  let scene: Scene
  afterEach(() => scene.close())

  const DELAY_MS = 75
  const RUNS = 3

  it('HS-7 is resumed at most one round trip after Socket.IO has connected again, and whole by then', async () => {
    scene = await Scene.open()
    await scene.traffic.run(50)
    const { proxy, star, site } = scene
    proxy.weather.up.delayMs = proxy.weather.down.delayMs = DELAY_MS
    const costs: Record<'resume' | 'missed', number[]> = { resume: [], missed: [] }
    let connectedAt = 0
    star.on('connect', () => {
      connectedAt = performance.now()
    })
    star.on('resume', () => costs.resume.push(performance.now() - connectedAt))
    for (let run = 1; run <= RUNS; run++) {
      proxy.newest?.cut()
      await until(() => !star.isConnected())
      site.session?.emit('missed', run)
      await new Promise<void>((resolve) => star.once('missed', () => resolve()))
      costs.missed.push(performance.now() - connectedAt)
    }
    const roundTripMs = 2 * DELAY_MS
    expect(Math.min(...costs.resume)).to.be.within(DELAY_MS, roundTripMs + MARGIN_MS / 10)
    // what it missed comes with the confirmation (SES-19)
    expect(Math.min(...costs.missed)).to.be.within(DELAY_MS, roundTripMs + MARGIN_MS / 10)
  })
})
