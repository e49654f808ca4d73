import { wrap } from '@socket-star/client'
import type { Session } from '@socket-star/server'
import { SILENT_LOG, starMiddleware } from '@socket-star/server'
import { expect } from 'chai'
import { type ClientOptions, Ground, nextEvent, until } from './ground.ts'

/** What a host may have switched on in Socket.IO, each of which would send an event again or keep it back. */
const HABITS: Record<string, { client?: ClientOptions; server?: object }> = {
  retries: { client: { retries: 5, ackTimeout: 20 } },
  'connection state recovery': { server: { connectionStateRecovery: {} } },
  'recovery that runs middleware': { server: { connectionStateRecovery: { skipMiddlewares: false } } },
  'retries and recovery': {
    client: { retries: 5, ackTimeout: 20 },
    server: { connectionStateRecovery: {} },
  },
}

for (const [name, { client, server }] of Object.entries(HABITS)) {
  describe(`sessions beside a host’s ${name}`, () => {
    let ground: Ground
    let session: Session | undefined
    let sessions = 0

    beforeEach(async () => {
      sessions = 0
      ground = await Ground.start('without the middleware', server)
      const star = starMiddleware({ log: SILENT_LOG, production: false })
      ground.io.use(star)
      ground.onClose(() => star.close())
      star.on('session', (started) => {
        sessions += 1
        session = started
      })
      // what makes a socket recoverable, and what retries wait for
      ground.io.on('connection', (socket) => {
        socket.emit('plain', socket.id)
        socket.onAny((_event: string, ...args: unknown[]) => {
          const reply = args.at(-1)
          if (typeof reply === 'function') reply()
        })
      })
    })
    afterEach(() => ground.close())

    it('NET-2 NET-3 SES-1 SES-6 messages arrive once and in order over cuts, and plain ones by Socket.IO’s rules', async () => {
      const socket = ground.client(client)
      const star = wrap(socket)
      const renewals: unknown[] = []
      star.on('renew', (renewal) => renewals.push(renewal.reason))
      const [up, down, plain]: [unknown[], unknown[], Set<unknown>] = [[], [], new Set()]
      star.on('down', (n: number) => down.push(n))
      await until(() => session !== undefined)
      session?.on('up', (n: number) => up.push(n))
      const numbers = Array.from({ length: 200 }, (_, n) => n)
      ground.io.on('connection', (each) => each.on('host', (n: number) => plain.add(n)))
      for (const n of numbers) {
        star.emit('up', n)
        session?.emit('down', n)
        if (n % 40 === 20) {
          // a cut with messages of this very turn on their way, and plain ones that wait for the connection
          const back = nextEvent(socket, 'connect')
          socket.io.engine.close()
          socket.emit('host', n)
          await back
        }
      }
      await until(() => up.length >= numbers.length && down.length >= numbers.length)
      await until(() => plain.size >= 5)
      await Promise.all([star.flush(), session?.flush()])
      expect(up).to.deep.equal(numbers)
      expect(down).to.deep.equal(numbers)
      // with `retries` at least once, as Socket.IO has it
      expect([...plain]).to.deep.equal([20, 60, 100, 140, 180])
      expect([sessions, renewals]).to.deep.equal([1, []])
      star.disconnect()
      await until(() => !socket.connected)
    })

    it('NET-3 nothing of a session waits in Socket.IO while the client is away', async () => {
      const socket = ground.client(client)
      const star = wrap(socket)
      await until(() => star.isConnected())
      const gone = nextEvent(socket, 'disconnect')
      socket.io.reconnection(false)
      socket.io.engine.close()
      await gone
      star.emit('up', 1)
      await new Promise((resolve) => setImmediate(resolve))
      expect(socket.sendBuffer).to.deep.equal([])
      expect((socket as unknown as { _queue: unknown[] })._queue).to.deep.equal([])
      socket.emit('host', 1)
      expect(socket.sendBuffer.length + (socket as unknown as { _queue: unknown[] })._queue.length).to.equal(
        1,
      )
      const got: unknown[] = []
      session?.on('up', (n: number) => got.push(n))
      socket.io.reconnection(true)
      socket.connect()
      await until(() => got.length === 1)
      star.disconnect()
      await until(() => !socket.connected)
    })
  })
}
