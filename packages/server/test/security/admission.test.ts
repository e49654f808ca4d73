import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { StarError, type StarOptions, starMiddleware } from '../../src/index.ts'
import type { Log, LogFields } from '../../src/log.ts'
import { SILENT_LOG } from '../../src/log.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { codeOf, Host, request } from '../support/host.ts'
import { Identity } from '../support/identity.ts'

const ADDRESS = '/ip4/127.0.0.1/tcp/9090/ws/p2p-websocket-star'

describe('JOIN-19 who may use a star', () => {
  let host: Host | undefined
  let socket: Socket
  afterEach(() => host?.close())

  async function joinWith(star: StarOptions, headers: Record<string, string> = {}): Promise<unknown> {
    host = await Host.start({ star: { challenge: false, ...star } })
    socket = await host.connect({ extraHeaders: headers, auth: { user: 'ada' } })
    return joinAgain()
  }

  /** On the same connection. */
  async function joinAgain(): Promise<unknown> {
    return codeOf(await request(socket, 'ss-join', ADDRESS, ''))
  }

  it('JOIN-19 does not start in production without a hook, and says how to fix it', () => {
    expect(() => starMiddleware({ production: true, log: SILENT_LOG }))
      .to.throw(/authenticate.*public: true.*--public/)
      .with.property('code', 'ERR_CONFIG')
    expect(() => starMiddleware({ production: true, public: true, challenge: false, log: SILENT_LOG }))
      .to.throw(/--no-challenge/)
      .with.property('code', 'ERR_CONFIG')
    starMiddleware({ production: true, public: true, log: SILENT_LOG }).close()
    starMiddleware({ production: true, authenticate: () => true, log: SILENT_LOG }).close()
  })

  it('JOIN-19 takes NODE_ENV for its word', () => {
    const before = process.env.NODE_ENV
    process.env.NODE_ENV = 'production'
    try {
      expect(() => starMiddleware({ log: SILENT_LOG }))
        .to.throw()
        .with.property('code', 'ERR_CONFIG')
    } finally {
      if (before === undefined) delete process.env.NODE_ENV
      else process.env.NODE_ENV = before
    }
  })

  it('JOIN-19 is open in development, with one line of warning', () => {
    const lines: [string, LogFields | undefined][] = []
    const log: Log = { ...SILENT_LOG, warn: (event, fields) => lines.push([event, fields]) }
    starMiddleware({ production: false, log })
    starMiddleware({ production: false, public: true, log })
    starMiddleware({ production: false, authenticate: () => true, log })
    expect(lines).to.have.length(1)
    expect(lines[0]?.[0]).to.equal('star.open')
  })

  it('JOIN-19 refuses a connection without TLS in production, also on a public star', async () => {
    expect(await joinWith({ production: true, public: true, challenge: true })).to.equal('ERR_FORBIDDEN')
  })

  it('JOIN-19 tells the operator once that connections without TLS are refused', async () => {
    const warned: string[] = []
    const log: Log = { ...SILENT_LOG, warn: (event) => warned.push(event) }
    expect(await joinWith({ production: true, authenticate: () => true, log })).to.equal('ERR_FORBIDDEN')
    const second = await host?.connect()
    if (second === undefined) throw new Error('no second client')
    expect(codeOf(await request(second, 'ss-join', ADDRESS, ''))).to.equal('ERR_FORBIDDEN')
    expect(warned).to.deep.equal(['star.tls-required'])
  })

  it('JOIN-19 believes X-Forwarded-Proto of a trusted proxy, its last entry', async () => {
    const star: StarOptions = { production: true, authenticate: () => true, trustProxy: ['127.0.0.0/8'] }
    expect(await joinWith(star, { 'x-forwarded-proto': 'https' })).to.equal(null)
    await host?.close()
    expect(await joinWith(star, { 'x-forwarded-proto': 'http, https' })).to.equal(null)
    await host?.close()
    expect(await joinWith(star, { 'x-forwarded-proto': 'https, http' })).to.equal('ERR_FORBIDDEN')
    await host?.close()
    expect(await joinWith(star)).to.equal('ERR_FORBIDDEN')
  })

  it('JOIN-19 does not believe it of anybody else', async () => {
    const star: StarOptions = {
      production: true,
      authenticate: () => true,
      trustProxy: ['10.0.0.0/8', '::1'],
    }
    expect(await joinWith(star, { 'x-forwarded-proto': 'https' })).to.equal('ERR_FORBIDDEN')
  })

  it('JOIN-19 takes a function for the proxies, and refuses what is no address', async () => {
    const asked: string[] = []
    const trustProxy = (address: string): boolean => asked.push(address) > 0
    const star: StarOptions = { production: true, authenticate: () => true, trustProxy }
    expect(await joinWith(star, { 'x-forwarded-proto': 'wss' })).to.equal(null)
    expect(asked[0]).to.match(/127\.0\.0\.1$/)
    for (const wrong of ['proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '::1/129', '10.0.0.0/']) {
      expect(() => starMiddleware({ production: false, log: SILENT_LOG, trustProxy: [wrong] }))
        .to.throw('trustProxy')
        .with.property('code', 'ERR_CONFIG')
    }
  })

  it('JOIN-19 asks the hook once a socket, in development too, and only when the socket joins', async () => {
    const asked: unknown[] = []
    host = await Host.start({
      star: {
        challenge: false,
        authenticate: (socket) => {
          asked.push(socket.handshake.auth)
          return Promise.resolve('ada')
        },
      },
    })
    const socket = await host.connect({ auth: { user: 'ada' } })
    expect(asked).to.have.length(0)
    const answers = await Promise.all([
      request(socket, 'ss-join', ADDRESS, ''),
      request(socket, 'ss-join', ADDRESS.replace('9090', '1'), ''),
    ])
    expect(answers.map(codeOf)).to.deep.equal([null, null])
    expect(asked).to.deep.equal([{ user: 'ada' }])
  })

  for (const [how, authenticate] of [
    ['false', () => false],
    ['nothing', () => undefined],
    ['an empty name', () => ''],
    [
      'an error that says so',
      () => Promise.reject(Object.assign(new Error('revoked'), { data: { retryable: false } })),
    ],
    [
      'our own code',
      () => {
        throw new StarError('ERR_FORBIDDEN')
      },
    ],
  ] as const) {
    it(`JOIN-19 takes ${how} of the hook for a no, once and for all`, async () => {
      let asked = 0
      expect(
        await joinWith({
          authenticate: () => {
            asked += 1
            return authenticate()
          },
        }),
      ).to.equal('ERR_FORBIDDEN')
      expect(await joinAgain()).to.equal('ERR_FORBIDDEN')
      expect(asked).to.equal(1)
    })
  }

  for (const [how, fail] of [
    ['a rejection', () => Promise.reject(new Error('database gone'))],
    [
      'an exception',
      () => {
        throw new Error('bug')
      },
    ],
    ['an exception that is no error', () => Promise.reject(null)],
    ['one that would have it tried again', () => Promise.reject({ data: { retryable: true } })],
  ] as const) {
    it(`JOIN-19 takes ${how} of the hook for nobody being able to tell, and asks again`, async () => {
      const warned: unknown[] = []
      const log: Log = { ...SILENT_LOG, warn: (event) => warned.push(event) }
      let asked = 0
      const authenticate = () => (++asked === 1 ? fail() : 'ada')
      expect(await joinWith({ authenticate, log })).to.equal('ERR_REMOTE')
      expect(warned).to.deep.equal(['star.authenticate-failed'])
      expect(await joinAgain()).to.equal(null)
      expect(asked).to.equal(2)
    })
  }

  it('JOIN-19 LIM-1 survives a no that comes when its join has failed for another reason', async () => {
    let refuse = (_error: Error): void => {}
    const answer = new Promise<boolean>((_resolve, reject) => {
      refuse = reject
    })
    const unhandled: unknown[] = []
    const listener = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', listener)
    try {
      expect(await joinWith({ authenticate: () => answer, quotas: { addressesPerSocket: 0 } })).to.equal(
        'ERR_QUOTA',
      )
      refuse(new Error('database gone'))
      await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setImmediate(resolve))
      expect(unhandled).to.deep.equal([])
    } finally {
      process.off('unhandledRejection', listener)
    }
  })

  it('JOIN-19 takes a hook that does not answer within 10 s for one that cannot tell', async () => {
    const environment = new FakeEnvironment()
    let asked = (): void => {}
    const ask = new Promise<void>((resolve) => {
      asked = resolve
    })
    const authenticate = (): Promise<boolean> => {
      asked()
      return new Promise(() => {})
    }
    const joined = joinWith({ authenticate, environment })
    await ask
    environment.advance(9_999)
    expect(environment.timers).to.equal(1)
    environment.advance(1)
    expect(await joined).to.equal('ERR_REMOTE')
  })

  it('JOIN-19 leaves plain Socket.IO traffic to the host', async () => {
    host = await Host.start({ star: { production: true, authenticate: () => false } })
    host.io.on('connection', (socket) => socket.on('echo', (reply: (text: string) => void) => reply('hello')))
    expect(await request(await host.connect(), 'echo')).to.deep.equal(['hello'])
  })

  it('JOIN-19 lets a proven peer in over TLS on a public star in production', async () => {
    const trusted: StarOptions = { production: true, public: true, trustProxy: ['127.0.0.1'] }
    host = await Host.start({ star: trusted })
    const socket = await host.connect({ extraHeaders: { 'x-forwarded-proto': 'https' } })
    expect((await (await Identity.create()).join(socket))[0]).to.equal(null)
  })
})
