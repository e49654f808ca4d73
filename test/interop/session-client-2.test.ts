import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { type ClientSocket, type StarSocket, type WrapOptions, wrap } from '@socket-star/client'
import { type Session, starMiddleware } from '@socket-star/server'
import { expect } from 'chai'
import { Server } from 'socket.io'
import { requireComponent } from '../../scripts/components/index.ts'

/** A socket of socket.io-client 2, as far as this test uses it. */
interface OldSocket extends ClientSocket {
  readonly io: { readonly engine: { close(): void } }
}

type Connect = (url: string, options: object) => OldSocket
const legacy = createRequire(new URL('../legacy/package.json', import.meta.url))

const next = <T>(target: { once(event: string, listener: (value: T) => void): unknown }, event: string) =>
  new Promise<T>((resolve) => target.once(event, resolve))

describe('a session on socket.io-client 2', () => {
  requireComponent('legacy')
  let io: Server
  let url: string
  let star: StarSocket
  let socket: OldSocket
  let session: Session

  async function open(transport: string, options: WrapOptions = {}): Promise<void> {
    const http = createServer()
    io = new Server(http, { allowEIO3: true })
    const middleware = starMiddleware({ public: true })
    io.use(middleware)
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    const begun = new Promise<Session>((resolve) => middleware.on('session', resolve))
    const connect = legacy('socket.io-client') as Connect
    socket = connect(url, { transports: [transport], forceNew: true, reconnectionDelay: 10 })
    star = wrap(socket, options)
    session = await begun
  }
  afterEach(async () => {
    star.disconnect()
    await io.close()
  })

  const N = 200

  /** Numbers with binary among them, both ways, while something happens to the connection. */
  async function exchange(disturb: (round: number) => Promise<unknown>): Promise<void> {
    const up: unknown[] = []
    const down: unknown[] = []
    session.on('up', (n, bytes) => up.push([n, bytes && [...bytes]]))
    star.on('down', (n, bytes) => down.push([n, bytes && [...new Uint8Array(bytes)]]))
    const all = Array.from({ length: N }, (_, n) => [n, n % 10 === 0 ? [n % 256, 1] : undefined] as const)
    for (const [n, bytes] of all) {
      const args = bytes ? [n, new Uint8Array(bytes)] : [n]
      star.emit('up', ...args)
      session.emit('down', ...args)
      if (n % 40 === 20) await disturb(n)
    }
    await star.flush()
    await session.flush()
    expect(up).to.deep.equal(all)
    expect(down).to.deep.equal(all)
  }

  for (const transport of ['websocket', 'polling']) {
    it(`SES-6 SES-12 carries texts and binary both ways over ${transport}, whole over cuts`, async () => {
      await open(transport)
      await exchange(async () => {
        const resumed = next(star, 'resume')
        socket.io.engine.close()
        await resumed
      })
      session.on('ask', (n, reply) => reply(n + 1))
      expect(await star.emitWithAck('ask', 1)).to.equal(2)
    })

    it(`SES-17 moves to fresh sockets over ${transport}`, async () => {
      await open(transport, { cycle: { minMs: 20, maxMs: 40 } })
      await exchange(() => next(star, 'resume'))
      expect(star.socket).to.not.equal(socket)
    })
  }

  it('SES-13 sends binary around the sequence', async () => {
    await open('websocket')
    star.emit('first')
    await star.flush()
    await new Promise((resolve) => setImmediate(resolve))
    const heard = next<Uint8Array>(session as never, 'now')
    expect(star.volatile.emit('now', new Uint8Array([7, 8]))).to.equal(true)
    expect([...(await heard)]).to.deep.equal([7, 8])
  })
})
