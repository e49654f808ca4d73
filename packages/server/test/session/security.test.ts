import { isStarError } from '@socket-star/protocol'
import { SESSION_EVENTS, STATUS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import { type LogFields, starMiddleware } from '../../src/index.ts'
import { SILENT_LOG } from '../../src/log.ts'
import { nextEvent, until } from '../support/host.ts'
import { Stage } from './stage.ts'

const byName = (socket: { handshake: { auth: { name?: string } } }) => socket.handshake.auth.name

describe('the security of sessions', () => {
  let stage: Stage | undefined
  afterEach(async () => {
    await stage?.close()
    stage = undefined
  })

  it('HS-11 a session is resumed by its own principal alone: anybody else gets a new one', async () => {
    stage = await Stage.open({ star: { authenticate: byName } })
    const ada = await stage.pair({ auth: { name: 'ada' } })
    expect(ada.session.principal).to.equal('ada')
    ada.session.emit('secret', 1)
    const eve = stage.client({ auth: { name: 'eve' }, token: ada.client.token })
    eve.open()
    await until(() => eve.welcome !== undefined)
    expect(eve.welcome?.renewed).to.equal('principal')
    expect(eve.welcome?.id).to.not.equal(ada.session.id)
    expect(eve.events).to.deep.equal([])
    expect(ada.session.status).to.equal(STATUS.CONNECTED)
    ada.session.emit('news', 2)
    await until(() => ada.client.events.length === 2)
    expect(stage.sessions.map(({ principal }) => principal)).to.deep.equal(['ada', 'eve'])
  })

  it('HS-11 also a session that rests', async () => {
    stage = await Stage.open({ star: { authenticate: byName } })
    const ada = await stage.pair({ auth: { name: 'ada' } })
    await stage.cut(ada)
    const eve = stage.client({ auth: { name: 'eve' }, token: ada.client.token })
    eve.open()
    await until(() => eve.welcome?.renewed === 'principal')
    await ada.client.resume()
    expect(stage.host.star.sessions.get(ada.session.id)).to.equal(ada.session)
  })

  it('HS-8 a token that was renewed away never resumes', async () => {
    stage = await Stage.open()
    const pair = await stage.pair()
    const { token } = pair.client
    pair.session.disconnect()
    await until(() => pair.client.status === STATUS.DISCONNECTED)
    const first = stage.client({ token: 'B'.repeat(44) })
    first.open()
    await until(() => first.welcome !== undefined)
    const second = stage.client({ token: 'B'.repeat(44) })
    second.open()
    await until(() => second.welcome !== undefined)
    expect(second.welcome?.renewed).to.equal('unknown')
    expect(second.welcome?.id).to.not.equal(first.welcome?.id)
    expect(first.token).to.not.equal(token)
  })

  it('SES-5 who is not authenticated gets no session, and the host’s own events still work', async () => {
    stage = await Stage.open({ star: { authenticate: byName } })
    stage.host.io.on('connection', (socket) => socket.on('echo', (text, reply) => reply(text)))
    const client = stage.client()
    const socket = client.open()
    await until(() => client.closes.length > 0)
    expect(client.closes[0]).to.include({ reason: 'forbidden', retryable: false })
    expect(await socket.emitWithAck('echo', 'still here')).to.equal('still here')
    socket.emit(SESSION_EVENTS.dop, 'A'.repeat(22))
    expect(await socket.emitWithAck('echo', 'ignored')).to.equal('ignored')
    expect(client.closes[0]?.error?.code).to.equal('ERR_FORBIDDEN')
    const plain = await stage.host.connect()
    expect(await plain.emitWithAck('echo', 'hi')).to.equal('hi')
    expect(stage.sessions).to.deep.equal([])
  })

  it('JOIN-19 production refuses sessions that are not encrypted, and behind a proxy believes a trusted one alone', async () => {
    const star = { production: true, authenticate: () => 'someone', trustProxy: ['127.0.0.1'] }
    stage = await Stage.open({ star })
    const open = stage.client()
    open.open()
    await until(() => open.closes.length > 0)
    expect(open.closes[0]).to.include({ reason: 'forbidden' })
    const proxied = stage.client({ io: { extraHeaders: { 'X-Forwarded-Proto': 'https' } } })
    proxied.open()
    await until(() => proxied.welcome !== undefined)
  })

  it('JOIN-19 production does not start without authentication', () => {
    try {
      starMiddleware({ production: true, log: SILENT_LOG })
    } catch (error) {
      expect(isStarError(error) && error.code).to.equal('ERR_CONFIG')
      return
    }
    throw new Error('it started')
  })

  it('HS-2 tokens, payloads and principals never reach the log', async () => {
    const lines: string[] = []
    const write = (event: string, fields?: LogFields) => lines.push(JSON.stringify([event, fields]))
    const log = { error: write, warn: write, info: write, debug: write }
    stage = await Stage.open({ star: { log, authenticate: byName } })
    const { client, session } = await stage.pair({ auth: { name: 'ada' } })
    session.emit('news', 'a payload')
    await session.flush()
    client.socket.emit(SESSION_EVENTS.frame, 'a broken frame')
    await until(() => client.closes.length > 0)
    const thief = stage.client({ auth: { name: 'ada' }, token: client.token })
    thief.open()
    await until(() => thief.status === STATUS.CONNECTED)
    await thief.disconnect()
    expect(lines).to.not.deep.equal([])
    const text = lines.join('\n')
    for (const secret of [
      client.token,
      client.token.slice(0, 22),
      client.token.slice(22),
      'a payload',
      'broken',
      'ada',
    ]) {
      expect(text).to.not.contain(secret)
    }
  })

  it('HS-6 a token of the client that does not belong where it came closes the socket', async () => {
    stage = await Stage.open()
    const { client, session } = await stage.pair()
    const close = nextEvent(client.socket, SESSION_EVENTS.close)
    client.socket.emit(SESSION_EVENTS.dop, 'C'.repeat(22))
    const [reason, retryable, error] = await close
    expect([reason, retryable]).to.deep.equal(['protocol', false])
    expect(error).to.match(/^ERR_HANDSHAKE: /)
    expect(stage.host.star.stats().drops).to.deep.equal({ session: 1 })
    await until(() => session.status === STATUS.RECONNECTING)
    await client.resume()
    expect(session.status).to.equal(STATUS.CONNECTED)
  })
})
