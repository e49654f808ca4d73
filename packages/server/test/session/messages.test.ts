import { isStarError, StarError } from '@socket-star/protocol'
import { encodePayload, MESSAGE, SESSION_EVENTS, wireBytes } from '@socket-star/protocol/session'
import { expect } from 'chai'
import type { Session } from '../../src/index.ts'
import { type LogFields, SILENT_LOG } from '../../src/log.ts'
import { until } from '../support/host.ts'
import type { ScriptedClient } from './scripted-client.ts'
import { Stage } from './stage.ts'

describe('messages of a session', () => {
  let stage: Stage
  let client: ScriptedClient
  let session: Session
  const open = async (...args: Parameters<typeof Stage.open>) => {
    stage = await Stage.open(...args)
    ;({ client, session } = await stage.pair())
    // the client's credit is known once it acknowledged message 0
    await session.flush()
  }
  afterEach(() => stage.close())

  const codeOf = (act: () => unknown): unknown => {
    try {
      act()
    } catch (error) {
      return isStarError(error) ? error.code : error
    }
    return undefined
  }

  it('SES-6 go both ways in order, numbered from 1, and are acknowledged', async () => {
    await open()
    const heard: unknown[][] = []
    session.on('chat', (...args) => heard.push(args))
    for (let n = 1; n <= 3; n++) client.say(['chat', n])
    for (let n = 1; n <= 3; n++) expect(session.emit('news', { n })).to.equal(true)
    await until(() => heard.length === 3 && client.messages.length === 3)
    expect(heard).to.deep.equal([[1], [2], [3]])
    expect(client.events).to.deep.equal([1, 2, 3].map((n) => ['news', { n }]))
    expect(client.channel.received).to.equal(3)
    await Promise.all([session.flush(), client.flushed()])
    expect(client.channel.acked).to.equal(3)
    expect(session.bufferedAmount).to.equal(0)
  })

  it('what one turn emits travels in one event', async () => {
    await open()
    let frames = 0
    client.socket.on(SESSION_EVENTS.frame, (_head, payloads) => {
      if (payloads !== undefined) frames += 1
    })
    for (let n = 0; n < 200; n++) session.emit('news', n)
    await until(() => client.events.length === 200)
    expect(frames).to.equal(1)
  })

  it('HS-7 are sent again after a cut, once', async () => {
    await open()
    const heard: unknown[] = []
    session.on('chat', (n) => heard.push(n))
    let resumed = 0
    session.on('resume', () => resumed++)
    await stage.cut({ client, session })
    session.emit('news', 1)
    client.say(['chat', 1])
    expect(session.isConnected()).to.equal(false)
    await client.resume()
    session.emit('news', 2)
    await until(() => client.messages.length === 2 && heard.length === 1)
    expect(client.events).to.deep.equal([
      ['news', 1],
      ['news', 2],
    ])
    expect(heard).to.deep.equal([1])
    expect(client.welcomedBack).to.equal(1)
    expect(resumed).to.equal(1)
    expect(stage.sessions).to.have.length(1)
  })

  it('a message that is sent several times is handed on once', async () => {
    await open()
    const heard: unknown[] = []
    session.on('chat', (n) => heard.push(n))
    const seen = client.channel.sent
    client.say(['chat', 'once'])
    await client.flushed()
    const ack = [client.channel.received, client.channel.received, 1e6, 1e9]
    for (let n = 0; n < 5; n++) {
      client.socket.emit(SESSION_EVENTS.frame, [0, seen + 1, ...ack], ['["chat","again"]'])
    }
    client.say(['chat', 'next'])
    await until(() => heard.length === 2)
    expect(heard).to.deep.equal(['once', 'next'])
  })

  it('SES-12 carry what Socket.IO carries, as it was when it was emitted', async () => {
    await open()
    const heard: unknown[][] = []
    session.on('chat', (...args) => heard.push(args))
    const object = { n: 1, at: new Date(0), bytes: Buffer.from([1, 2, 3]) }
    session.emit('news', object, undefined, Number.NaN)
    object.n = 2
    object.bytes[0] = 9
    client.say(['chat', { deep: [Buffer.from('ä')] }])
    await until(() => client.events.length === 1 && heard.length === 1)
    expect(client.events).to.deep.equal([
      ['news', { n: 1, at: '1970-01-01T00:00:00.000Z', bytes: Buffer.from([1, 2, 3]) }, null, null],
    ])
    expect(heard).to.deep.equal([[{ deep: [Buffer.from('ä')] }]])
  })

  it('a listener that settles late gives credit back late', async () => {
    await open({ star: { sessions: { windowMessages: 4 } } })
    const finish: (() => void)[] = []
    session.on('work', () => new Promise<void>((resolve) => finish.push(resolve)))
    for (let n = 0; n < 10; n++) client.say(['work', n])
    await until(() => finish.length === 4)
    expect(client.channel.sent).to.equal(4)
    while (finish.length > 0 || client.channel.acked < 10) {
      finish.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(client.channel.acked).to.equal(10)
  })

  it('CH-9 CH-11 emit says when to slow down, drain when to go on, and past the limit it throws', async () => {
    await open({ star: { sessions: { backlogMessages: 3_000 } } })
    await stage.cut({ client, session })
    let drains = 0
    session.on('drain', () => drains++)
    let accepted = 0
    let first: number | undefined
    const code = codeOf(() => {
      for (;;) {
        if (!session.emit('news', accepted)) first ??= accepted
        accepted += 1
      }
    })
    expect(code).to.equal('ERR_BACKLOG')
    expect(accepted).to.equal(3_000)
    expect(first).to.equal(2_048)
    expect(session.bufferedAmount).to.be.greaterThan(0)
    await client.resume()
    await until(() => client.events.length === 3_000 && drains === 1)
    expect(client.events.map(([, n]) => n)).to.deep.equal(Array.from({ length: 3_000 }, (_, n) => n))
  })

  it('asynchronous listeners of own events, and callbacks, end nothing when they are rejected', async () => {
    const lines: string[] = []
    const places: (string | undefined)[] = []
    const error = (_event: string, fields: LogFields = {}) => {
      lines.push(String(fields.error))
      places.push((fields.stack as readonly string[])[0])
    }
    stage = await Stage.open({ star: { log: { ...SILENT_LOG, error } } })
    stage.host.star.on('session', async (session) => {
      session.on('end', async () => Promise.reject(new Error('at the end')))
      session.onMessage = async () => Promise.reject(new Error('at a text'))
      throw new Error('at the begin')
    })
    const { client, session } = await stage.pair()
    client.say(['message', 'a text'])
    session.emit('ask', async () => Promise.reject(new Error('at an answer')))
    await until(() => client.messages.some(({ kind }) => kind === 'request'))
    client.say([MESSAGE.RESPONSE, 1, null])
    await until(() => lines.length === 3)
    session.disconnect()
    await until(() => lines.length === 4)
    expect(lines).to.have.members([
      'Error: at the begin',
      'Error: at a text',
      'Error: at an answer',
      'Error: at the end',
    ])
    for (const place of places) expect(place).to.match(/^at .*messages\.test\.ts:\d+/)
  })

  it('a listener that throws, or is rejected, stops nothing and is reported', async () => {
    await open()
    const errors: unknown[] = []
    stage.host.star.on('error', (error, at) => errors.push([error, at.id]))
    session.on('chat', () => {
      throw new Error('sync')
    })
    session.on('chat', async () => {
      throw new Error('async')
    })
    client.say(['chat'])
    await until(() => errors.length === 2)
    expect(errors.map((each) => String((each as unknown[])[0]))).to.deep.equal([
      'Error: sync',
      'Error: async',
    ])
    session.emit('news')
    await until(() => client.events.length === 1)
  })

  it('SES-8 no event has the name of one of the session’s or of Socket.IO’s own', async () => {
    await open()
    for (const name of [
      'drain',
      'end',
      'status',
      'disconnect',
      'connect',
      '__proto__',
      'constructor',
      'x'.repeat(257),
    ]) {
      expect(
        codeOf(() => session.emit(name)),
        name,
      ).to.equal('ERR_BAD_REQUEST')
    }
  })

  it('002 send and onMessage carry texts, and send says whether there is a connection', async () => {
    await open()
    const texts: string[] = []
    session.onMessage = (text) => texts.push(text)
    expect(session.send('hello')).to.equal(true)
    client.say(['message', 'hi'])
    await until(() => texts.length === 1 && client.events.length === 1)
    expect(client.events).to.deep.equal([['message', 'hello']])
    expect(texts).to.deep.equal(['hi'])
    await session.flush()
    await stage.cut({ client, session })
    expect(session.send('lost')).to.equal(false)
    expect(session.bufferedAmount).to.equal(0)
  })

  it('SES-13 volatile goes around the sequence, and is dropped while there is no connection', async () => {
    await open()
    const heard: unknown[] = []
    session.on('position', (n) => heard.push(n))
    expect(session.volatile.emit('position', 1)).to.equal(true)
    client.socket.emit(SESSION_EVENTS.volatile, encodePayload(['position', 2]))
    await until(() => client.events.length === 1 && heard.length === 1)
    expect(client.channel.received).to.equal(0)
    await stage.cut({ client, session })
    expect(session.volatile.emit('position', 3)).to.equal(false)
    await client.resume()
    session.emit('after')
    await until(() => client.events.length === 2)
    expect(client.events).to.deep.equal([['position', 1], ['after']])
  })

  describe('requests', () => {
    it('SES-10 SES-11 are answered in both directions', async () => {
      await open()
      session.on('greet', (name: string, reply: (text: string) => void) => reply(`hello ${name}`))
      client.say([MESSAGE.REQUEST, 1, 'greet', 'Ada'])
      await until(() => client.messages.length === 1)
      expect(client.messages[0]).to.deep.equal({ kind: 'response', id: 1, error: null, args: ['hello Ada'] })
      const answer = session.emitWithAck('sum', 1, 2)
      const called = new Promise((resolve) =>
        session.emit('sum', 3, 4, (...args: unknown[]) => resolve(args)),
      )
      await until(() => client.messages.length === 3)
      expect(client.messages.slice(1)).to.deep.equal([
        { kind: 'request', id: 1, name: 'sum', args: [1, 2] },
        { kind: 'request', id: 2, name: 'sum', args: [3, 4] },
      ])
      client.say([MESSAGE.RESPONSE, 2, null, 7])
      client.say([MESSAGE.RESPONSE, 1, null, 3])
      expect(await answer).to.equal(3)
      expect(await called).to.deep.equal([7])
    })

    it('SES-10 fail with the error that was answered, or when their time is over', async () => {
      await open()
      const failed = session.emitWithAck('ask').catch((error) => error.code)
      await until(() => client.messages.length === 1)
      client.say([MESSAGE.RESPONSE, 1, 'ERR_FORBIDDEN: no'])
      expect(await failed).to.equal('ERR_FORBIDDEN')
      expect(
        await session
          .timeout(10)
          .emitWithAck('ask')
          .catch((error) => error.code),
      ).to.equal('ERR_TIMEOUT')
      const [error] = await new Promise<unknown[]>((resolve) =>
        session.timeout(10).emit('ask', (...args: unknown[]) => resolve(args)),
      )
      expect(isStarError(error) && error.code).to.equal('ERR_TIMEOUT')
      // a response that comes late is ignored
      client.say([MESSAGE.RESPONSE, 2, null, 'late'])
      session.emit('after')
      await until(() => client.events.length === 1)
    })

    it('SES-11 a listener that fails, or none, answers with an error', async () => {
      await open()
      session.on('fail', async () => {
        throw new Error('secret')
      })
      client.say([MESSAGE.REQUEST, 1, 'fail'])
      session.on('refuse', () => {
        throw new StarError('ERR_QUOTA', 'enough')
      })
      client.say([MESSAGE.REQUEST, 2, 'nobody'])
      client.say([MESSAGE.REQUEST, 3, 'refuse'])
      await until(() => client.messages.length === 3)
      const failures = client.messages.map((each) => each.kind === 'response' && [each.id, each.error?.code])
      expect(failures).to.have.deep.members([
        [1, 'ERR_REMOTE'],
        [2, 'ERR_REMOTE'],
        [3, 'ERR_QUOTA'],
      ])
      expect(JSON.stringify(client.messages)).to.not.contain('secret')
    })

    it('a callback that throws is the application’s own matter: the client stays, and other requests time out', async () => {
      await open()
      const errors: unknown[] = []
      stage.host.star.on('error', (error) => errors.push(String(error)))
      session.emit('ask', () => {
        throw new Error('answered')
      })
      session.timeout(10).emit('ask', () => {
        throw new Error('late')
      })
      const timed = session.timeout(20).emitWithAck('ask')
      await until(() => client.messages.length === 3)
      client.say([MESSAGE.RESPONSE, 1, null])
      expect(await timed.catch((error) => error.code)).to.equal('ERR_TIMEOUT')
      await until(() => errors.length === 2)
      expect(errors).to.have.members(['Error: answered', 'Error: late'])
      expect(client.closes).to.deep.equal([])
      expect(session.isConnected()).to.equal(true)
    })

    it('the response survives a reconnect', async () => {
      await open()
      let reply = (_answer: string): void => {}
      session.on('slow', (answer) => {
        reply = answer
      })
      client.say([MESSAGE.REQUEST, 1, 'slow'])
      const asked = session.emitWithAck('slow too')
      await until(() => client.messages.length === 1)
      await client.flushed()
      await stage.cut({ client, session })
      reply('done')
      client.say([MESSAGE.RESPONSE, 1, null, 'done too'])
      await client.resume()
      expect(await asked).to.equal('done too')
      await until(() => client.messages.length === 2)
      expect(client.messages[1]).to.deep.equal({ kind: 'response', id: 1, error: null, args: ['done'] })
    })

    it('SES-10 SES-11 each side has 4,096 at most', async () => {
      await open()
      session.on('never', () => {})
      for (let n = 0; n < 4_096; n++) session.emit('ask', () => {})
      expect(codeOf(() => session.emit('ask', () => {}))).to.equal('ERR_QUOTA')
      for (let id = 1; id <= 4_097; id++) client.channel.send(encodePayload([MESSAGE.REQUEST, id, 'never']))
      client.flush()
      await until(() => client.messages.some(({ kind }) => kind === 'response'))
      const failure = client.messages.find(({ kind }) => kind === 'response')
      expect(failure).to.deep.include({ id: 1 })
      expect(failure?.kind === 'response' && failure.error?.code).to.equal('ERR_QUOTA')
    })
  })

  describe('limits', () => {
    it('a burst of 1,200 messages of 1 kB, and 11 messages with a Buffer each, arrive on one connection', async () => {
      await open()
      const { socket } = client
      const heard: unknown[][] = []
      session.on('up', (...args) => heard.push(args))
      const text = 'x'.repeat(1_000)
      for (let n = 0; n < 1_200; n++) session.emit('down', n, text)
      for (let n = 0; n < 11; n++) session.emit('bytes', Buffer.alloc(10, n))
      for (let n = 0; n < 1_200; n++) client.channel.send(encodePayload(['up', n, text]))
      for (let n = 0; n < 11; n++) client.channel.send(encodePayload(['up', n, Buffer.alloc(10, n)]))
      client.flush()
      await until(() => client.events.length === 1_211 && heard.length === 1_211)
      expect(client.events.slice(0, 1_200).map(([, n]) => n)).to.deep.equal(
        Array.from({ length: 1_200 }, (_, n) => n),
      )
      expect(client.events.slice(1_200)).to.deep.equal(
        Array.from({ length: 11 }, (_, n) => ['bytes', Buffer.alloc(10, n)]),
      )
      expect(heard.slice(1_200).map(([n]) => n)).to.deep.equal(Array.from({ length: 11 }, (_, n) => n))
      expect(client.socket).to.equal(socket)
      expect(socket.connected).to.equal(true)
    })

    it('a message of exactly the largest size arrives, one byte more throws before it takes a number', async () => {
      await open()
      const { socket } = client
      const most = client.welcome?.maxMessageBytes ?? 0
      const room = most - wireBytes(encodePayload(['down', '']), 0, Buffer.byteLength)
      const fits = 'x'.repeat(room)
      expect(wireBytes(encodePayload(['down', fits]), 0, Buffer.byteLength)).to.equal(most)
      const heard: unknown[] = []
      session.on('down', (text) => heard.push(text))
      session.emit('down', fits)
      client.say(['down', fits])
      expect(codeOf(() => session.emit('down', `${fits}x`))).to.equal('ERR_TOO_LARGE')
      expect(
        codeOf(() => session.emit('down', ...Array.from({ length: 11 }, () => Buffer.alloc(1)))),
      ).to.equal('ERR_TOO_LARGE')
      session.emit('after')
      await until(() => client.events.length === 2 && heard.length === 1)
      expect(client.events).to.deep.equal([['down', fits], ['after']])
      expect(client.channel.received).to.equal(2)
      expect(socket.connected).to.equal(true)
    })
  })
})
