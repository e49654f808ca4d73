import { type Refusal, type Renewal, STATUS, type StarSocket, wrap } from '@socket-star/client'
import type { StarError } from '@socket-star/protocol'
import { systemTimers, type Timers } from '@socket-star/pull-stream'
import type { Session } from '@socket-star/server'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { codeOf } from '../support/error-of.ts'
import { fakeStar } from '../support/fake-star.ts'
import { ManualTimers } from '../support/manual-timers.ts'
import { type RealStar, realStar } from '../support/real-star.ts'
import { next, ready, until } from './until.ts'

describe('renewal', () => {
  let host: RealStar
  let sessions: Session[]
  let heard: unknown[][]
  const listen = (): void => {
    host.star.on('session', (session) => {
      sessions.push(session)
      session.on('chat', (...args) => heard.push(args))
      session.on('keep', (_reply) => {})
      session.on('greet', (name, reply) => reply(`hello ${name}`))
    })
  }
  beforeEach(async () => {
    host = await realStar()
    sessions = []
    heard = []
    listen()
  })
  afterEach(() => host.close())

  /** The server forgets everything, and what the client emits meanwhile is not known to have been received. */
  async function restart(star: StarSocket, meanwhile: () => void): Promise<void> {
    const down = next(star, 'disconnect')
    await host.stop()
    await down
    meanwhile()
    await host.start()
    listen()
  }

  async function connected(socket: Socket = host.client()): Promise<StarSocket> {
    const star = wrap(socket)
    await ready(star)
    return star
  }

  it('SES-16 what the new session needs is said before the rest is sent again, by whoever waits for it first', async () => {
    const star = await connected()
    const news: unknown[] = []
    star.on('news', (text) => news.push(text))
    const enter = (session: Session): void => {
      session.on('enter', (done) => {
        session.join('lobby')
        done()
      })
      session.on('tell', (text) => host.star.to('lobby').emit('news', text))
    }
    for (const session of sessions) enter(session)
    await star.emitWithAck('enter')
    star.on('renew', async ({ resend }) => {
      await star.emitWithAck('enter')
      resend()
    })
    star.emit('tell', 'before')
    await until(() => news.length === 1)
    await star.flush()
    await restart(star, () => star.emit('tell', 'while away'))
    host.star.on('session', enter)
    await until(() => news.length === 2)
    expect(news).to.deep.equal(['before', 'while away'])
  })

  it('HS-8 SES-16 hands back what was never acknowledged, and sends it again first when told to', async () => {
    const star = await connected()
    const id = star.id
    star.emit('chat', 'received')
    await star.flush()
    const renewed = new Promise<Renewal>((resolve) =>
      star.on('renew', (renewal) => {
        star.emit('chat', 'during')
        renewal.resend()
        renewal.resend()
        resolve(renewal)
      }),
    )
    let response: Promise<unknown> = Promise.resolve()
    let flushed: Promise<unknown> = Promise.resolve()
    await restart(star, () => {
      star.emit('chat', 'one')
      response = star.emitWithAck('greet', 'Ada')
      star.emit('chat', 'two', { n: 2 })
      flushed = codeOf(star.flush())
    })
    const renewal = await renewed
    expect(renewal.reason).to.equal('unknown')
    expect(renewal.unacknowledged).to.deep.equal([
      ['chat', 'one'],
      ['greet', 'Ada'],
      ['chat', 'two', { n: 2 }],
    ])
    expect(await response).to.equal('hello Ada')
    expect(await flushed).to.equal('ERR_INTERRUPTED')
    await star.flush()
    expect(heard).to.deep.equal([['received'], ['one'], ['two', { n: 2 }], ['during']])
    expect(star.id).to.not.equal(id)
  })

  it('SES-16 what is sent again at once counts for who flushes then, and at the end', async () => {
    const star = await connected()
    const flushed = new Promise<unknown[][]>((resolve) =>
      star.on('renew', (renewal) => {
        renewal.resend()
        void star.flush().then(() => resolve([...heard]))
      }),
    )
    await restart(star, () => star.emit('chat', 'one'))
    expect(await flushed).to.deep.equal([['one']])

    const ended = next<[string, unknown[][]]>(star, 'end')
    star.on('renew', (renewal) => {
      renewal.resend()
      star.disconnect()
    })
    await restart(star, () => star.emit('chat', 'two'))
    expect(await ended).to.deep.equal(['client', [['chat', 'two']]])
  })

  it('CH-11 SES-16 who was told to slow down in a session that is gone is told to go on in the next one', async () => {
    const star = await connected()
    let drains = 0
    star.on('drain', () => (drains += 1))
    await restart(star, () => {
      while (star.emit('chat'));
    })
    await next(star, 'renew')
    await until(() => drains > 0)
    star.emit('chat', 'on')
    await star.flush()
    expect(heard).to.deep.equal([['on']])
    expect(drains).to.equal(1)
  })

  it('SES-16 what a renewal has not handed back yet is handed back at the end, and was not flushed', async () => {
    const star = await connected()
    const ended = next<[string, unknown[][]]>(star, 'end')
    let flushed: Promise<unknown> = Promise.resolve()
    await restart(star, () => {
      star.emit('chat', 'one')
      // renewed, and before the welcome of the new session
      star.on('status', (status) => {
        if (status !== STATUS.CONNECTED) return
        queueMicrotask(() => {
          flushed = codeOf(star.flush())
          star.emit('chat', 'two')
          star.disconnect()
        })
      })
    })
    const [reason, unacknowledged] = await ended
    expect(reason).to.equal('client')
    expect(unacknowledged).to.deep.equal([
      ['chat', 'one'],
      ['chat', 'two'],
    ])
    expect(await flushed).to.equal('ERR_INTERRUPTED')
  })

  it('HS-8 SES-16 drops it without a listener; requests are interrupted, also those that were received', async () => {
    const star = await connected()
    const kept = codeOf(star.emitWithAck('keep'))
    await star.flush()
    let lost: Promise<unknown> = Promise.resolve()
    await restart(star, () => {
      star.emit('chat', 'lost')
      lost = codeOf(star.emitWithAck('greet', 'Ada'))
    })
    expect(await kept).to.equal('ERR_INTERRUPTED')
    expect(await lost).to.equal('ERR_INTERRUPTED')
    await ready(star)
    star.emit('chat', 'new')
    await star.flush()
    expect(heard).to.deep.equal([['new']])
  })

  it('HS-8 SES-16 an application may decide later', async () => {
    const star = await connected()
    const renewed = next<[Renewal]>(star, 'renew')
    let response: Promise<unknown> = Promise.resolve()
    await restart(star, () => {
      response = star.emitWithAck('greet', 'Ada')
    })
    const [renewal] = await renewed
    star.emit('chat', 'between')
    await star.flush()
    renewal.resend()
    renewal.drop()
    expect(await response).to.equal('hello Ada')
  })

  it('SES-16 what it never decides about ends with the next renewal, and with the session', async () => {
    const star = await connected()
    const renewals: Renewal[] = []
    star.on('renew', (renewal) => renewals.push(renewal))
    const codes: unknown[] = []
    for (const round of [1, 2]) {
      const renewed = next(star, 'renew')
      await restart(star, () => {
        void codeOf(star.emitWithAck('greet', 'Ada')).then((code) => codes.push(round, code))
      })
      await renewed
      await star.flush()
    }
    expect(codes).to.deep.equal([1, 'ERR_INTERRUPTED'])
    renewals[0]?.resend()
    star.disconnect()
    await until(() => codes.length === 4)
    expect(codes).to.deep.equal([1, 'ERR_INTERRUPTED', 2, 'ERR_CLOSED'])
    expect(heard).to.deep.equal([])
  })

  it('HS-8 a request handler of the session before cannot answer into the next one', async () => {
    const star = await connected()
    const answers: ((text: string) => void)[] = []
    star.on('ask', (reply) => void answers.push(reply))
    void codeOf((sessions[0] as Session).emitWithAck('ask'))
    await sessions[0]?.flush()
    const renewed = next(star, 'renew')
    await restart(star, () => {})
    await renewed
    // the first of its session, as the other was
    const asked = (sessions.at(-1) as Session).emitWithAck('ask')
    await until(() => answers.length === 2)
    for (const [each, text] of ['stale', 'fresh'].entries()) answers[each]?.(text)
    expect(await asked).to.equal('fresh')
  })

  it('SES-16 what is emitted by whoever hears that a request is interrupted belongs to the next session', async () => {
    const star = await connected()
    star.timeout(60_000).emit('keep', (error: Error | null) => star.emit('chat', (error as StarError).code))
    await star.flush()
    await restart(star, () => {})
    await until(() => heard.length > 0)
    expect(heard).to.deep.equal([['ERR_INTERRUPTED']])
  })

  it('SES-16 and so does what is flushed by whoever hears that', async () => {
    const star = await connected()
    const flushed = new Promise((resolve) => {
      star.timeout(60_000).emit('keep', () => {
        star.emit('chat', 'anew')
        resolve(star.flush())
      })
    })
    await star.flush()
    await restart(star, () => {})
    await flushed
    expect(heard).to.deep.equal([['anew']])
  })

  it('HS-13 another owner takes the session: replaced, then a session of its own', async () => {
    const socket = host.client()
    const star = await connected(socket)
    const first = sessions[0] as Session
    star.emit('chat', 'mine')
    await star.flush()
    const replaced = next(star, 'replaced')
    const renewed = next<[Renewal]>(star, 'renew')
    // what a server says of a takeover; the takeover itself is the server's own test
    for (const plain of host.io.sockets.sockets.values()) {
      plain.emit('star-close', 'replaced', false)
      plain.disconnect()
    }
    await replaced
    expect((await renewed)[0].reason).to.equal('replaced')
    await ready(star)
    expect(star.id).to.not.equal(first.id)
    expect(star.status).to.equal(STATUS.CONNECTED)
  })
})

describe('what was emitted before a welcome', () => {
  it('SES-15 is reported, and not sent, where it turns out to be too large; nobody waits for it', async () => {
    const host = await realStar({ sessions: { maxMessageBytes: 20_000 } })
    const heard: unknown[] = []
    host.star.on('session', (session) => session.on('chat', (text) => heard.push(text)))
    const star = wrap(host.client())
    const undelivered: unknown[] = []
    star.on('undelivered', (error, [name]) => undelivered.push(error.code, name))
    star.emit('chat', 'small')
    star.emit('large', 'x'.repeat(20_000))
    const asked = codeOf(star.emitWithAck('large', 'x'.repeat(20_000)))
    star.emit('chat', 'small, too')
    expect(await codeOf(star.flush())).to.equal('ERR_INTERRUPTED')
    expect(await asked).to.equal('ERR_TOO_LARGE')
    expect(undelivered).to.deep.equal(['ERR_TOO_LARGE', 'large', 'ERR_TOO_LARGE', 'large'])
    await star.flush()
    expect(heard).to.deep.equal(['small', 'small, too'])
    await host.close()
  })

  /** A connection that is cut when the session is there and its welcome is not. */
  function cutBeforeWelcome(socket: Socket, star: StarSocket, then: () => void = () => {}): void {
    let times = 0
    star.on('status', (status) => {
      if (status !== STATUS.CONNECTED || ++times > 1) return
      socket.io.engine.close()
      then()
    })
  }

  it('SES-15 waits for message 0, also where a resume brings the parameters first', async () => {
    const host = await realStar({ sessions: { maxMessageBytes: 20_000 } })
    const heard: unknown[] = []
    host.star.on('session', (session) => session.on('chat', (text) => heard.push(text)))
    const socket = host.client()
    const star = wrap(socket)
    cutBeforeWelcome(socket, star)
    const undelivered = next<[Error & { code: string }, unknown[]]>(star, 'undelivered')
    const resumed = next(star, 'resume')
    star.emit('large', 'x'.repeat(20_000))
    star.emit('chat', 'small')
    await resumed
    const [{ code }, [name]] = await undelivered
    expect([code, name]).to.deep.equal(['ERR_TOO_LARGE', 'large'])
    await star.flush()
    expect(heard).to.deep.equal(['small'])
    await host.close()
  })

  it('HS-15 SES-16 is of no session that could be renewed where the first handshake was cut on its way to the server', async () => {
    const host = await realStar()
    const heard: unknown[] = []
    host.star.on('session', (session) => session.on('chat', (text) => heard.push(text)))
    const socket = host.client()
    const inside = socket as unknown as { packet(sent: { data?: unknown[] }): void }
    const packet = inside.packet.bind(socket)
    let tokens = 0
    // nothing that the client says arrives, and the connection is gone once it has the server's token
    inside.packet = (sent) => {
      if (sent.data?.[0] !== 'dop' || ++tokens > 2) packet(sent)
      else if (tokens === 2) socket.io.engine.close()
    }
    const star = wrap(socket)
    let renewals = 0
    star.on('renew', () => (renewals += 1))
    star.emit('chat', 'first')
    await star.flush()
    expect(heard).to.deep.equal(['first'])
    expect(tokens).to.be.greaterThan(2)
    expect(renewals).to.equal(0)
    await host.close()
  })

  it('SES-15 SES-16 goes on waiting when the session is renewed, a request with it', async () => {
    const host = await realStar()
    const socket = host.client()
    const star = wrap(socket)
    let stopped: Promise<void> | undefined
    cutBeforeWelcome(socket, star, () => {
      stopped = host.stop()
    })
    const asked = star.emitWithAck('greet', 'Ada')
    await until(() => stopped !== undefined)
    await stopped
    await host.start()
    const heard: unknown[] = []
    host.star.on('session', (session) => {
      session.on('chat', (text) => heard.push(text))
      session.on('greet', (name, reply) => reply(`hello ${name}`))
    })
    const renewed = next<[Renewal]>(star, 'renew')
    star.emit('chat', 'away')
    expect((await renewed)[0].unacknowledged).to.deep.equal([])
    expect(await asked).to.equal('hello Ada')
    await star.flush()
    expect(heard).to.deep.equal(['away'])
    await host.close()
  })
})

describe('refusals', () => {
  let host: RealStar
  beforeEach(async () => {
    host = await realStar()
  })
  afterEach(() => host.close())

  it('SES-5 a retryable refusal is tried again, after a delay that grows', async () => {
    const timers = new ManualTimers()
    const delays: number[] = []
    const wakefulTimers = {
      now: () => timers.now(),
      after(ms: number, callback: () => void) {
        delays.push(ms)
        return timers.after(ms, callback)
      },
    }
    await host.close()
    host = await realStar({ sessions: { maxSessions: 1 } })
    const first = wrap(host.client())
    await ready(first)
    const star = wrap(host.client(), { env: { wakefulTimers, random: () => 0 } })
    const refusals: Refusal[] = []
    star.on('refused', (refusal) => refusals.push(refusal))
    for (let n = 1; n <= 3; n++) {
      await until(() => refusals.length === n && !star.connected)
      timers.advance(delays.at(-1) ?? 0)
    }
    expect(refusals[0]).to.include({ reason: 'quota', retryable: true })
    expect(delays.slice(0, 3)).to.deep.equal([250, 500, 1_000])
    await until(() => refusals.length === 4)
    first.disconnect()
    await until(() => [...host.star.sessions].length === 0)
    timers.advance(60_000)
    await ready(star)
  })

  it('SES-5 any other refusal is told, and nothing is tried again', async () => {
    await host.close()
    host = await realStar({
      public: false,
      authenticate: () => false,
    })
    const star = wrap(host.client())
    const [refusal] = await next<[Refusal]>(star, 'refused')
    expect(refusal).to.include({ reason: 'forbidden', retryable: false })
    // the socket stays, for what needs no session
    expect(star.connected).to.equal(true)
    expect(star.isConnected()).to.equal(false)
    expect(star.emit('chat', 'waits')).to.equal(false)
    star.disconnect()
    expect(star.status).to.equal(STATUS.DISCONNECTED)
  })

  it('SES-15 what the server breaks costs the socket, and the session goes on', async () => {
    // each delay is over at once
    const wakefulTimers: Timers = {
      now: systemTimers.now,
      after: (_ms, callback) => systemTimers.after(1, callback),
    }
    const star = wrap(host.client(), { env: { wakefulTimers } })
    await ready(star)
    const { id } = star
    for (const junk of [
      ['star', 'junk'],
      ['star', [0, 1_000_000], ['["chat"]']],
      ['star', [1, 0, 99, 99, 99, 99]],
      ['star', [6, 0], ['"reset"']],
      ['star-volatile', 3, 'lobby', 'e', 0, 0, 1, [7, 'x']],
      ['dop', 'junk'],
    ]) {
      const refused = next<[Refusal]>(star, 'refused')
      const resumed = next(star, 'resume')
      for (const plain of host.io.sockets.sockets.values()) plain.emit(...(junk as [string]))
      const [refusal] = await refused
      expect(refusal).to.deep.include({ reason: 'protocol', retryable: true })
      expect(refusal.error?.code).to.equal(junk[0] === 'dop' ? 'ERR_HANDSHAKE' : 'ERR_BAD_FRAME')
      await resumed
    }
    expect(star.id).to.equal(id)
  })
})

describe('a server without sessions', () => {
  it('SES-15 leaves the status OPEN; what is emitted waits up to the hard limit', async () => {
    const plain = await fakeStar()
    const star = wrap(plain.client())
    await next(star, 'connect')
    expect(star.status).to.equal(STATUS.OPEN)
    expect(star.emit('chat', 'waits')).to.equal(false)
    expect(star.send('no')).to.equal(false)
    for (let n = 1; n < 65_536; n++) star.emit('chat', n)
    expect(() => star.emit('chat', 'one too many'))
      .to.throw()
      .with.property('code', 'ERR_BACKLOG')
    expect(plain.of('star')).to.have.length(0)
    star.disconnect()
    await until(() => !star.connected)
    expect(star.status).to.equal(STATUS.DISCONNECTED)
    await plain.close()
  })
})
