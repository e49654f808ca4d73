import { expect } from 'chai'
import { type Session, StarError } from '../../src/index.ts'
import { SILENT_LOG } from '../../src/log.ts'
import { until } from '../support/host.ts'
import type { ScriptedClient, ScriptedOptions } from './scripted-client.ts'
import { Stage } from './stage.ts'

/** Bytes that may wait for all sessions together. */
const MOST = 1_048_576
const KILOBYTE = 'x'.repeat(1_000)

/** A client behind the proxy that the test itself is. */
const from = (address: string): ScriptedOptions => ({
  io: { extraHeaders: { 'x-forwarded-for': address } },
})

interface Pair {
  readonly client: ScriptedClient
  readonly session: Session
}

describe('LIM-11 what waits for all sessions together', () => {
  let stage: Stage
  let warnings: unknown[][]
  let ends: Map<string, { reason: string; unacknowledged: unknown[][] }>
  afterEach(() => stage.close())

  const open = async (): Promise<void> => {
    warnings = []
    ends = new Map()
    stage = await Stage.open({
      star: {
        trustProxy: ['127.0.0.1'],
        sessions: { totalBacklogBytes: MOST },
        log: { ...SILENT_LOG, warn: (event, fields) => warnings.push([event, fields]) },
      },
    })
    stage.host.star.on('session', (session) =>
      session.on('end', (reason, unacknowledged) => ends.set(session.id, { reason, unacknowledged })),
    )
  }
  const away = async (address: string, sessions = 1): Promise<Pair[]> => {
    const pairs: Pair[] = []
    for (let n = 0; n < sessions; n++) pairs.push(await stage.pair(from(address)))
    for (const pair of pairs) {
      // else its welcome waits as well
      await pair.session.flush()
      await stage.cut(pair)
    }
    return pairs
  }
  const waiting = (): number => {
    const { bufferedBytes, bufferedMessages } = stage.host.star.census()
    return bufferedBytes + 128 * bufferedMessages
  }

  it('LIM-11 ends those of whoever has the most, tells both sides, and leaves everybody else alone', async () => {
    await open()
    const many = await away('198.51.100.66', 20)
    const others = [...(await away('192.0.2.1')), ...(await away('192.0.2.2', 2))]
    const here = await stage.pair(from('192.0.2.3'))
    // in one turn: nobody gets to take anything in between
    for (let n = 0; n < 100; n++)
      for (const session of stage.host.star.sessions) session.emit('news', n, KILOBYTE)
    for (const session of stage.host.star.sessions) session.emit('last')
    expect(waiting()).to.be.at.most(MOST)
    const ended = many.filter(({ session }) => ends.has(session.id))
    expect(ended.length).to.be.within(12, 19)
    expect(ends.size).to.equal(ended.length)
    for (const { session } of ended) {
      const { reason, unacknowledged } = ends.get(session.id) ?? {}
      expect(reason).to.equal('backlog')
      expect(unacknowledged?.[0]).to.deep.equal(['news', 0, KILOBYTE])
      expect(session.status).to.equal(4)
      expect(() => session.emit('news'))
        .to.throw(StarError)
        .with.property('code', 'ERR_CLOSED')
    }
    expect(stage.host.star.stats().evictions).to.deep.equal({ backlog: ended.length })
    expect(warnings.map(([event]) => event)).to.include('star.backlog-full')
    for (const pair of others) await pair.client.resume()
    for (const { client } of [...others, here]) {
      await until(() => client.events.at(-1)?.[0] === 'last')
      expect(client.events.map(([, n]) => n)).to.deep.equal([...Array(100).keys(), undefined])
      expect(client.welcome?.renewed).to.equal(undefined)
    }
    const [{ client }] = ended as [Pair]
    await client.resume()
    await until(() => client.welcome?.renewed !== undefined)
    expect(client.welcome?.renewed).to.equal('state-lost')
  })

  it('LIM-11 counts what each message takes beside its bytes', async () => {
    await open()
    const pairs = await away('192.0.2.1', 2)
    const messages = Math.floor(MOST / 2 / (128 + '["n"]'.length))
    for (let n = 0; n < messages; n++) for (const { session } of pairs) session.emit('n')
    expect(ends.size).to.equal(0)
    pairs[0]?.session.emit('n')
    pairs[0]?.session.emit('n')
    expect([...ends.keys()]).to.deep.equal([pairs[1]?.session.id])
  })

  it('LIM-11 ends one that is connected and takes nothing, and its request', async () => {
    await open()
    const { client, session } = await stage.pair(from('192.0.2.1'))
    client.mute = true
    for (let n = 0; n < 900; n++) session.emit('news', KILOBYTE)
    const request = session.emitWithAck('question')
    const [other] = await away('192.0.2.2')
    for (let n = 0; n < 40; n++) other?.session.emit('news', KILOBYTE)
    expect(await request.catch((error) => error)).to.include({ code: 'ERR_CLOSED' })
    expect(ends.get(session.id)).to.include({ reason: 'backlog' })
    expect(ends.size).to.equal(1)
    await until(() => client.closes.length > 0)
    expect(client.closes[0]).to.include({ reason: 'state-lost', retryable: true })
  })

  it('LIM-11 ends none while its client takes what is said', async () => {
    await open()
    const { client, session } = await stage.pair()
    for (let n = 1; n <= 30; n++) {
      for (let i = 0; i < 100; i++) session.emit('news', KILOBYTE)
      await until(() => client.events.length === n * 100 && session.bufferedAmount === 0)
    }
    expect(ends.size).to.equal(0)
    expect(waiting()).to.equal(0)
  })

  it('LIM-11 is the most for one, too', async () => {
    await open()
    const [pair] = await away('192.0.2.1')
    const most = Math.floor(MOST / (KILOBYTE.length + '["news",""]'.length))
    for (let n = 0; n < most; n++) pair?.session.emit('news', KILOBYTE)
    expect(() => pair?.session.emit('news', KILOBYTE))
      .to.throw(StarError)
      .with.property('code', 'ERR_BACKLOG')
    expect(ends.size).to.equal(0)
  })

  it('LIM-11 what an application says when it hears of an end is counted, and requests to a session that it ends there fail', async () => {
    await open()
    const [first] = await away('192.0.2.1')
    const [second] = await away('192.0.2.2')
    first?.session.on('end', () => {
      second?.session.disconnect()
    })
    for (let n = 0; n < 900; n++) first?.session.emit('news', KILOBYTE)
    const requests: Promise<unknown>[] = []
    for (let n = 0; n < 300 && !ends.has(first?.session.id ?? ''); n++) {
      requests.push((second as Pair).session.emitWithAck('question', KILOBYTE))
    }
    for (const request of requests) {
      expect(await request.catch((error) => error)).to.include({ code: 'ERR_CLOSED' })
    }
    expect(requests.length).to.be.greaterThan(0)
    expect(waiting()).to.equal(0)
  })
})
