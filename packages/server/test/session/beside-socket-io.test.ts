import { wrap } from '@socket-star/client'
import { HELLO } from '@socket-star/protocol/channel'
import { SESSION_EVENTS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import type { ServerOptions } from 'socket.io'
import type { ManagerOptions, SocketOptions } from 'socket.io-client'
import msgpack from 'socket.io-msgpack-parser'
import { until } from '../support/host.ts'
import { Stage } from './stage.ts'

interface Way {
  readonly server?: Partial<ServerOptions>
  readonly client?: Partial<ManagerOptions & SocketOptions>
  readonly namespace?: string
}

const WAYS: Readonly<Record<string, Way>> = {
  'the msgpack parser': { server: { parser: msgpack }, client: { parser: msgpack } },
  'connection state recovery': { server: { connectionStateRecovery: {} } },
  'long-polling': { client: { transports: ['polling'] } },
  'an upgrade from long-polling': { client: { transports: ['polling', 'websocket'] } },
  compression: {
    server: { perMessageDeflate: { threshold: 0 } },
    client: { perMessageDeflate: { threshold: 0 } },
  },
  'a namespace': { namespace: '/chat' },
}

/** The msgpack parser hands out ArrayBuffers, as browsers do. */
function asBuffers(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return Buffer.from(value)
  if (Array.isArray(value)) return value.map(asBuffers)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asBuffers(item)]))
}

describe('sessions with what a host may have switched on', () => {
  let stage: Stage
  afterEach(() => stage.close())

  for (const [name, { server = {}, client: io = {}, namespace = '/' }] of Object.entries(WAYS)) {
    it(`${name}: messages, binaries, rooms and a resume`, async () => {
      stage = await Stage.open({ io: server, namespace })
      const { client, session } = await stage.pair({ io })
      const other = await stage.pair({ io })
      const heard: unknown[][] = []
      session.on('chat', (...args) => heard.push(args))
      session.join('lobby')
      await until(() => client.positions().has('lobby'))
      const bytes = Buffer.from([1, 2, 3])
      client.say(['chat', 1, bytes])
      session.emit('news', { ä: bytes })
      stage.host.star.to('lobby').emit('room', 'live', bytes)
      stage.host.star.to('lobby').emit('room', 'text')
      await until(() => heard.length === 1 && client.events.length === 1 && client.news.length === 2)
      await stage.cut({ client, session })
      session.emit('news', 'missed')
      stage.host.star.to('lobby').emit('room', 'missed')
      await client.resume()
      await until(() => client.events.length === 2 && client.news.length === 3)
      expect(asBuffers(heard)).to.deep.equal([[1, bytes]])
      expect(asBuffers(client.events)).to.deep.equal([
        ['news', { ä: bytes }],
        ['news', 'missed'],
      ])
      expect(asBuffers(client.news)).to.deep.equal([
        ['room', 'live', bytes],
        ['room', 'text'],
        ['room', 'missed'],
      ])
      expect(other.client.events).to.deep.equal([])
    })
  }

  it('NET-5 nothing of ours is recorded or replayed by connection state recovery, and a recovered socket resumes', async () => {
    stage = await Stage.open({ io: { connectionStateRecovery: {} } })
    const socket = stage.host.client({ reconnection: true, reconnectionDelay: 1, reconnectionDelayMax: 1 })
    const star = wrap(socket)
    const news: unknown[] = []
    star.on('news', (n) => news.push(n))
    await until(() => stage.sessions.length === 1)
    const [session] = stage.sessions
    // Socket.IO recovers from the last event that it recorded
    stage.host.io.emit('plain', 1)
    session?.emit('news', 1)
    await until(() => news.length === 1)
    await session?.flush()
    const frames: unknown[] = []
    socket.on(SESSION_EVENTS.frame, (head) => frames.push(head[0]))
    socket.io.engine.close()
    session?.emit('news', 2)
    await until(() => news.length === 2)
    expect(socket.recovered).to.equal(true)
    expect(frames[0], 'the first frame after it is a HELLO').to.equal(HELLO)
    expect(news).to.deep.equal([1, 2])
    expect(stage.sessions).to.have.length(1)
    star.disconnect()
  })

  it('NET-5 nothing that a server says ends in a text, at which a client would have it recover', async () => {
    stage = await Stage.open()
    const { client, session } = await stage.pair()
    session.join('lobby')
    await until(() => client.positions().has('lobby'))
    const last: [event: string, unknown][] = []
    const hear = (event: string, ...args: unknown[]): void => void last.push([event, args.at(-1)])
    const heard = (event: string): boolean => last.some(([each]) => each === event)
    client.socket.onAny(hear)
    session.volatile.emit('news', 'text')
    stage.host.star.to('lobby').emit('room', 'text')
    await until(() => last.length === 2)
    await stage.cut({ client, session })
    const socket = client.open().onAny(hear)
    await until(() => heard(SESSION_EVENTS.frame))
    socket.emit(SESSION_EVENTS.dop, 'nonsense')
    await until(() => heard(SESSION_EVENTS.close))
    for (const event of Object.values(SESSION_EVENTS)) expect(heard(event), event).to.equal(true)
    for (const [event, value] of last) expect(value, event).not.to.be.a('string')
  })
})
