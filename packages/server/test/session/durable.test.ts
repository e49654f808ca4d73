import { DATA, PING } from '@socket-star/protocol/channel'
import { decodeFrame, MESSAGE, SESSION_EVENTS, STATUS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { SlowStore } from '../store/slow-store.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { settled, until } from '../support/host.ts'
import { Stage } from './stage.ts'

const NEWS = 300
const ANSWER_MS = 5_000

describe('a durable store', () => {
  let store: SlowStore
  let stage: Stage
  const stages: Stage[] = []
  const open = async (options: { store?: SlowStore; environment?: FakeEnvironment } = {}): Promise<Stage> => {
    const { environment } = options
    const opened = await Stage.open({
      star: { sessions: { store: options.store ?? store }, ...(environment && { environment }) },
    })
    stages.push(opened)
    return opened
  }
  beforeEach(async () => {
    store = new SlowStore()
    stage = await open()
  })
  afterEach(async () => {
    for (const each of stages.splice(0)) await each.close()
  })

  /** A process dies: nobody lets go of anything, and nothing of it is heard any more. */
  const die = (dead: Stage): void => {
    dead.host.io.disconnectSockets(true)
    store.broken = true
  }
  const numbers = (events: readonly unknown[][]): unknown[] => events.map(([, n]) => n)

  it('CH-7 not even the welcome leaves before the session is written', async () => {
    store.holds = true
    const client = stage.client()
    client.open()
    await until(() => store.waiting === 1 && client.status === STATUS.CONNECTED)
    await settled(client.socket)
    expect(client.welcome).to.equal(undefined)
    store.write()
    await until(() => client.welcome !== undefined)
  })

  it('HS-17 a session that was written before its client confirmed it is nobody’s: the application never had it', async () => {
    const { client } = await stage.pair()
    const [hash = ''] = store.written.keys()
    const written = store.written.get(hash)
    if (written === undefined) throw new Error('nothing was written')
    const unconfirmed = { ...written, identity: { ...written.identity, confirmed: false } }
    await store.save(hash, 1, unconfirmed)
    die(stage)
    const next = await open({ store: store.reopened() })
    client.moveTo(next.host)
    client.open()
    await until(() => next.starts.length === 1)
    expect(next.starts[0]).to.deep.include({ cause: 'new', renewed: 'state-lost' })
  })

  it('CH-7 no message and no acknowledgement leaves before it is written', async () => {
    const { client, session } = await stage.pair()
    const [hash = ''] = store.written.keys()
    let frames = 0
    let acknowledgements = 0
    const problems: string[] = []
    const watch = (socket: Socket): void => {
      socket.prependAny((event, ...args) => {
        if (event !== SESSION_EVENTS.frame) return
        const { kind, seq, payloads, ack } = decodeFrame(args)
        const written = store.written.get(hash)?.channel
        if (kind === DATA) {
          frames += 1
          const last = seq + payloads.length - 1
          const { acked = 0, messages = [] } = written ?? {}
          if (last > acked + messages.length) problems.push(`message ${last}`)
        }
        if (ack === undefined) return
        acknowledgements += 1
        if (ack[1] > (written?.received ?? -1)) problems.push(`acknowledgement of ${ack[1]}`)
      })
    }
    watch(client.socket)
    store.holds = true
    const heard: unknown[] = []
    session.on('chat', (n) => heard.push(n))
    for (let n = 0; n < NEWS; n++) {
      session.emit('news', n)
      client.say(['chat', n])
      // as slow as the network, or slower
      if (n % 7 === 3) store.write()
      await settled(client.socket)
      if (n === NEWS / 2) {
        await stage.cut({ client, session })
        await client.resume()
        watch(client.socket)
      }
    }
    expect(heard, 'the application need not wait').to.have.length(NEWS)
    store.holds = false
    store.write()
    await until(() => client.events.length === NEWS)
    await client.flushed()
    expect(problems).to.deep.equal([])
    expect(numbers(client.events)).to.deep.equal(Array.from({ length: NEWS }, (_, n) => n))
    expect(frames).to.be.greaterThan(NEWS / 10)
    expect(acknowledgements).to.be.greaterThan(NEWS / 10)
  })

  it('CH-7 writes one snapshot at a time, of all that happened meanwhile', async () => {
    const { client, session } = await stage.pair()
    await session.flush()
    store.holds = true
    const before = store.writes
    for (let n = 0; n < 20; n++) {
      session.emit('news', n)
      await settled(client.socket)
      expect(store.waiting).to.equal(1)
    }
    store.write()
    await until(() => store.waiting === 1)
    store.holds = false
    store.write()
    await until(() => client.events.length === 20)
    expect(store.writes - before).to.be.at.most(3)
  })

  it('CH-7 CH-15 HS-18 a process dies, and another one goes on: nothing that a side relies on is lost', async () => {
    const { client, session } = await stage.pair()
    const requests: unknown[] = []
    session.on('work', (...args) => {
      requests.push(args)
      return new Promise(() => {})
    })
    session.join('lobby')
    session.emit('news', 1)
    client.say([MESSAGE.REQUEST, 1, 'work'])
    await Promise.all([session.flush(), client.flushed()])
    const next = await open({ store: store.reopened() })
    die(stage)
    await until(() => client.status === STATUS.RECONNECTING)
    client.say(['chat', 'while there was nobody'])
    const heard: unknown[] = []
    next.host.star.on('session', (restored) => restored.on('chat', (text) => heard.push(text)))
    client.moveTo(next.host)
    await client.resume()
    await until(() => heard.length === 1 && client.messages.some(({ kind }) => kind === 'response'))
    expect(next.starts).to.deep.equal([{ cause: 'moved' }])
    const [restored] = next.host.star.sessions
    expect([...(restored?.rooms ?? [])]).to.deep.equal(['lobby'])
    restored?.emit('news', 2)
    await until(() => client.events.length === 2)
    expect(numbers(client.events)).to.deep.equal([1, 2])
    expect(requests, 'handed out once').to.have.length(1)
  })

  it('CH-7 a process that stops leaves its sessions there', async () => {
    const { client, session } = await stage.pair()
    session.data = { name: 'Ada' }
    session.emit('news', 1)
    await stage.host.star.close()
    const next = await open({ store: store.reopened() })
    await until(() => client.status === STATUS.CONNECTED)
    client.cut()
    await until(() => client.status === STATUS.RECONNECTING)
    client.moveTo(next.host)
    await client.resume()
    await until(() => client.events.length === 1)
    expect(next.starts).to.deep.equal([{ cause: 'restored' }])
    expect([...next.host.star.sessions][0]?.data).to.deep.equal({ name: 'Ada' })
  })

  it('HS-18 who lost a session without noticing stops at the next write, and its client finds the new owner', async () => {
    const { client, session } = await stage.pair()
    await session.flush()
    const [hash = ''] = store.written.keys()
    await store.acquire(hash, 'another process')
    const ends: unknown[] = []
    session.on('end', (reason) => ends.push(reason))
    session.emit('news', 1)
    await until(() => client.closes.length > 0)
    expect(client.closes[0]).to.include({ reason: 'unavailable', retryable: true })
    expect(client.events).to.deep.equal([])
    expect(ends).to.deep.equal(['moved'])
    expect(stage.host.star.sessions.size).to.equal(0)
    await client.resume()
    expect(stage.starts.at(-1)).to.deep.equal({ cause: 'moved' })
  })

  it('what cannot be written does not leave; the client comes again, and it is tried again', async () => {
    const { client, session } = await stage.pair()
    await session.flush()
    store.broken = true
    session.emit('news', 1)
    await until(() => client.closes.length > 0)
    expect(client.closes[0]).to.include({ reason: 'timeout', retryable: true })
    await until(() => client.status === STATUS.RECONNECTING)
    expect(client.events).to.deep.equal([])
    store.broken = false
    await client.resume()
    await until(() => client.events.length === 1)
    expect(stage.sessions).to.have.length(1)
  })

  it('HS-10 a session that ends for good waits for nothing', async () => {
    const { client, session } = await stage.pair()
    await session.flush()
    store.holds = true
    session.emit('bye')
    session.disconnect()
    await until(() => client.status === STATUS.DISCONNECTED)
    expect(client.events).to.deep.equal([['bye']])
    store.write()
  })

  it('SES-9 while the store takes its time the client hears twice in 5 s that the server lives', async () => {
    const environment = new FakeEnvironment()
    stage = await open({ environment })
    const { client, session } = await stage.pair()
    await session.flush()
    store.holds = true
    const pings: unknown[] = []
    client.socket.on(SESSION_EVENTS.frame, (...args) => {
      const { kind, ack } = decodeFrame(args)
      if (kind === PING) pings.push(ack?.slice(0, 2))
    })
    client.say(['chat'])
    await until(() => store.waiting === 1)
    for (let beat = 1; beat <= 4; beat++) {
      environment.advance(ANSWER_MS / 2)
      await until(() => pings.length === beat)
    }
    expect(pings, 'received, and not to be forgotten').to.deep.equal(Array(4).fill([1, 0]))
    store.holds = false
    store.write()
    await until(() => {
      environment.advance(10)
      return client.channel.acked === 1
    })
    environment.advance(ANSWER_MS)
    await settled(client.socket)
    expect(pings).to.have.length(4)
    expect(session.status).to.equal(STATUS.CONNECTED)
  })
})
