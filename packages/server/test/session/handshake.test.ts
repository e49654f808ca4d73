import { DEFAULT_WINDOW_BYTES, DEFAULT_WINDOW_MESSAGES } from '@socket-star/protocol/channel'
import { AUTH_KEY, createToken, SESSION_EVENTS, STATUS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import { FRAME_OVERHEAD_BYTES } from '../../src/session/settings.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { nextEvent, until } from '../support/host.ts'
import { Stage } from './stage.ts'

describe('who gets which session', () => {
  let stage: Stage
  afterEach(() => stage.close())

  it('HS-4 HS-5 SES-4 a client that announces itself gets a session and its welcome', async () => {
    stage = await Stage.open()
    const { client, session } = await stage.pair()
    expect(stage.starts).to.deep.equal([{ cause: 'new', renewed: undefined }])
    expect(session.status).to.equal(STATUS.CONNECTED)
    expect(client.status).to.equal(STATUS.CONNECTED)
    expect(client.welcome).to.include({
      id: session.id,
      heartbeatMs: 30_000,
      maxMessageBytes: 1_000_000 - FRAME_OVERHEAD_BYTES,
    })
    expect(client.welcome?.renewed).to.equal(undefined)
    const limits = [30_000, 1_000_000 - FRAME_OVERHEAD_BYTES, null, 120_000]
    const windows = [DEFAULT_WINDOW_MESSAGES, DEFAULT_WINDOW_BYTES]
    expect(client.first).to.deep.equal([5, 1, session.id, ...limits, ...windows, ['rooms']])
    expect([...stage.host.star.sessions]).to.deep.equal([session])
    expect(stage.host.star.sessions.size).to.equal(1)
  })

  it('SES-4 the largest message follows maxHttpBufferSize', async () => {
    stage = await Stage.open({ io: { maxHttpBufferSize: 50_000 } })
    const { client } = await stage.pair()
    expect(client.welcome?.maxMessageBytes).to.equal(50_000 - FRAME_OVERHEAD_BYTES)
  })

  it('HS-5 SES-2 a client may announce itself on `dop`, or by its token alone', async () => {
    stage = await Stage.open()
    const late = await stage.pair({ late: true })
    await stage.cut(late)
    await late.client.resume()
    expect(stage.sessions).to.have.length(1)
    const bare = await stage.host.connect()
    const answer = nextEvent(bare, SESSION_EVENTS.dop)
    bare.emit(SESSION_EVENTS.dop, createToken(new Uint8Array(16)))
    expect((await answer)[0]).to.match(/^[\w-]{22}$/)
  })

  it('SES-2 SES-5 an announcement that cannot be read is refused', async () => {
    stage = await Stage.open()
    for (const announcement of [null, 1, 'x', {}, [1, '', 1], [1, 'x', 0]]) {
      const socket = stage.host.client({ auth: { [AUTH_KEY]: announcement } })
      expect((await nextEvent(socket, SESSION_EVENTS.close)).slice(0, 2)).to.deep.equal(['protocol', false])
    }
    expect(stage.host.star.stats().drops).to.include({ session: 6 })
  })

  it('HS-5 HS-6 on `dop` it is refused as well when it cannot be read, or is not the first that is said', async () => {
    stage = await Stage.open()
    const announcement = [1, 'x', 1]
    for (const said of [[{}], [[announcement]], [[1, 'x']], [announcement, announcement]]) {
      const socket = await stage.host.connect()
      const close = nextEvent(socket, SESSION_EVENTS.close)
      for (const each of said) socket.emit(SESSION_EVENTS.dop, each)
      expect((await close).slice(0, 2)).to.deep.equal(['protocol', false])
    }
    expect(stage.host.star.stats().drops).to.include({ session: 4 })
  })

  it('HS-12 a later attempt of the owner gets the session, the older socket drains and is left to the client', async () => {
    stage = await Stage.open()
    const { client, session } = await stage.pair()
    const heard: unknown[] = []
    session.on('chat', (n) => heard.push(n))
    const statuses: number[] = []
    session.on('status', (status) => statuses.push(status))
    const first = client.socket
    client.say(['chat', 1])
    await client.resume()
    client.say(['chat', 2])
    await until(() => client.drained.length === 1 && heard.length === 2)
    expect(heard).to.deep.equal([1, 2])
    expect(first.connected).to.equal(true)
    expect(statuses).to.deep.equal([])
    first.disconnect()
    session.emit('news')
    await until(() => client.events.length === 1)
    expect(session.status).to.equal(STATUS.CONNECTED)
  })

  it('HS-12 an attempt that is not later is stale, and changes nothing', async () => {
    stage = await Stage.open()
    const { client, session } = await stage.pair({ owner: 'one' })
    await client.resume()
    const late = stage.client({ owner: 'one', token: client.token })
    late.open()
    await until(() => late.closes.length > 0)
    expect(late.closes[0]).to.include({ reason: 'stale', retryable: true })
    session.emit('news')
    await until(() => client.events.length === 1)
  })

  it('HS-13 another owner with the right token takes it over, and the previous one is replaced', async () => {
    stage = await Stage.open()
    const { client, session } = await stage.pair()
    const { token } = client
    session.emit('news', 1)
    await until(() => client.events.length === 1)
    await session.flush()
    const other = stage.client({ token })
    other.open()
    await until(() => client.closes.length > 0)
    expect(client.closes[0]).to.include({ reason: 'replaced', retryable: false })
    expect(client.isDisplaced).to.equal(true)
    // it begins anew and does not fight back
    client.open()
    await until(() => stage.sessions.length === 2)
    expect(stage.sessions[1]?.id).to.not.equal(session.id)
  })

  it('HS-6 a guessed token is a token of a session that is not known: renewal', async () => {
    stage = await Stage.open()
    await stage.pair()
    const guess = stage.client({ token: 'A'.repeat(44) })
    guess.open()
    await until(() => stage.sessions.length === 2)
    await until(() => guess.status === STATUS.CONNECTED)
    expect(stage.starts[1]).to.deep.equal({ cause: 'new', renewed: 'unknown' })
    expect(stage.sessions[1]?.id).to.not.equal(stage.sessions[0]?.id)
  })

  it('HS-6 HS-10 HS-17 a token that ended formally is refused', async () => {
    stage = await Stage.open()
    const { client, session } = await stage.pair()
    const { token } = client
    const ends: unknown[][] = []
    session.on('end', (...end) => ends.push(end))
    await client.disconnect()
    await until(() => ends.length === 1)
    expect(ends).to.deep.equal([['client', []]])
    expect(session.status).to.equal(STATUS.DISCONNECTED)
    const thief = stage.client({ token })
    thief.open()
    await until(() => thief.closes.length > 0)
    expect(thief.closes[0]).to.include({ reason: 'ended', retryable: false })
    expect(thief.closes[0]?.error).to.have.property('code', 'ERR_SESSION_REFUSED')
    expect(thief.status).to.equal(STATUS.DISCONNECTED)
    expect(stage.host.star.sessions.size).to.equal(0)
  })

  it('HS-10 the server ends a session: what was emitted before arrives, then the client is DISCONNECTED', async () => {
    stage = await Stage.open()
    const { client, session } = await stage.pair()
    await session.flush()
    session.emit('bye')
    session.disconnect()
    await until(() => client.status === STATUS.DISCONNECTED)
    expect(client.events).to.deep.equal([['bye']])
    expect(() => session.emit('more')).to.throw('over')
  })

  it('HS-17 the operator ends a session whose client is away: it is refused when it comes back', async () => {
    stage = await Stage.open()
    const pair = await stage.pair()
    await stage.cut(pair)
    const ends: unknown[][] = []
    pair.session.on('end', (...end) => ends.push(end))
    pair.session.emit('news', 1)
    pair.session.disconnect()
    expect(ends).to.deep.equal([['server', [['news', 1]]]])
    pair.client.open()
    await until(() => pair.client.status === STATUS.DISCONNECTED)
  })

  it('HS-8 HS-17 a session whose client does not come back is collected, and renewed when it does', async () => {
    const environment = new FakeEnvironment()
    stage = await Stage.open({ star: { environment, sessions: { resumeWindowMs: 60_000 } } })
    const pair = await stage.pair()
    const { client, session } = pair
    await stage.cut(pair)
    const ends: unknown[][] = []
    session.on('end', (...end) => ends.push(end))
    session.emit('news', { lost: true })
    const asked = session.emitWithAck('ask').catch((error) => error.code)
    const flushed = session.flush().catch((error) => error.code)
    // the end of this turn, at which the session's alarm is set
    await Promise.resolve()
    environment.advance(59_990)
    expect(ends).to.deep.equal([])
    environment.advance(20)
    expect(ends).to.deep.equal([['expired', [['news', { lost: true }], ['ask']]]])
    expect(await asked).to.equal('ERR_CLOSED')
    expect(await flushed).to.equal('ERR_CLOSED')
    expect(stage.host.star.sessions.size).to.equal(0)
    const { token } = client
    client.open()
    await until(() => stage.sessions.length === 2)
    expect(stage.starts[1]?.renewed).to.equal('unknown')
    await until(() => client.status === STATUS.CONNECTED && client.token !== token)
  })

  it('HS-17 a session that its client never confirms is collected after 30 s', async () => {
    const environment = new FakeEnvironment()
    stage = await Stage.open({ star: { environment } })
    const socket = await stage.host.connect({ auth: { [AUTH_KEY]: [1, 'x', 1] } })
    const again = nextEvent(socket, SESSION_EVENTS.dop)
    socket.emit(SESSION_EVENTS.dop, createToken(new Uint8Array(16).fill(7)))
    await again
    environment.advance(30_001)
    expect(await nextEvent(socket, SESSION_EVENTS.close)).to.deep.equal(['unavailable', true])
    expect(stage.sessions).to.deep.equal([])
  })

  it('past the limit of sessions one more is refused, and may try again', async () => {
    stage = await Stage.open({ star: { sessions: { maxSessions: 1 } } })
    await stage.pair()
    const more = stage.client()
    more.open()
    await until(() => more.closes.length > 0)
    expect(more.closes[0]).to.include({ reason: 'quota', retryable: true })
  })

  it('HS-17 sessions that nobody confirmed keep no place from those who come', async () => {
    stage = await Stage.open({ star: { sessions: { maxSessions: 3 } } })
    for (let i = 0; i < 5; i++) {
      const socket = await stage.host.connect()
      socket.emit(SESSION_EVENTS.dop, createToken(new Uint8Array(16).fill(i)))
      await nextEvent(socket, SESSION_EVENTS.dop)
      socket.disconnect()
      const { star } = stage.host
      await until(() => (star.census().statuses.PRECONNECTED ?? 0) === 0)
    }
    await stage.pair()
    await stage.pair()
    await stage.pair()
    const more = stage.client()
    more.open()
    await until(() => more.closes.length > 0)
    expect(more.closes[0]).to.include({ reason: 'quota', retryable: true })
  })

  it('SES-5 drain asks every client to go, and gives nobody a session', async () => {
    stage = await Stage.open()
    const { client, session } = await stage.pair()
    await session.flush()
    session.emit('last words')
    stage.host.star.drain()
    await until(() => client.closes.length > 0 && client.events.length > 0)
    expect(client.closes[0]).to.include({ reason: 'drain', retryable: true })
    client.open()
    await until(() => client.closes.length > 1)
    expect(client.closes[1]).to.include({ reason: 'drain', retryable: true })
    expect(session.status).to.equal(STATUS.RECONNECTING)
  })
})
