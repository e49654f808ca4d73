import { STATUS, type StarSocket, wrap } from '@socket-star/client'
import type { Session } from '@socket-star/server'
import { expect } from 'chai'
import type { Socket as ServerSocket } from 'socket.io'
import { PARTING_MS } from '../../src/session/limits.ts'
import { codeOf } from '../support/error-of.ts'
import { ManualTimers } from '../support/manual-timers.ts'
import { type RealStar, realStar } from '../support/real-star.ts'
import { uncaughtDuring } from '../support/uncaught.ts'
import { next, ready, until } from './until.ts'

describe('session', () => {
  let host: RealStar
  let sessions: Session[]
  beforeEach(async () => {
    host = await realStar()
    sessions = []
    host.star.on('session', (session) => sessions.push(session))
  })
  afterEach(() => host.close())

  /** A wrapped client whose session is there, and the server's end of it. */
  async function connected(): Promise<{ star: StarSocket; session: Session }> {
    const star = wrap(host.client())
    await ready(star)
    return { star, session: sessions.at(-1) as Session }
  }

  it('HS-1 HS-4 goes through the statuses, and has the id that the server gave', async () => {
    const star = wrap(host.client())
    const statuses: number[] = [star.status]
    star.on('status', (status) => statuses.push(status))
    expect(star.id).to.equal(undefined)
    await ready(star)
    expect(statuses).to.deep.equal([STATUS.OPEN, STATUS.PRECONNECTED, STATUS.CONNECTED])
    expect(star.id).to.equal(sessions[0]?.id)
  })

  for (const [name, at] of Object.entries({
    PRECONNECTED: STATUS.PRECONNECTED,
    CONNECTED: STATUS.CONNECTED,
  })) {
    it(`HS-10 HS-14 a listener of the status that disconnects at ${name} ends the session on both sides`, async () => {
      const ends: unknown[] = []
      host.star.on('session', (session) => session.on('end', (why) => ends.push(why)))
      const star = wrap(host.client())
      const told: unknown[] = []
      star.on('status', (status) => {
        told.push(status)
        if (status === at) star.disconnect()
      })
      star.on('end', (why) => told.push(why))
      await until(() => told.includes('client') && ends.length > 0 && !star.connected)
      expect(told).to.deep.equal([STATUS.PRECONNECTED, STATUS.CONNECTED, STATUS.DISCONNECTED, 'client'])
      expect(ends).to.deep.equal(['client'])
      expect(host.star.sessions.size).to.equal(0)
    })
  }

  it('SES-6 what is emitted before the connection arrives first, then the rest, in order and once', async () => {
    const heard: unknown[][] = []
    host.star.on('session', (session) => session.on('chat', (...args) => heard.push(args)))
    const star = wrap(host.client())
    expect(star.emit('chat', 1, { deep: [true] })).to.equal(false)
    expect(star.emit('chat', 2)).to.equal(false)
    await next(star, 'drain')
    for (let n = 3; n <= 100; n++) star.emit('chat', n)
    await star.flush()
    expect(heard.length).to.equal(100)
    expect(heard[0]).to.deep.equal([1, { deep: [true] }])
    expect(heard.slice(1).flat()).to.deep.equal(Array.from({ length: 99 }, (_, i) => i + 2))
    expect(star.bufferedAmount).to.equal(0)
  })

  it('SES-8 what no other side could read is refused where it is emitted, and costs nothing else', async () => {
    const { star, session } = await connected()
    const many = Array.from({ length: 1_100 }, (_, n) => n)
    session.on('many', (reply) => reply(...many))
    for (const from of [star, session, star.volatile, session.volatile]) {
      expect(() => from.emit('chat', ...many))
        .to.throw()
        .with.property('code', 'ERR_TOO_LARGE')
    }
    expect(await codeOf(star.emitWithAck('chat', ...many))).to.equal('ERR_TOO_LARGE')
    expect(await codeOf(star.emitWithAck('many'))).to.equal('ERR_TOO_LARGE')
    const came = next(session, 'after')
    star.emit('after', 'and still there')
    expect(await came).to.deep.equal(['and still there'])
    star.disconnect()
  })

  it('SES-12 binary comes whole, and what is changed after the emit does not', async () => {
    const { star, session } = await connected()
    const data = { bytes: new Uint8Array([1, 2, 3]), n: 1 }
    const came = next<[typeof data]>(session, 'data')
    star.emit('data', data)
    data.n = 2
    const [got] = await came
    expect(got.n).to.equal(1)
    expect([...new Uint8Array(got.bytes)]).to.deep.equal([1, 2, 3])
    const back = next<[Uint8Array]>(star, 'back')
    session.emit('back', new Uint8Array([4, 5]))
    expect([...(await back)[0]]).to.deep.equal([4, 5])
  })

  it('SES-10 SES-11 requests and responses go both ways', async () => {
    const { star, session } = await connected()
    session.on('greet', (name, reply) => reply(`hello ${name}`, 'and more'))
    expect(await star.emitWithAck('greet', 'Ada')).to.equal('hello Ada')
    const answer = new Promise((resolve) => star.emit('greet', 'Ben', (...args: unknown[]) => resolve(args)))
    expect(await answer).to.deep.equal(['hello Ben', 'and more'])
    const timed = new Promise((resolve) =>
      star.timeout(1_000).emit('greet', 'Cy', (...args: unknown[]) => resolve(args)),
    )
    expect(await timed).to.deep.equal([null, 'hello Cy', 'and more'])
    star.on('question', async (a, b, reply) => reply(a + b))
    expect(await session.emitWithAck('question', 1, 2)).to.equal(3)
    expect(await codeOf(session.emitWithAck('nobody'))).to.equal('ERR_REMOTE')
  })

  it('SES-10 a request that is not answered in time fails, and its late response is ignored', async () => {
    const { star, session } = await connected()
    let answer: (text: string) => void = () => {}
    session.on('slow', (reply) => {
      answer = reply
    })
    // a time that a configuration lacks takes the requests after it nothing
    expect(await codeOf(star.timeout(undefined as never).emitWithAck('slow'))).to.equal('ERR_BAD_REQUEST')
    expect(await codeOf(star.timeout(20).emitWithAck('slow'))).to.equal('ERR_TIMEOUT')
    const late = new Promise<unknown>((resolve) => star.timeout(20).emit('slow', resolve))
    expect(await late).to.include({ code: 'ERR_TIMEOUT' })
    answer('late')
    await session.flush()
    expect(star.isConnected()).to.equal(true)
  })

  it('SES-10 a callback that throws is the application’s own matter: nobody else notices', async () => {
    const { star, session } = await connected()
    session.on('greet', (name, reply) => reply(`hello ${name}`))
    session.on('never', (_reply) => {})
    const fail = (text: string) => () => {
      throw new Error(text)
    }
    const cuts: unknown[] = []
    star.on('disconnect', (why) => cuts.push(why))
    const errors = await uncaughtDuring(async (errors) => {
      star.emit('greet', 'Ada', fail('answered'))
      star.timeout(5).emit('never', fail('late'))
      const timed = codeOf(star.timeout(5).emitWithAck('never'))
      expect(await timed).to.equal('ERR_TIMEOUT')
      expect(await codeOf(star.timeout(5).emitWithAck('never'))).to.equal('ERR_TIMEOUT')
      await until(() => errors.length === 2)
      expect(await star.emitWithAck('greet', 'Ben')).to.equal('hello Ben')
      expect(cuts).to.deep.equal([])
      star.timeout(60_000).emit('never', fail('over'))
      const ended = codeOf(star.emitWithAck('never'))
      star.disconnect()
      expect(await ended).to.equal('ERR_CLOSED')
      await until(() => errors.length === 3 && !star.connected)
    })
    expect(errors.map(String).sort()).to.deep.equal(['Error: answered', 'Error: late', 'Error: over'])
  })

  const auths = {
    'an object': { token: 'mine' },
    'a function': (go: (data: object) => void) => go({ token: 'mine' }),
    nothing: undefined,
  }
  for (const [what, auth] of Object.entries(auths)) {
    it(`SES-2 a socket whose auth is ${what} has it back after the end, and can be wrapped again`, async () => {
      const seen: unknown[] = []
      host.io.use((socket, go) => {
        seen.push(socket.handshake.auth)
        go()
      })
      const socket = host.client(auth ? { auth } : {})
      const own = socket.auth
      for (let wraps = 0; wraps < 2; wraps++) {
        const star = wrap(socket)
        star.connect()
        await ready(star)
        star.disconnect()
        await until(() => !star.connected && socket.auth === own)
      }
      const events: string[] = []
      socket.onAny((event) => events.push(event))
      host.io.on('connection', (plain) => plain.on('plain', (reply) => reply()))
      socket.connect()
      await socket.emitWithAck('plain')
      await socket.emitWithAck('plain')
      const plain = seen.pop()
      expect(seen).to.have.length(2)
      for (const wrapped of seen) expect(wrapped).to.have.property('socket-star')
      expect(plain).to.deep.equal(auth ? { token: 'mine' } : {})
      expect(events).to.deep.equal([])
    })
  }

  it('SES-8 a listener is called until it is taken away, once() once; whoever throws stops nobody', async () => {
    const { star, session } = await connected()
    const heard: string[] = []
    const listener = (text: string) => heard.push(text)
    star.on('news', listener).once('news', listener)
    session.emit('news', 'one')
    await until(() => heard.length === 2)
    session.emit('news', 'two')
    await until(() => heard.length === 3)
    star.off('news', listener)
    session.emit('news', 'three')
    await session.flush()
    expect(heard).to.deep.equal(['one', 'one', 'two'])
  })

  it('CH-9 credit goes back when an asynchronous listener has settled', async () => {
    await host.close()
    host = await realStar({ sessions: { windowMessages: 4 } })
    let release: () => void = () => {}
    let begun = 0
    host.star.on('session', (session) => {
      session.on('work', () => {
        begun += 1
        return new Promise<void>((resolve) => {
          release = resolve
        })
      })
    })
    const star = wrap(host.client())
    await ready(star)
    expect([1, 2, 3, 4, 5].map((n) => star.emit('work', n))).to.deep.equal([true, true, true, true, false])
    await until(() => begun === 4)
    expect(star.bufferedAmount).to.be.above(0)
    const drained = next(star, 'drain')
    release()
    await drained
  })

  it('SES-8 refuses names that no event may have, and what cannot be sent', async () => {
    const { star } = await connected()
    for (const name of ['status', 'renew', 'connect', 'disconnect', '__proto__', 'x'.repeat(257)]) {
      expect(() => star.emit(name))
        .to.throw()
        .with.property('code', 'ERR_BAD_REQUEST')
    }
    expect(() => star.emit('big', 'x'.repeat(1_000_000)))
      .to.throw()
      .with.property('code', 'ERR_TOO_LARGE')
    const eleven = Array.from({ length: 11 }, () => new Uint8Array(1))
    expect(() => star.emit('many', ...eleven))
      .to.throw()
      .with.property('code', 'ERR_TOO_LARGE')
    expect(await codeOf(star.emitWithAck('constructor'))).to.equal('ERR_BAD_REQUEST')
    expect(star.bufferedAmount).to.equal(0)
  })

  it('send() tells what isConnected() tells, and onMessage hears it', async () => {
    const star = wrap(host.client())
    expect(star.isConnected()).to.equal(false)
    expect(star.send('lost')).to.equal(false)
    expect(star.bufferedAmount).to.equal(0)
    await ready(star)
    const texts: string[] = []
    const session = sessions[0] as Session
    session.onMessage = (text) => texts.push(`server: ${text}`)
    star.onMessage = (text) => texts.push(`client: ${text}`)
    expect(star.send('up')).to.equal(star.isConnected())
    expect(session.send('down')).to.equal(true)
    await until(() => texts.length === 2)
    expect(texts.sort()).to.deep.equal(['client: down', 'server: up'])
  })

  it('SES-13 a connection on which too much waits takes no volatile emit, on either side', async () => {
    const socket = host.client()
    const star = wrap(socket)
    await ready(star)
    const session = sessions[0] as Session
    const [plain] = [...host.io.sockets.sockets.values()] as [ServerSocket]
    const ends = [
      [star, (socket.io.engine.transport as unknown as { ws: object }).ws],
      [session, (plain.conn.transport as unknown as { socket: object }).socket],
    ] as const
    for (const [end, webSocket] of ends) {
      let waiting = 10_000_000
      Object.defineProperty(webSocket, 'bufferedAmount', { get: () => waiting })
      expect(end.volatile.emit('tick', 1)).to.equal(false)
      waiting = 0
      expect(end.volatile.emit('tick', 2)).to.equal(true)
    }
    expect(await next(session, 'tick')).to.deep.equal([2])
  })

  it('SES-13 what comes on star-volatile before the welcome is ignored', async () => {
    const heard: unknown[] = []
    host.io.prependListener('connection', (plain) => plain.emit('star-volatile', '["tick",1]'))
    const star = wrap(host.client())
    star.on('tick', (n) => heard.push(n))
    await ready(star)
    for (const plain of host.io.sockets.sockets.values()) plain.emit('star-volatile', '["tick",2]')
    await until(() => heard.length > 0)
    expect(heard).to.deep.equal([2])
  })

  it('SES-13 what nobody can answer takes no callback', async () => {
    const { star, session } = await connected()
    for (const from of [star.volatile, session.volatile, host.star.to('lobby'), session.to('lobby')]) {
      expect(() => from.emit('tick', 1, () => {}))
        .to.throw()
        .with.property('code', 'ERR_BAD_REQUEST')
      expect(() => from.emit('status', 1))
        .to.throw()
        .with.property('code', 'ERR_BAD_REQUEST')
    }
  })

  it('SES-13 volatile emits go around the sequence, and nowhere while there is no connection', async () => {
    const star = wrap(host.client())
    expect(star.volatile.emit('tick', 0)).to.equal(false)
    await ready(star)
    const session = sessions[0] as Session
    const tick = next(session, 'tick')
    expect(star.volatile.emit('tick', 1)).to.equal(true)
    expect(await tick).to.deep.equal([1])
    const tock = next(star, 'tock')
    session.volatile.emit('tock', 2)
    expect(await tock).to.deep.equal([2])
    expect(star.bufferedAmount).to.equal(0)
  })

  it('HS-10 disconnect() ends the session on both sides for good', async () => {
    const { star, session } = await connected()
    const ended = next(session, 'end')
    const gone = next(star, 'end')
    star.emit('last', 'words')
    const words = next(session, 'last')
    star.disconnect()
    expect(await words).to.deep.equal(['words'])
    expect(await ended).to.deep.equal(['client', []])
    expect((await gone)[0]).to.equal('client')
    expect(star.status).to.equal(STATUS.DISCONNECTED)
    await until(() => !star.connected)
    expect(() => star.emit('more'))
      .to.throw()
      .with.property('code', 'ERR_CLOSED')
    expect(() => star.connect())
      .to.throw()
      .with.property('code', 'ERR_CLOSED')
    expect(await codeOf(star.emitWithAck('more'))).to.equal('ERR_CLOSED')
    expect([...host.star.sessions]).to.deep.equal([])
  })

  it('HS-10 the server ends the session; the socket can be wrapped anew', async () => {
    const { star, session } = await connected()
    const waiting = codeOf(star.emitWithAck('nobody answers this one, as the listener keeps it'))
    session.on('nobody answers this one, as the listener keeps it', () => {})
    const gone = next(star, 'end')
    session.disconnect()
    expect((await gone)[0]).to.equal('server')
    expect(star.status).to.equal(STATUS.DISCONNECTED)
    expect(await waiting).to.be.oneOf(['ERR_CLOSED', 'ERR_REMOTE'])
    const again = wrap(star.socket as Parameters<typeof wrap>[0])
    expect(again).to.not.equal(star)
    again.connect()
    await ready(again)
    expect(again.id).to.not.equal(star.id)
  })

  for (const [who, partingMs] of [
    ['the server closed', 0],
    ['the server did not close in time', PARTING_MS],
  ] as const) {
    it(`a session that its client ended leaves a socket that ${who} for another one, which whoever hears of it begins`, async () => {
      const wakefulTimers = new ManualTimers()
      const socket = host.client()
      const star = wrap(socket, { env: { wakefulTimers } })
      await ready(star)
      const again = new Promise<StarSocket>((resolve) =>
        star.on('disconnect', () => resolve(wrap(socket).connect())),
      )
      star.disconnect()
      wakefulTimers.advance(partingMs)
      const other = await again
      await ready(other)
      expect(wrap(socket)).to.equal(other)
      expect(other.id).to.not.equal(star.id)
      await other.flush()
      other.disconnect()
    })
  }

  it('an application that connects whenever it is told of a disconnection does not keep Socket.IO from it', async () => {
    const star = wrap(host.client())
    await ready(star)
    star.on('disconnect', () => star.status < STATUS.DISCONNECTED && star.connect())
    for (let cuts = 0; cuts < 3; cuts++) {
      const resumed = next(star, 'resume')
      for (const { conn } of host.io.sockets.sockets.values()) conn.close()
      await resumed
    }
    star.disconnect()
  })

  it('leaves no listener on the socket when it has ended', async () => {
    const socket = host.client()
    const star = wrap(socket)
    await ready(star)
    star.disconnect()
    await until(() => !socket.connected)
    expect(socket.listeners('connect')).to.have.length(0)
    expect(socket.listeners('disconnect')).to.have.length(0)
    // biome-ignore lint/suspicious/noExplicitAny: the suite's own event
    expect(socket.listeners('star' as any)).to.have.length(0)
  })
})
