import { AUTH_KEY, createToken, SESSION_EVENTS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { MemoryStore, type Session } from '../../src/index.ts'
import { SILENT_LOG } from '../../src/log.ts'
import { nextEvent, until } from '../support/host.ts'
import type { ScriptedClient, ScriptedOptions } from './scripted-client.ts'
import { Stage } from './stage.ts'

/** Sessions at a time. */
const ROOM = 500
const ATTACKER = '198.51.100.66'

/** A client behind the proxy that the test itself is. */
const from = (address: string, user?: string): ScriptedOptions => ({
  io: { extraHeaders: { 'x-forwarded-for': `203.0.113.1, ${address}` } },
  ...(user !== undefined && { auth: { user } }),
})

/** Opens a session, confirms it, and leaves it where it is, on one connection again and again. */
async function flood(socket: Socket, sessions: number, tag: number): Promise<void> {
  for (let n = 0; n < sessions; n++) {
    const refused = nextEvent(socket, SESSION_EVENTS.close)
    const first = nextEvent(socket, SESSION_EVENTS.dop)
    socket.connect()
    await first
    const own = createToken(Uint8Array.from({ length: 16 }, (_, i) => (i < 4 ? n >>> (8 * i) : tag) & 0xff))
    const again = nextEvent(socket, SESSION_EVENTS.dop)
    socket.emit(SESSION_EVENTS.dop, own)
    const answered = await Promise.race([again, refused])
    if (typeof answered[0] !== 'string') throw new Error('the attacker was refused')
    const welcome = nextEvent(socket, SESSION_EVENTS.frame)
    socket.emit(SESSION_EVENTS.dop, own)
    await welcome
    socket.disconnect()
  }
}

describe('HS-19 a server that has as many sessions as it may', () => {
  let stage: Stage
  afterEach(() => stage.close())

  const attacker = async (): Promise<Socket> => {
    const { io } = from(ATTACKER)
    const socket = await stage.host.connect({ ...io, auth: { [AUTH_KEY]: [1, 'x', 1] } })
    socket.disconnect()
    return socket
  }

  it('HS-19 takes the place for newcomers from whoever has the most at rest, and leaves everybody else alone', async function () {
    this.timeout(20_000)
    const reasons: string[] = []
    stage = await Stage.open({
      star: {
        trustProxy: ['127.0.0.1'],
        sessions: { maxSessions: ROOM },
        observer: { eviction: (reason) => reasons.push(reason) },
      },
    })
    const ends: string[] = []
    const ended = new Set<Session>()
    stage.host.star.on('session', (session) =>
      session.on('end', (reason) => {
        ends.push(reason)
        ended.add(session)
      }),
    )
    const away: { client: ScriptedClient; session: Session }[] = []
    for (let n = 1; n <= 3; n++) away.push(await stage.pair(from(`192.0.2.${n}`)))
    for (const pair of away) await stage.cut(pair)
    const socket = await attacker()
    await flood(socket, 3 * ROOM, 1)
    expect(stage.host.star.sessions.size).to.be.at.most(ROOM)
    // somebody new, who was never here, and whoever was away
    const newcomers = [await stage.pair(from('192.0.2.100')), await stage.pair(from('192.0.2.101'))]
    for (const { client, session } of away) {
      await client.resume()
      expect(client.welcomedBack).to.equal(1)
      expect(ended.has(session)).to.equal(false)
    }
    for (const { session } of newcomers) expect(ended.has(session)).to.equal(false)
    expect(new Set(ends)).to.deep.equal(new Set(['expired']))
    expect(reasons).to.have.length(ends.length)
    expect(new Set(reasons)).to.deep.equal(new Set(['crowded']))
    expect(stage.host.star.stats().evictions).to.deep.equal({ crowded: ends.length })
  })

  it('HS-19 refuses while nobody has more than one at rest', async () => {
    stage = await Stage.open({ star: { trustProxy: ['127.0.0.1'], sessions: { maxSessions: 2 } } })
    for (let n = 1; n <= 2; n++) await stage.cut(await stage.pair(from(`192.0.2.${n}`)))
    const more = stage.client(from('192.0.2.3'))
    more.open()
    await until(() => more.closes.length > 0)
    expect(more.closes[0]).to.include({ reason: 'quota', retryable: true })
    expect(stage.host.star.sessions.size).to.equal(2)
  })

  it('HS-19 goes by the principal, wherever it comes from', async () => {
    stage = await Stage.open({
      star: {
        trustProxy: ['127.0.0.1'],
        sessions: { maxSessions: 4 },
        authenticate: (socket) => socket.handshake.auth.user,
      },
    })
    const ada = [await stage.pair(from('192.0.2.1', 'ada')), await stage.pair(from('192.0.2.2', 'ada'))]
    const others = [await stage.pair(from('192.0.2.9', 'bob')), await stage.pair(from('192.0.2.9', 'eve'))]
    for (const pair of [...others, ...ada]) await stage.cut(pair)
    await stage.pair(from('192.0.2.9', 'joe'))
    expect(stage.host.star.sessions.get(ada[0]?.session.id ?? '')).to.equal(undefined)
    for (const { session } of [...others, ...ada.slice(1)]) {
      expect(stage.host.star.sessions.get(session.id)).to.equal(session)
    }
  })

  it('HS-19 believes X-Forwarded-For of nobody but a trusted proxy', async () => {
    stage = await Stage.open({ star: { sessions: { maxSessions: 2 } } })
    for (let n = 1; n <= 2; n++) await stage.cut(await stage.pair(from(`192.0.2.${n}`)))
    // all of them come from here
    await stage.pair(from('192.0.2.3'))
    expect(stage.host.star.sessions.size).to.equal(2)
  })

  it('HS-19 goes by the nearest address where the application cannot say whether that is a proxy', async () => {
    const lines: unknown[] = []
    stage = await Stage.open({
      star: {
        sessions: { maxSessions: 2 },
        log: { ...SILENT_LOG, error: (event, fields) => lines.push([event, fields?.handler, fields?.error]) },
        trustProxy: () => {
          throw new Error('no list')
        },
      },
    })
    for (let n = 1; n <= 2; n++) await stage.cut(await stage.pair(from(`192.0.2.${n}`)))
    await stage.pair()
    const line = ['star.handler-failed', 'trustProxy', 'Error: no list']
    expect(lines).to.deep.equal([line, line])
  })

  it('HS-19 counts those that its store has not made yet', async () => {
    class PausedStore extends MemoryStore {
      readonly waiting: (() => void)[] = []

      override async create(hash: string, node: string): Promise<number> {
        await new Promise<void>((resolve) => this.waiting.push(resolve))
        return super.create(hash, node)
      }
    }
    const store = new PausedStore(() => performance.now())
    stage = await Stage.open({ star: { sessions: { maxSessions: 2, store } } })
    const clients = [1, 2, 3, 4].map(() => stage.client())
    for (const client of clients) client.open()
    await until(() => clients.filter(({ closes }) => closes.length > 0).length === 2)
    for (const go of store.waiting) go()
    await until(() => stage.host.star.sessions.size === 2)
    expect(store.waiting).to.have.length(2)
  })

  it('HS-19 takes none whose client came back', async () => {
    stage = await Stage.open({ star: { sessions: { maxSessions: 3 } } })
    const pairs = [await stage.pair(), await stage.pair(), await stage.pair()]
    for (const pair of pairs) await stage.cut(pair)
    await pairs[0]?.client.resume()
    await stage.pair()
    const kept = pairs.map(({ session }) => stage.host.star.sessions.get(session.id) !== undefined)
    expect(kept).to.deep.equal([true, false, true])
    // one rests, which is one place's only one
    const more = stage.client()
    more.open()
    await until(() => more.closes.length > 0)
    expect(more.closes[0]).to.include({ reason: 'quota' })
  })
})
