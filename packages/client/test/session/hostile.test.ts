import { EventEmitter } from 'node:events'
import { wrap } from '@socket-star/client'
import {
  DEFAULT_BACKLOG_MESSAGES,
  DEFAULT_WINDOW_MESSAGES,
  OWED_MESSAGES,
} from '@socket-star/protocol/channel'
import { SESSION_EVENTS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import fc from 'fast-check'
import { ManualTimers } from '../support/manual-timers.ts'

/** A socket whose other end says whatever a test wants. */
class Puppet extends EventEmitter {
  connected = false
  active = true
  sent: unknown[][] = []

  override emit(event: string, ...args: unknown[]): boolean {
    this.sent.push([event, ...args])
    if (this.sent.length > 100) this.sent.shift()
    return true
  }

  hear(event: string, ...args: unknown[]): void {
    super.emit(event, ...args)
  }

  connect(): this {
    if (!this.connected) {
      this.connected = true
      this.active = true
      this.hear('connect')
    }
    return this
  }

  disconnect(): this {
    this.active = false
    if (this.connected) {
      this.connected = false
      this.hear('disconnect', 'io client disconnect')
    }
    return this
  }
}

const ID = '00000000-0000-4000-8000-000000000000'
const WELCOME = [5, 1, ID, 30_000, 100_000, null, 120_000, 64, 65_536, []]
const SERVER_TOKEN = 'S'.repeat(22)
const HELLO = [2, 0, 1, 1, 0, -1, 0, 0, 64, 65_536]

/** What a server says to a socket that came for a session, until that works. */
async function begin(socket: Puppet): Promise<void> {
  socket.hear('dop', SERVER_TOKEN)
  socket.hear('dop', SERVER_TOKEN)
  socket.hear('star', HELLO)
  socket.hear('star', [0, 0], [JSON.stringify(WELCOME)])
  // our own HELLO, with the credit, leaves at the end of the turn
  await Promise.resolve()
}
const small = fc.integer({ min: -2, max: 12 })
const text = fc.oneof(
  fc.constantFrom(
    '',
    'not json',
    '[]',
    '{}',
    'null',
    '["chat"]',
    '["chat",1]',
    '["status"]',
    '["__proto__"]',
  ),
  fc.constantFrom(
    '[1,1,"ask"]',
    '[2,1,null]',
    '[2,1,"X: y"]',
    '[3,"r","e",1]',
    '[3,"r","e",1,1]',
    '[3,"r","e",0,1,9,[1]]',
    '[4,"r"]',
    '[5,1,"i",30000,100000,null]',
    '[5,1,"i",0,100000,null]',
  ),
  fc.json(),
)
const head = fc.oneof(fc.array(small, { maxLength: 14 }), fc.constant(HELLO))
const frame = fc.tuple(head, fc.oneof(fc.array(text, { maxLength: 3 }), fc.anything()))
const inOrder = fc.tuple(
  fc.tuple(fc.constant(0), fc.integer({ min: 2, max: 4 })),
  fc.array(text, { minLength: 1, maxLength: 3 }),
)
const junk = fc.oneof(
  fc.tuple(fc.constant(SESSION_EVENTS.frame), inOrder),
  fc.tuple(fc.constant(SESSION_EVENTS.frame), frame),
  fc.tuple(fc.constantFrom(...Object.values(SESSION_EVENTS)), fc.array(fc.anything(), { maxLength: 4 })),
  fc.tuple(
    fc.constant(SESSION_EVENTS.dop),
    fc.tuple(fc.constantFrom(SERVER_TOKEN, 'T'.repeat(22), 'U'.repeat(44), '')),
  ),
  fc.tuple(
    fc.constant(SESSION_EVENTS.volatile),
    fc.tuple(fc.constant(3), fc.constant('r'), fc.constant('e'), small, small, small, fc.anything()),
  ),
  fc.tuple(fc.constant(SESSION_EVENTS.close), fc.tuple(fc.string(), fc.boolean())),
)

describe('hostile server', () => {
  it('SES-3 whatever comes on the events of a session, nothing throws and nothing grows', async function () {
    this.timeout(20_000)
    const uncaught: unknown[] = []
    const said: unknown[] = []
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => uncaught.push(error))
    let heard = 0
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(junk, { minLength: 20, maxLength: 40 }),
          fc.boolean(),
          async (script, begun) => {
            const timers = new ManualTimers()
            const socket = new Puppet()
            const star = wrap(socket, { env: { timers, say: (what) => said.push(what) } })
            star.on('chat', () => {
              heard += 1
            })
            star.on('ask', (reply) => reply('x'.repeat(10)))
            star.emit('up', 1)
            socket.connect()
            if (begun) {
              // a session that works, to be broken
              await begin(socket)
              expect(star.id).to.equal(ID)
              socket.hear('star', [0, 1], ['["chat",1]'])
            }
            for (const [event, args] of script) {
              socket.hear(event, ...(args as unknown[]))
              timers.advance(1_000)
              await Promise.resolve()
              if (!socket.connected) timers.advance(60_000)
              if (!socket.connected && star.status !== 4) socket.connect()
            }
            expect(timers.size).to.be.below(8)
            star.disconnect()
            timers.advance(10_000)
            socket.disconnect()
            expect(socket.listenerCount('star')).to.equal(star.status === 4 ? 0 : 1)
          },
        ),
        { numRuns: 300, seed: 20_260 },
      )
    } finally {
      await new Promise((resolve) => setImmediate(resolve))
      process.removeAllListeners('uncaughtException')
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
    expect(uncaught).to.deep.equal([])
    // what a server sends is never taken for a mistake of ours
    expect(said).to.deep.equal([])
    // one in each session that worked, and some by chance
    expect(heard).to.be.above(100)
  })

  it('SES-3 a mistake of our own costs the connection as well, and is told to whoever can mend it', async () => {
    const mistake = new TypeError('a mistake')
    const trap = (): never => {
      throw mistake
    }
    const unreadable = new Proxy([], { get: trap, getOwnPropertyDescriptor: trap })
    const { parse } = JSON
    const said: unknown[] = []
    const refused: unknown[] = []
    const timers = new ManualTimers()
    const socket = new Puppet()
    const star = wrap(socket, { env: { timers, say: (what) => said.push(what) } })
    star.on('refused', ({ reason, error }) => refused.push([reason, error?.code]))
    const again = (): Promise<void> => {
      socket.connect()
      return begin(socket)
    }
    await again()
    // in a message of the session
    JSON.parse = () => unreadable
    try {
      socket.hear('star', [0, 1], ['["chat",1]'])
    } finally {
      JSON.parse = parse
    }
    expect(socket.connected).to.equal(false)
    expect(said).to.deep.equal([mistake])
    await again()
    // and in what goes around it
    JSON.parse = () => unreadable
    try {
      socket.hear('star-volatile', '["chat",1]')
    } finally {
      JSON.parse = parse
    }
    expect(socket.connected).to.equal(false)
    expect(said).to.deep.equal([mistake, mistake])
    // what the server itself breaks is its own
    await again()
    socket.hear('star-volatile', 'nonsense')
    expect(socket.connected).to.equal(false)
    expect(said).to.have.length(2)
    expect(refused).to.deep.equal([undefined, undefined, 'ERR_BAD_FRAME'].map((code) => ['protocol', code]))
    star.disconnect()
  })

  it('CH-11 SES-11 a server that asks and takes no answers is left when the client owes more than there is room for', async () => {
    const socket = new Puppet()
    const timers = new ManualTimers()
    const star = wrap(socket, { env: { timers, wakefulTimers: timers } })
    let ended: unknown
    star.on('end', (reason) => (ended = reason))
    socket.connect()
    await begin(socket)
    const most = DEFAULT_BACKLOG_MESSAGES + OWED_MESSAGES + DEFAULT_WINDOW_MESSAGES
    let asked = 0
    while (ended === undefined && asked < 2 * most) {
      const payloads = Array.from({ length: 512 }, (_, at) => `[1,${asked + at + 1},"what"]`)
      socket.hear('star', [0, asked + 1], payloads)
      asked += payloads.length
      await Promise.resolve()
    }
    expect(ended).to.equal('client')
    expect(asked).to.be.within(most, most + 512)
    // the server was told, and has a moment to close
    timers.advance(10_000)
    expect(socket.connected).to.equal(false)
  })
})
