import { AUTH_KEY, createToken, mergeTokens, parseClose, SESSION_EVENTS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import { MemoryStore, type Session, type Star, type StarOptions, starMiddleware } from '../../src/index.ts'
import { type LogFields, SILENT_LOG } from '../../src/log.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { FakeNamespace, type FakeSocket } from './fake-socket.ts'

const MISTAKE = new TypeError('a mistake')
const HELLO = [2, 1, 1, 1, 0, 0, 0, 0, 2_048, 1_048_576]
/** Looked at, it is what a mistake of ours would be. */
const UNREADABLE = new Proxy([], {
  get: () => {
    throw MISTAKE
  },
})

describe('a mistake of the star itself', () => {
  let environment: FakeEnvironment
  /** Which look at the clock fails, from now on. */
  let failingLook = 0
  let namespace: FakeNamespace
  let star: Star
  let errors: [string, LogFields | undefined][]
  let unhandled: unknown[]
  const sessions: Session[] = []
  const onUnhandled = (error: unknown): void => void unhandled.push(error)

  const begin = (options: StarOptions = {}): void => {
    environment = new FakeEnvironment()
    namespace = new FakeNamespace()
    errors = []
    unhandled = []
    sessions.length = 0
    const log = {
      ...SILENT_LOG,
      error: (event: string, fields?: LogFields) => void errors.push([event, fields]),
    }
    const now = (): number => {
      failingLook -= 1
      if (failingLook === 0) throw MISTAKE
      return environment.now()
    }
    const { after, random, randomBytes } = environment
    star = starMiddleware({
      log,
      environment: { now, after, random, randomBytes },
      production: false,
      // one with a clock of its own
      sessions: { store: new MemoryStore(() => 0) },
      ...options,
    })
    star.attach(namespace.asNamespace)
    star.on('session', (session) => sessions.push(session))
    process.on('unhandledRejection', onUnhandled)
  }
  afterEach(async () => {
    await turns()
    process.off('unhandledRejection', onUnhandled)
    await star.close()
    expect(unhandled).to.deep.equal([])
  })

  const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const connect = (owner: string, attempt = 1): FakeSocket =>
    namespace.connect({ [AUTH_KEY]: [1, owner, attempt] })
  const own = (): string => createToken(environment.randomBytes(16))
  const closeOf = (socket: FakeSocket) => {
    const close = socket.last(SESSION_EVENTS.close)
    return close && parseClose(close)
  }

  /** A client with a session, and its merged token. */
  const enter = async (owner = 'x'): Promise<{ socket: FakeSocket; token: string }> => {
    const socket = connect(owner)
    const token = own()
    const [remote] = socket.last(SESSION_EVENTS.dop) ?? []
    socket.emit(SESSION_EVENTS.dop, token)
    await turns()
    socket.emit(SESSION_EVENTS.dop, token)
    await turns()
    socket.emit(SESSION_EVENTS.frame, HELLO)
    return { socket, token: mergeTokens(token, String(remote), token.length) }
  }
  const internal = (): unknown[] => errors.map(([event, fields]) => [event, fields?.request, fields?.error])
  const ONE = ['star.internal', 'session', 'TypeError: a mistake']

  const parsingBadly = (act: () => void): void => {
    const { parse } = JSON
    JSON.parse = () => UNREADABLE
    try {
      act()
    } finally {
      JSON.parse = parse
    }
  }

  for (const [what, event, args] of [
    ['a message', SESSION_EVENTS.frame, [[0, 1], ['["chat"]']]],
    ['a volatile one', SESSION_EVENTS.volatile, ['["chat"]']],
    ['a frame', SESSION_EVENTS.frame, [UNREADABLE]],
  ] as const) {
    it(`SES-3 over ${what} costs the socket, and its operator sees where it is`, async () => {
      begin()
      const { socket } = await enter()
      const other = await enter('y')
      parsingBadly(() => socket.emit(event, ...args))
      expect(closeOf(socket)).to.include({ reason: 'protocol' })
      expect(internal()).to.deep.equal([ONE])
      expect(errors[0]?.[1]?.stack).to.match(/mistakes\.test\.ts/)
      expect(other.socket.connected).to.equal(true)
      expect(sessions).to.have.length(2)
    })
  }

  it('SES-3 what a client itself breaks is none', async () => {
    begin()
    const { socket } = await enter()
    socket.emit(SESSION_EVENTS.frame, 'nonsense')
    expect(closeOf(socket)).to.include({ reason: 'protocol' })
    expect(internal()).to.deep.equal([])
  })

  it('SES-5 while a session is made or moved, the client comes again', async () => {
    begin()
    const { socket, token } = await enter()
    socket.disconnect()
    await turns()
    const failing = async (attempt: number, shown: string): Promise<FakeSocket> => {
      const next = connect('x', attempt)
      failingLook = 1
      next.emit(SESSION_EVENTS.dop, shown)
      await turns()
      expect(failingLook).to.be.below(1)
      return next
    }
    const made = await failing(1, own())
    expect(closeOf(made)).to.include({ reason: 'unavailable', retryable: true })
    const moved = await failing(2, token)
    expect(moved.connected).to.equal(false)
    expect(internal()).to.deep.equal([ONE, ONE])
    // and has its session then
    const again = connect('x', 3)
    again.emit(SESSION_EVENTS.dop, token)
    await turns()
    expect(again.last(SESSION_EVENTS.dop)?.[0]).to.equal(token)
  })

  it('HS-18 a store that fails is said to, once, and its client comes again', async () => {
    class BrokenStore extends MemoryStore {
      override create(): Promise<number> {
        throw new Error('the disk is full')
      }

      override async acquire(): Promise<never> {
        throw new Error('the disk is gone')
      }
    }
    begin({ sessions: { store: new BrokenStore(() => environment.now()) } })
    const first = connect('x')
    first.emit(SESSION_EVENTS.dop, own())
    const second = connect('x')
    second.emit(SESSION_EVENTS.dop, own() + own())
    await turns()
    for (const socket of [first, second]) {
      expect(closeOf(socket)).to.include({ reason: 'unavailable', retryable: true })
    }
    expect(errors.map(([event, fields]) => [event, fields?.error])).to.deep.equal([
      ['star.store-failed', 'Error: the disk is full'],
      ['star.store-failed', 'Error: the disk is gone'],
    ])
  })
})
