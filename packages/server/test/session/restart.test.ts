import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeRoom, MESSAGE, STATUS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import {
  type Log,
  type LogFields,
  MAX_RESTING,
  MemoryStore,
  type SessionStore,
  starMiddleware,
} from '../../src/index.ts'
import { SILENT_LOG } from '../../src/log.ts'
import { writeState } from '../../src/store/state-file.ts'
import { nextEvent, until } from '../support/host.ts'
import { FakeNamespace } from './fake-socket.ts'
import { Stage } from './stage.ts'

describe('a restart with a state file', () => {
  let directory: string
  let stateFile: string
  const stages: Stage[] = []
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'star-restart-'))
    stateFile = join(directory, 'state')
  })
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.close()
    rmSync(directory, { recursive: true })
  })

  const start = async (log: Log = SILENT_LOG, store?: SessionStore): Promise<Stage> => {
    const stage = await Stage.open({ star: { sessions: { stateFile, store }, log } })
    stages.push(stage)
    return stage
  }

  it('a process that begins before the one that has the file has stopped refuses, tells its operator alone, and goes on later', async () => {
    const before = await start()
    await before.pair()
    const errors: [string, string][] = []
    const error = (event: string, fields: LogFields = {}) => errors.push([event, String(fields.error)])
    const after = await start({ ...SILENT_LOG, error })
    for (let sockets = 0; sockets < 2; sockets++) {
      const [refusal] = await nextEvent(after.host.client(), 'connect_error')
      expect(refusal).to.deep.include({ data: { code: 'ERR_CONFIG', retryable: true } })
      expect(String(refusal)).not.to.contain(directory)
    }
    expect(errors).to.have.length(1)
    expect(errors[0]?.[0]).to.equal('star.not-started')
    expect(errors[0]?.[1]).to.contain(stateFile)
    before.host.star.close()
    await after.pair()
    expect(errors).to.have.length(1)
  })

  it('OPS-6 holds as many sessions as the star may have', async () => {
    const sessions = Array.from({ length: MAX_RESTING + 1 }, (_, n) => ({
      hash: `${n}`,
      fence: 1,
      keepMs: 60_000,
    }))
    writeState(stateFile, { sessions, rooms: [] })
    const lines: unknown[] = []
    const log: Log = { ...SILENT_LOG, info: (event, fields) => lines.push([event, fields?.sessions]) }
    const star = starMiddleware({
      log,
      production: false,
      sessions: { stateFile, maxSessions: 2 * MAX_RESTING },
    })
    star.attach(new FakeNamespace().asNamespace)
    await star.close()
    expect(lines).to.deep.equal([
      ['star.state-restored', MAX_RESTING + 1],
      ['star.state-written', MAX_RESTING + 1],
    ])
  })

  it('OPS-6 holds what rests in a MemoryStore that the application made, too', async () => {
    const store = (): SessionStore => new MemoryStore(() => performance.now())
    const before = await start(SILENT_LOG, store())
    const { client, session } = await before.pair()
    session.data = { name: 'Ada' }
    await before.cut({ client, session })
    before.host.star.close()
    const after = await start(SILENT_LOG, store())
    client.moveTo(after.host)
    await client.resume()
    expect(after.host.star.sessions.get(session.id)?.data).to.deep.equal({ name: 'Ada' })
  })

  it('clients go on as after a cut: messages, requests, rooms and data', async () => {
    const before = await start()
    const { client, session } = await before.pair()
    session.data = { name: 'Ada', list: [1, 2] }
    session.join('lobby')
    await until(() => client.positions().has('lobby'))
    // never settles: the next process has to answer for it
    session.on('work', () => new Promise(() => {}))
    client.say([MESSAGE.REQUEST, 1, 'work'])
    await client.flushed()
    await before.cut({ client, session })
    session.emit('news', 1, Buffer.from([7]))
    before.host.star.to('lobby').emit('room news', 1)
    client.say(['chat', 'while away'])
    before.host.star.close()
    expect(session.status).to.equal(STATUS.RECONNECTING)

    const after = await start()
    const heard: unknown[] = []
    after.host.star.on('session', (restored) => {
      restored.on('chat', (text) => heard.push(text))
      restored.emit('news', 2)
    })
    after.host.star.attach(after.host.io.of('/'))
    client.moveTo(after.host)
    await client.resume()
    await until(() => client.events.length === 2 && client.news.length === 1 && heard.length === 1)
    const restored = after.host.star.sessions.get(session.id)
    expect(after.starts).to.deep.equal([{ cause: 'restored' }])
    expect(restored?.data).to.deep.equal({ name: 'Ada', list: [1, 2] })
    expect([...(restored?.rooms ?? [])]).to.deep.equal(['lobby'])
    expect(client.events).to.deep.equal([
      ['news', 1, Buffer.from([7])],
      ['news', 2],
    ])
    expect(client.news).to.deep.equal([['room news', 1]])
    expect(heard).to.deep.equal(['while away'])
    const failure = client.messages.find(({ kind }) => kind === 'response')
    expect(failure).to.deep.include({ id: 1 })
    expect(failure?.kind === 'response' && failure.error?.code).to.equal('ERR_INTERRUPTED')
    after.host.star.to('lobby').emit('room news', 2)
    await until(() => client.news.length === 2)
    expect(client.room.some((each) => each.do === 'gap')).to.equal(false)
  })

  it('SES-10 a request of the next process is another one than those before', async () => {
    const before = await start()
    const { client, session } = await before.pair()
    session.emit('ask', () => {})
    await until(() => client.messages.length === 1)
    before.host.star.close()

    const after = await start()
    after.host.star.on('session', (restored) => restored.emit('ask', () => {}))
    after.host.star.attach(after.host.io.of('/'))
    client.moveTo(after.host)
    await client.resume()
    await until(() => client.messages.length === 2)
    expect(client.messages.map((each) => each.kind === 'request' && each.id)).to.deep.equal([1, 2])
  })

  it('HS-11 a session that rested is resumed for its principal, and for nobody else', async () => {
    const authenticate = (socket: { handshake: { auth: { user?: string } } }) =>
      socket.handshake.auth.user ?? 'nobody'
    const open = async (): Promise<Stage> => {
      const stage = await Stage.open({ star: { sessions: { stateFile }, log: SILENT_LOG, authenticate } })
      stages.push(stage)
      return stage
    }
    const before = await open()
    const { client, session } = await before.pair({ auth: { user: 'ada' } })
    expect(session.principal).to.equal('ada')
    before.host.star.close()

    const after = await open()
    after.host.star.attach(after.host.io.of('/'))
    const thief = await after.pair({ auth: { user: 'eve' }, token: client.token })
    expect(thief.client.welcome?.renewed).to.equal('principal')
    expect(thief.session.id).to.not.equal(session.id)
    client.moveTo(after.host)
    await client.resume()
    expect(after.host.star.sessions.get(session.id)?.principal).to.equal('ada')
  })

  it('ROOM-6 what was said before a member came is none of its business after a restart either', async () => {
    const before = await start()
    const first = await before.pair()
    first.session.join('lobby')
    before.host.star.to('lobby').emit('secret', 1)
    const { client, session } = await before.pair()
    session.join('lobby')
    await until(() => client.positions().has('lobby'))
    const { epoch } = client.positions().get('lobby') as { epoch: string }
    await client.flushed()
    before.host.star.close()

    const after = await start()
    after.host.star.attach(after.host.io.of('/'))
    client.moveTo(after.host)
    await client.resume()
    client.say(encodeRoom({ room: 'lobby', epoch, offset: 0, id: 1_000 }))
    await until(() => client.messages.some((each) => 'id' in each && each.id === 1_000))
    const answer = client.messages.find((each) => 'id' in each && each.id === 1_000)
    expect(answer).to.deep.include({ kind: 'room', epoch, offset: 1, bodies: [] })
  })

  it('what was ended before stays ended', async () => {
    const before = await start()
    const { client, session } = await before.pair()
    const { token } = client
    session.disconnect()
    await until(() => client.status === STATUS.DISCONNECTED)
    before.host.star.close()
    const after = await start()
    const thief = after.client({ token })
    thief.open()
    await until(() => thief.closes.length > 0)
    expect(thief.closes[0]).to.include({ reason: 'ended', retryable: false })
  })

  it('holds no token', async () => {
    const before = await start()
    const { client } = await before.pair()
    const { token } = client
    before.host.star.close()
    const content = readFileSync(stateFile, 'latin1')
    expect(content).to.not.contain(token).and.not.contain(token.slice(0, 22)).and.not.contain(token.slice(22))
  })

  it('a damaged file is refused, set aside, and said so; clients are renewed', async () => {
    const before = await start()
    const { client } = await before.pair()
    before.host.star.close()
    writeFileSync(stateFile, readFileSync(stateFile).subarray(0, -1))
    const errors: unknown[][] = []
    const after = await start({ ...SILENT_LOG, error: (...args) => errors.push(args) })
    client.cut()
    client.moveTo(after.host)
    await client.resume()
    await until(() => client.welcome?.renewed === 'unknown')
    expect(errors[0]?.[0]).to.equal('star.state-refused')
    expect(JSON.stringify(errors[0])).to.contain('is not complete').and.contain('set aside')
  })

  it('OPS-6 data that JSON cannot carry costs its session, which is renewed with state-lost, and no other', async () => {
    const before = await start()
    const [broken, whole] = [await before.pair(), await before.pair()]
    broken.session.data = undefined as never
    before.host.star.close()
    const errors: unknown[][] = []
    const after = await start({ ...SILENT_LOG, error: (...args) => errors.push(args) })
    for (const { client } of [broken, whole]) {
      client.cut()
      client.moveTo(after.host)
      await client.resume()
    }
    await until(() => broken.client.welcome?.renewed === 'state-lost' && whole.client.welcomedBack === 1)
    expect(errors[0]?.[0]).to.equal('star.session-not-read')
  })

  it('a snapshot that is not the latest is found out: the session is renewed with state-lost', async () => {
    const before = await start()
    const { client, session } = await before.pair()
    await session.flush()
    before.host.star.close()
    const stale = readFileSync(stateFile)
    const second = await start()
    client.cut()
    client.moveTo(second.host)
    await client.resume()
    client.say(['chat', 1])
    await client.flushed()
    second.host.star.close()
    writeFileSync(stateFile, stale)
    const third = await start()
    client.cut()
    client.moveTo(third.host)
    client.open()
    await until(() => client.closes.some(({ reason }) => reason === 'state-lost'))
    client.open()
    await until(() => client.welcome?.renewed === 'state-lost')
    expect(client.status).to.equal(STATUS.CONNECTED)
  })
})
