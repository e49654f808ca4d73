import { CLOSE_REASONS } from '@socket-star/protocol/session'
import {
  createStarServer,
  type LogFields,
  type Session,
  SILENT_LOG,
  type StarServer,
} from '@socket-star/server'
import { expect } from 'chai'
import { Registry } from 'prom-client'
import { io, type Socket } from 'socket.io-client'
import { createSessionMetrics } from '../../src/metrics/session-metrics.ts'
import { NO_CENSUS } from '../../src/session/census.ts'
import { ScriptedClient, type ScriptedOptions } from '../session/scripted-client.ts'
import { until } from '../support/host.ts'

describe('the metrics of sessions and rooms', () => {
  let server: StarServer
  const clients: ScriptedClient[] = []
  const sockets: Socket[] = []
  const sessions: Session[] = []
  /** Events of level info, and how many sessions they speak of. */
  let lines: unknown[]

  beforeEach(async () => {
    lines = []
    const info = (event: string, fields: LogFields = {}) => lines.push([event, fields.sessions])
    server = await createStarServer({ page: false, log: { ...SILENT_LOG, info } })
    server.star.on('session', (session) => sessions.push(session))
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    for (const socket of sockets.splice(0)) socket.disconnect()
    sessions.length = 0
    await server.close()
  })

  const client = async (options?: ScriptedOptions): Promise<ScriptedClient> => {
    const made = await ScriptedClient.connected(
      {
        client: (more = {}) => {
          const socket = io(server.url, {
            transports: ['websocket'],
            forceNew: true,
            reconnection: false,
            ...more,
          })
          sockets.push(socket)
          return socket
        },
      },
      options,
    )
    clients.push(made)
    return made
  }
  const metrics = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text()
  /** The lines of a metric, by what stands in its braces. */
  const figures = async (): Promise<Record<string, number>> => {
    const found = (await metrics()).matchAll(/^socket_star_(sess\w+|room\w*)(?:\{\w+="(.*?)"\})? (\d+)$/gm)
    return Object.fromEntries(
      Array.from(found, ([, name, label, value]) => [`${name} ${label ?? ''}`.trim(), Number(value)]),
    )
  }

  it('say how many there are, in which status, what waits for them, and how they came back', async () => {
    const there = await client()
    const away = await client()
    const [, session] = sessions
    for (const each of sessions) each.join('lobby')
    session?.join('den')
    await until(() => away.positions().size === 2 && there.positions().size === 1)
    await session?.flush()
    server.star.to('lobby').emit('news', 'x'.repeat(100))
    await there.resume()
    away.cut()
    await until(() => session?.isConnected() === false)
    for (let n = 0; n < 3; n++) session?.emit('missed', n)
    await client({ token: 'A'.repeat(44) })
    await Promise.all(sessions.map((each) => each.isConnected() && each.flush()))
    expect(await figures()).to.deep.equal({
      ...Object.fromEntries(
        Object.keys(CLOSE_REASONS).map((reason) => [`session_closes_total ${reason}`, 0]),
      ),
      'sessions OPEN': 0,
      'sessions PRECONNECTED': 0,
      'sessions CONNECTED': 2,
      'sessions RECONNECTING': 1,
      session_buffered_messages: 3,
      session_buffered_bytes: 3 * '["missed",0]'.length,
      session_resumes_total: 1,
      'session_renewals_total unknown': 1,
      'session_renewals_total principal': 0,
      'session_renewals_total state-lost': 0,
      'session_evictions_total unconfirmed': 0,
      'session_evictions_total crowded': 0,
      'session_evictions_total backlog': 0,
      rooms: 2,
      room_members: 3,
      room_logs: 2,
      room_log_bytes: '["news","'.length + 100 + '"]'.length,
    })
    expect(server.star.stats()).to.deep.include({ sessions: 3, resumes: 1, renewals: { unknown: 1 } })
  })

  it('OPS-2 count what clients are told to go for, and connections; a stop is said once for all', async () => {
    for (let n = 0; n < 3; n++) await client()
    expect(await metrics()).to.match(/^socket_star_connections 3$/m)
    server.star.drain()
    await until(() => sockets.every(({ connected }) => !connected))
    expect(await figures()).to.include({ 'session_closes_total drain': 3, 'session_closes_total timeout': 0 })
    expect(server.star.stats().closes).to.deep.equal({ drain: 3 })
    expect(lines).to.deep.equal([['star.sessions-drained', 3]])
  })

  it('fall when sessions end', async () => {
    const gone = await client()
    sessions[0]?.join('lobby')
    await until(() => gone.positions().size === 1)
    expect(await figures()).to.include({ 'sessions CONNECTED': 1, room_members: 1, rooms: 1 })
    sessions[0]?.disconnect()
    expect(await figures()).to.include({ 'sessions CONNECTED': 0, room_members: 0, rooms: 0 })
  })
})

describe('the census behind the metrics', () => {
  const walksFor = async (connected: number, scrapesAt: readonly number[]): Promise<number> => {
    const registry = new Registry()
    let now = 0
    let walks = 0
    createSessionMetrics(registry, () => now).ask(() => {
      walks += 1
      return { ...NO_CENSUS, statuses: { CONNECTED: connected } }
    })
    for (now of scrapesAt) {
      expect(await registry.metrics()).to.contain(`socket_star_sessions{status="CONNECTED"} ${connected}`)
    }
    return walks
  }

  it('OPS-2 is taken once a second of 100,000 sessions, however often the metrics are read', async () => {
    expect(await walksFor(100_000, [0, 1, 500, 999])).to.equal(1)
    expect(await walksFor(100_000, [0, 999, 1_000, 1_999, 2_000])).to.equal(3)
  })

  it('is taken with each reading of few sessions, and once for all figures of it', async () => {
    expect(await walksFor(50, [0, 1, 2])).to.equal(3)
  })
})
