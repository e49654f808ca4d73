import { type Renewal, type StarSocket, type TabEnv, wrap } from '@socket-star/client'
import type { Session } from '@socket-star/server'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { codeOf } from '../support/error-of.ts'
import { type RealStar, realStar } from '../support/real-star.ts'
import { next, ready, until } from './until.ts'

type Held = (lock: unknown) => unknown

/** The locks of one origin, as the browser keeps them: first come, first served. */
class Locks {
  readonly #held = new Map<string, Promise<unknown>>()
  readonly #gone = new Map<Document, () => void>()

  of(document: Document): TabEnv['locks'] {
    const gone = new Promise<void>((resolve) => this.#gone.set(document, resolve))
    const request = async (
      name: string,
      { signal }: { signal: AbortSignal },
      held: Held,
    ): Promise<unknown> => {
      const aborted = new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      )
      while (this.#held.has(name)) await Promise.race([this.#held.get(name), aborted])
      const until = Promise.race([gone, Promise.resolve(held({}))]).finally(() => this.#held.delete(name))
      this.#held.set(name, until)
      return until
    }
    return { request: request as LockManager['request'] }
  }

  /** A document is no more: its locks are free. */
  release(document: Document): void {
    this.#gone.get(document)?.()
  }
}

/** One document in a tab of a browser. */
class Document extends EventTarget {}

class Browser {
  readonly locks = new Locks()
  readonly #quotaBytes: number

  constructor(quotaBytes = 5_000_000) {
    this.#quotaBytes = quotaBytes
  }

  /** A document in a tab with that storage. */
  open(storage: Map<string, string>): { document: Document; env: TabEnv } {
    const document = new Document()
    const env: TabEnv = {
      storage: {
        getItem: (key) => storage.get(key) ?? null,
        setItem: (key, value) => {
          if (value.length > this.#quotaBytes) throw new Error('QuotaExceededError')
          storage.set(key, value)
        },
        removeItem: (key) => void storage.delete(key),
      },
      locks: this.locks.of(document),
      page: document,
    }
    return { document, env }
  }
}

describe('persist', () => {
  let host: RealStar
  let sessions: Session[]
  let browser: Browser
  let storage: Map<string, string>
  beforeEach(async () => {
    host = await realStar()
    sessions = []
    browser = new Browser()
    storage = new Map()
    host.star.on('session', (session) => {
      session.join('lobby')
      sessions.push(session)
    })
  })
  afterEach(() => host.close())

  interface Page {
    readonly star: StarSocket
    readonly heard: unknown[]
    readonly document: Document
    /** The page goes: what a browser does, in its order. */
    leave(): void
  }

  function load(where = storage, { document, env } = browser.open(where)): Page {
    const socket = host.client()
    const star = wrap(socket, { persist: 'tab', env: { tab: () => env } })
    const heard: unknown[] = []
    star.on('news', (n) => heard.push(n))
    const leave = (): void => {
      document.dispatchEvent(new Event('pagehide'))
      socket.disconnect()
      browser.locks.release(document)
    }
    return { star, heard, document, leave }
  }

  /** What a browser takes into a copy of a tab: there is something to take only while the page goes. */
  function stateOf({ document }: Page): Map<string, string> {
    document.dispatchEvent(new Event('pagehide'))
    const copied = new Map(storage)
    document.dispatchEvent(new Event('pageshow'))
    return copied
  }

  /** Each has a session in which the server hears it. */
  async function goOn(...stars: StarSocket[]): Promise<void> {
    for (const star of stars) {
      await ready(star)
      star.emit('chat', 'still here')
      await star.flush()
    }
  }

  /** A tab's surroundings in a browser without locks, or to which nobody lends one. */
  function withoutLocks(where: Map<string, string>): { readonly tab: () => TabEnv } {
    const { env } = browser.open(where)
    return { tab: () => ({ ...env, locks: undefined }) }
  }

  it('SES-18 each of several sockets to one place goes on with its own session, and leaves its place at its end', async () => {
    const page = browser.open(storage)
    const before = [load(storage, page), load(storage, page)]
    for (const { star } of before) await ready(star)
    const ids = before.map(({ star }) => star.id)
    before[0]?.leave()
    before[1]?.leave()
    expect(storage.size).to.equal(2)
    const next = browser.open(storage)
    const after = [load(storage, next), load(storage, next)]
    expect(after.map(({ star }) => star.id)).to.deep.equal(ids)
    for (const { star } of after) await ready(star)
    const [first, second] = after as [Page, Page]
    first.star.disconnect()
    await until(() => !first.star.connected && first.star.socket.connected === false)
    const third = load(storage, next)
    await ready(third.star)
    third.leave()
    second.leave()
    const keys = [...storage.keys()]
    expect(new Set(keys).size).to.equal(2)
    const last = load()
    expect(last.star.id).to.equal(third.star.id)
    expect(sessions).to.have.length(3)
  })

  it('SES-10 SES-18 a request after a reload is another one than those before', async () => {
    const before = load()
    await ready(before.star)
    const session = sessions[0] as Session
    session.on('slow', (_reply) => {})
    session.on('quick', (reply) => reply('answered'))
    before.star.emit('slow', () => {})
    await before.star.flush()
    before.leave()
    await until(() => !session.isConnected())
    const { star } = load()
    expect(await star.emitWithAck('quick')).to.equal('answered')
    expect(sessions).to.have.length(1)
  })

  it('SES-18 a session goes on after a reload: what was under way both ways arrives once and in order', async () => {
    const before = load()
    await ready(before.star)
    const session = sessions[0] as Session
    const up: unknown[] = []
    session.on('chat', (...args) => up.push(args))
    session.emit('news', 1)
    host.star.to('lobby').emit('news', 2)
    await until(() => before.heard.length === 2)
    before.star.emit('chat', 'a')
    await before.star.flush()
    for (let n = 0; n < 20; n++) before.star.emit('chat', n, new Uint8Array([n]))
    before.leave()
    expect(storage.size).to.equal(1)
    await until(() => !session.isConnected())
    session.emit('news', 3)
    host.star.to('lobby').emit('news', 4)
    const after = load()
    expect(storage.size).to.equal(0)
    expect(after.star.id).to.equal(session.id)
    after.star.emit('chat', 'b')
    await until(() => after.heard.length === 2)
    await after.star.flush()
    expect(after.heard.sort()).to.deep.equal([3, 4])
    expect(up.map((args) => (args as unknown[])[0])).to.deep.equal([
      'a',
      ...Array.from({ length: 20 }, (_, n) => n),
      'b',
    ])
    expect(sessions).to.have.length(1)
    // and once more, before anything happened on it
    after.leave()
    const last = load()
    await ready(last.star)
    last.star.emit('chat', 'c')
    await last.star.flush()
    expect(up.at(-1)).to.deep.equal(['c'])
  })

  it('SES-18 a session goes on after a reload while the page was at work on binaries as a browser has them', async () => {
    const before = load()
    before.star.on('bytes', () => new Promise(() => {}))
    await ready(before.star)
    const session = sessions[0] as Session
    const socket = before.star.socket as Socket
    socket.io.engine.binaryType = 'arraybuffer'
    const kinds: unknown[] = []
    before.star.on('bytes', (bytes) => kinds.push(bytes instanceof ArrayBuffer))
    session.emit('bytes', new Uint8Array([1, 2, 3]))
    await session.flush()
    expect(kinds).to.deep.equal([true])
    before.leave()
    const after = load()
    session.emit('news', 1)
    after.star.emit('chat')
    await after.star.flush()
    await until(() => after.heard.length === 1)
    expect(sessions).to.have.length(1)
  })

  it('SES-18 a request that the page was working on is answered ERR_INTERRUPTED, the next ones as ever', async () => {
    const before = load()
    before.star.on('question', () => {})
    await ready(before.star)
    const session = sessions[0] as Session
    const asked = codeOf(session.emitWithAck('question'))
    await session.flush()
    before.leave()
    const after = load()
    after.star.on('question', (reply) => reply('yes'))
    expect(await asked).to.equal('ERR_INTERRUPTED')
    expect(await session.emitWithAck('question')).to.equal('yes')
    session.on('back', (reply) => reply('and forth'))
    expect(await after.star.emitWithAck('back')).to.equal('and forth')
  })

  it('SES-18 a copied tab begins a session of its own, and neither fights', async () => {
    const original = load()
    await ready(original.star)
    const copied = stateOf(original)
    expect(storage.size).to.equal(0)
    let replaced = 0
    original.star.on('replaced', () => {
      replaced += 1
    })
    const copy = load(copied)
    await Promise.all([ready(copy.star), ready(original.star)])
    await until(() => sessions.length === 2)
    expect(copy.star.id).to.not.equal(original.star.id)
    for (const { star } of [original, copy]) {
      star.emit('chat', 'still here')
      await star.flush()
    }
    expect(replaced).to.equal(0)
  })

  it('SES-18 a page that is shown again has given up the requests that it was working on when it went', async () => {
    const page = load()
    const replies: ((text: string) => void)[] = []
    page.star.on('question', (reply) => void replies.push(reply))
    await ready(page.star)
    const session = sessions[0] as Session
    const asked = codeOf(session.emitWithAck('question'))
    await session.flush()
    stateOf(page)
    await next(page.star, 'resume')
    expect(await asked).to.equal('ERR_INTERRUPTED')
    const again = session.emitWithAck('question')
    await until(() => replies.length === 2)
    for (const [at, reply] of replies.entries()) reply(`answer ${at}`)
    expect(await again).to.equal('answer 1')
  })

  it('SES-18 a copied tab hands back nothing of what the other one is about to hand back: it would be said twice', async () => {
    const original = load()
    await ready(original.star)
    const [[key, text] = ['', '']] = stateOf(original)
    // as of a page whose session was lost, and which has not been told yet
    const lost = { ...JSON.parse(text), lost: ['["chat","mine"]'], reason: 'unknown' }
    const copy = load(new Map([[key, JSON.stringify(lost)]]))
    let renewals = 0
    copy.star.on('renew', () => {
      renewals += 1
    })
    await ready(copy.star)
    expect(copy.star.id).to.not.equal(original.star.id)
    expect(renewals).to.equal(0)
    copy.star.disconnect()
  })

  it('SES-18 who flushes in a copied tab before it has a session of its own is told, and does not wait for ever', async () => {
    const original = load()
    await ready(original.star)
    for (let n = 0; n < 10; n += 1) original.star.emit('chat', n)
    await original.star.flush()
    const copy = load(stateOf(original))
    copy.star.emit('chat', 'early')
    const early = codeOf(copy.star.flush())
    await ready(copy.star)
    expect(copy.star.id).to.not.equal(original.star.id)
    await copy.star.flush()
    expect(await early).to.equal('ERR_INTERRUPTED')
  })

  it('SES-15 SES-18 a copied tab says what it took for as large as the session of the other one may say', async () => {
    await host.close()
    host = await realStar({}, { maxHttpBufferSize: 4_000_000 })
    const heard: number[] = []
    host.star.on('session', (session) => {
      session.on('chat', (text: string) => heard.push(text.length))
    })
    const original = load()
    await ready(original.star)
    const copy = load(stateOf(original))
    let undelivered = 0
    copy.star.on('undelivered', () => {
      undelivered += 1
    })
    copy.star.emit('chat', 'x'.repeat(2_000_000))
    await ready(copy.star)
    expect(copy.star.id).to.not.equal(original.star.id)
    await copy.star.flush()
    expect(undelivered).to.equal(0)
    expect(heard).to.deep.equal([2_000_000])
  })

  it('HS-13 without locks the server notices: one is replaced, once, and neither fights', async () => {
    const original = load()
    await ready(original.star)
    // a member asks at each resume what it missed: the copy's state would be an old one
    sessions[0]?.leave('lobby')
    await sessions[0]?.flush()
    const copied = stateOf(original)
    await next(original.star, 'resume')
    let replaced = 0
    original.star.on('replaced', () => {
      replaced += 1
    })
    const renewed = next<[Renewal]>(original.star, 'renew')
    const copy = wrap(host.client(), { persist: 'tab', env: withoutLocks(copied) })
    copy.on('replaced', () => {
      replaced += 1
    })
    expect((await renewed)[0].reason).to.equal('replaced')
    await goOn(original.star, copy)
    expect(replaced).to.equal(1)
    expect(copy.id).to.equal(sessions[0]?.id)
    expect(original.star.id).to.not.equal(copy.id)
  })

  it('HS-13 a document that was away while its copy took the session over is told so, and does not disturb it', async () => {
    const original = load()
    await ready(original.star)
    await sessions[0]?.flush()
    const copied = stateOf(original)
    const { socket } = original.star
    ;(socket as Socket).disconnect()
    const copy = wrap(host.client(), { persist: 'tab', env: withoutLocks(copied) })
    await next(copy, 'resume')
    let disturbed = 0
    for (const event of ['replaced', 'disconnect', 'renew'] as const) {
      copy.on(event, () => {
        disturbed += 1
      })
    }
    const renewed = next<[Renewal]>(original.star, 'renew')
    original.star.connect()
    expect((await renewed)[0].reason).to.equal('replaced')
    await goOn(original.star, copy)
    expect(disturbed).to.equal(0)
    expect(copy.id).to.equal(sessions[0]?.id)
    expect(original.star.id).to.not.equal(copy.id)
  })

  for (const says of ['client', 'server'] as const) {
    it(`HS-13 a copy without a lock takes nothing once the ${says} has said more: its state is an old one`, async () => {
      const original = load()
      await ready(original.star)
      const [session] = sessions
      await session?.flush()
      const copied = stateOf(original)
      await next(original.star, 'resume')
      if (says === 'client') original.star.emit('chat', 'the copy does not know of it')
      else session?.emit('news', 'the copy does not know of it')
      await Promise.all([original.star.flush(), session?.flush()])
      let disturbed = 0
      for (const event of ['replaced', 'disconnect', 'renew'] as const) {
        original.star.on(event, () => {
          disturbed += 1
        })
      }
      const copy = wrap(host.client(), { persist: 'tab', env: withoutLocks(copied) })
      const [renewal] = await next<[Renewal]>(copy, 'renew')
      expect(renewal.reason).to.equal('replaced')
      await ready(copy)
      for (const star of [original.star, copy]) {
        star.emit('chat', 'still here')
        await star.flush()
      }
      expect(disturbed).to.equal(0)
      expect(original.star.id).to.equal(session?.id)
      expect(copy.id).to.not.equal(original.star.id)
    })
  }

  it('SES-18 HS-13 a tab that is loaded again while its copy waits for the lock has its session, and the copy one of its own', async () => {
    const before = load()
    await ready(before.star)
    const [session] = sessions
    const copied = stateOf(before)
    await next(before.star, 'resume')
    before.star.emit('chat', 'the copy does not know of it')
    await Promise.all([before.star.flush(), session?.flush()])
    const copy = load(copied)
    const renewed = next<[Renewal]>(copy.star, 'renew')
    before.leave()
    // it takes a while to come: by then the copy has the lock that it waited for, and has been told
    expect((await renewed)[0].reason).to.equal('replaced')
    const after = load()
    await next(after.star, 'resume')
    expect(after.star.id).to.equal(session?.id)
    await ready(copy.star)
    expect(copy.star.id).to.not.equal(after.star.id)
    for (const { star } of [after, copy]) {
      star.emit('chat', 'still here')
      await star.flush()
    }
  })

  it('CH-15 a copy whose state is lost, and whose server never heard it say so, gets a session all the same', async () => {
    const original = load()
    await ready(original.star)
    const copied = stateOf(original)
    await next(original.star, 'resume')
    original.star.emit('chat', 'the copy does not know of it')
    await original.star.flush()
    const socket = host.client({ transports: ['polling'], reconnectionDelay: 10 })
    const { packet } = socket as unknown as { packet(sent: { data?: unknown }): void }
    let swallowed = 0
    let connections = 0
    socket.on('connect', () => {
      connections += 1
    })
    Object.assign(socket, {
      packet(sent: { data?: unknown }) {
        const isFrame = Array.isArray(sent.data) && sent.data[0] === 'star'
        if (isFrame && connections === 1) swallowed += 1
        else packet.call(socket, sent)
      },
    })
    const copy = wrap(socket, { persist: 'tab', env: withoutLocks(copied) })
    const [renewal] = await next<[Renewal]>(copy, 'renew')
    expect(renewal.reason).to.equal('state-lost')
    await ready(copy)
    copy.emit('chat', 'here')
    await copy.flush()
    expect(swallowed).to.be.greaterThan(0)
    expect(connections).to.be.lessThan(4)
    copy.disconnect()
  })

  it('SES-18 begins anew where nothing was kept: another version, no JSON', async () => {
    for (const junk of ['{', 'null', '7', '{"v":2}']) {
      const page = load(new Map([[`socket-star http://127.0.0.1:${host.port}/`, junk]]))
      await ready(page.star)
      page.star.disconnect()
    }
  })

  it('SES-18 tells the next document when the storage did not hold the session', async () => {
    browser = new Browser(64)
    const page = load()
    await ready(page.star)
    const { id } = page.star
    page.star.emit('chat', 'more than fits')
    page.leave()
    const again = load()
    const [renewal] = await next<[Renewal]>(again.star, 'renew')
    expect(renewal).to.deep.include({ reason: 'state-lost', unacknowledged: [] })
    expect(again.star.id).to.not.equal(id)
    expect(storage.size).to.equal(0)
    // told once
    again.star.on('renew', () => expect.fail())
    await again.star.emitWithAck('nobody').catch(() => {})
    // a storage that takes nothing at all
    again.leave()
    browser = new Browser(0)
    const last = load()
    await ready(last.star)
    last.leave()
    expect(storage.size).to.equal(0)
    await ready(load().star)
  })

  it('SES-18 a page whose session is gone is told so, with what it had emitted', async () => {
    const before = load()
    await ready(before.star)
    before.star.emit('chat', 'received')
    await before.star.flush()
    sessions[0]?.disconnect()
    await until(() => before.star.status === 4)
    // an ended session is not kept
    before.leave()
    expect(storage.size).to.equal(0)
    const second = load()
    await ready(second.star)
    await until(() => sessions.length === 2)
    const down = next(second.star, 'disconnect')
    await host.stop()
    await down
    second.star.emit('chat', 'lost?')
    second.leave()
    await host.start()
    const third = load()
    const [renewal] = await next<[Renewal]>(third.star, 'renew')
    expect(renewal.reason).to.equal('unknown')
    expect(renewal.unacknowledged).to.deep.equal([['chat', 'lost?']])
  })

  it('SES-14 a page that is refused while it waits for the lock of the one before is told so, and comes again', async () => {
    const before = load()
    await ready(before.star)
    let refusals = 1
    host.io.use((_, pass) => {
      refusals -= 1
      pass(refusals < 0 ? undefined : Object.assign(new Error('not now'), { data: { retryable: true } }))
    })
    before.document.dispatchEvent(new Event('pagehide'))
    ;(before.star.socket as Socket).disconnect()
    const after = load()
    const [error] = (await next(after.star, 'connect_error')) as [Error]
    expect(error.message).to.equal('not now')
    const resumed = next(after.star, 'resume')
    browser.locks.release(before.document)
    await resumed
    expect(after.star.id).to.equal(before.star.id)
    after.star.disconnect()
  })

  it('SES-18 a page that goes and is shown again while it connects goes on connecting', async () => {
    const page = load()
    await ready(page.star)
    const { io } = page.star.socket as Socket
    const opening = new Promise((resolve) => io.once('reconnect_attempt', () => setImmediate(resolve)))
    io.engine.close()
    await opening
    expect(io.engine.readyState).to.equal('opening')
    const resumed = next(page.star, 'resume')
    stateOf(page)
    await resumed
    page.star.disconnect()
  })

  it('does nothing outside a browser', async () => {
    const star = wrap(host.client(), { persist: 'tab' })
    await ready(star)
    star.disconnect()
  })

  it('SES-18 CH-15 two documents that go on from one snapshot are two lives: what one emits does not count as the other one’s', async () => {
    const before = load()
    await ready(before.star)
    const up: unknown[] = []
    for (const session of sessions) session.on('chat', (text) => up.push(text))
    host.star.on('session', (session) => session.on('chat', (text) => up.push(text)))
    before.leave()
    const copies = [new Map(storage), new Map(storage)] as const
    storage.clear()
    const open = (where: Map<string, string>): StarSocket => {
      return wrap(host.client(), { persist: 'tab', env: withoutLocks(where) })
    }
    const one = open(copies[0])
    await ready(one)
    for (const text of ['a', 'b', 'c']) one.emit('chat', text)
    await one.flush()
    const other = open(copies[1])
    other.on('renew', (renewal) => renewal.resend())
    other.emit('chat', 'd')
    await until(() => up.includes('d'))
    expect(up.filter((text) => text === 'd')).to.have.length(1)
    await until(() => other.isConnected() && one.isConnected() && other.id !== one.id)
    one.disconnect()
    other.disconnect()
  })
})
