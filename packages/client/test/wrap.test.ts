import { joinStar, wrap } from '@socket-star/client'
import { expect } from 'chai'
import { environment } from '../src/env.ts'
import { MAX_REMEMBERED_SIGNATURES } from '../src/peers/limits.ts'
import { PeerWire } from '../src/peers/peer-wire.ts'
import { request } from '../src/peers/request.ts'
import { SignatureMemory } from '../src/peers/signature-memory.ts'
import { Wire } from '../src/wire.ts'
import { codeOf } from './support/error-of.ts'
import { type FakeStar, fakeStar, next } from './support/fake-star.ts'
import { ManualTimers } from './support/manual-timers.ts'

describe('wrap', () => {
  let star: FakeStar
  beforeEach(async () => {
    star = await fakeStar()
  })
  afterEach(() => star.close())

  it('gives one wrapper for one socket, which connects as it would', async () => {
    const socket = star.client()
    const wrapped = wrap(socket)
    expect(wrap(socket)).to.equal(wrapped)
    expect(wrapped.socket).to.equal(socket)
    expect(wrapped.connected).to.equal(false)
    await new Promise<void>((resolve) => wrapped.once('connect', resolve))
    expect(wrapped.connected).to.equal(true)
  })

  it('refuses an option that there is not, and names it', () => {
    const wrong = { cylce: true, timeoutMs: 5 }
    for (const [name, value] of Object.entries(wrong)) {
      expect(() => wrap(star.client(), { [name]: value } as never))
        .to.throw(`option ${name}`)
        .with.property('code', 'ERR_CONFIG')
    }
    const none = { answerMs: undefined, cycle: undefined, persist: undefined, env: undefined }
    expect(wrap(star.client(), none as never).connected).to.equal(false)
  })

  it('leaves what is emitted and heard on the socket itself as it is', async () => {
    star.on('greet', ({ args: [name, reply] }) => reply(`hello ${name}`))
    const socket = star.client()
    wrap(socket)
    const reply = new Promise((resolve) => socket.emit('greet', 'Ada', resolve))
    expect(await reply).to.equal('hello Ada')
    const heard = next(socket, 'news')
    star.io.emit('news', 'one')
    await heard
  })
})

describe('a socket of socket.io-client 2', () => {
  /** Its fields and habits, as far as they differ: no timeout(), acknowledgements that stay until they come. */
  class OldSocket {
    connected = true
    id = 'connection'
    ids = 0
    acks: Record<number, unknown> = {}
    sendBuffer: unknown[] = []
    flags: object = {}
    on() {
      return this
    }
    off() {
      return this
    }
    emit(_event: string, ...args: unknown[]) {
      this.acks[this.ids++] = args.at(-1)
      this.flags = {}
      return this
    }
  }

  it('NET-3 keeps no acknowledgement that nobody waits for', async () => {
    const socket = new OldSocket()
    const timers = new ManualTimers()
    const wire = new PeerWire(new Wire(socket, environment()), timers)
    const requests = Array.from({ length: 100 }, () =>
      codeOf(request(wire, 'ss-join', [], { timeoutMs: 10 })),
    )
    expect(Object.keys(socket.acks)).to.have.length(100)
    timers.advance(10)
    expect(new Set(await Promise.all(requests))).to.deep.equal(new Set(['ERR_TIMEOUT']))
    expect(socket.acks).to.deep.equal({})
    const late: unknown[] = []
    const asked = codeOf(
      request(wire, 'ss-dial', [], { timeoutMs: 10, onLateReply: (reply) => late.push(reply) }),
    )
    const [acknowledge] = Object.values(socket.acks) as ((...reply: unknown[]) => void)[]
    timers.advance(10)
    expect(await asked).to.equal('ERR_TIMEOUT')
    acknowledge?.('late')
    expect(late).to.deep.equal([['late']])
    timers.advance(14_999)
    expect(Object.keys(socket.acks)).to.have.length(1)
    timers.advance(1)
    expect(socket.acks).to.deep.equal({})
  })

  it('NET-3 is answered without an error in front', async () => {
    const socket = new OldSocket()
    const asking = request(new PeerWire(new Wire(socket, environment()), new ManualTimers()), 'ss-join', [], {
      timeoutMs: 10,
    })
    ;(socket.acks[0] as (...reply: unknown[]) => void)(null, 'nonce')
    expect(await asking).to.deep.equal([null, 'nonce'])
  })
})

describe('signature memory', () => {
  it('JOIN-18 holds for one connection, and for as many addresses as it may', () => {
    const memory = new SignatureMemory()
    memory.remember('one', '/a', 'signature of a')
    expect(memory.recall('one', '/a')).to.equal('signature of a')
    expect(memory.recall('two', '/a')).to.equal(undefined)
    expect(memory.recall(undefined, '/a')).to.equal(undefined)
    memory.remember('two', '/b', 'b')
    expect(memory.recall('two', '/a')).to.equal(undefined)
    for (let i = 0; i < MAX_REMEMBERED_SIGNATURES; i++) memory.remember('two', `/c${i}`, 'c')
    expect(memory.recall('two', '/b')).to.equal(undefined)
    expect(memory.recall('two', '/c0')).to.equal('c')
  })

  it('JOIN-18 knows nothing of a socket without connection ids', () => {
    const memory = new SignatureMemory()
    memory.remember(undefined, '/a', 'a')
    expect(memory.recall(undefined, '/a')).to.equal(undefined)
  })
})

it('a peer can be joined on a wrapper only', async () => {
  for (const junk of [undefined, null, {}, 'socket']) {
    const joining = joinStar(junk as never, '/ip4/1.2.3.4/tcp/1/ws', { allowNoChallenge: true })
    expect(await codeOf(joining)).to.equal('ERR_BAD_REQUEST')
  }
})
