import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { type ClientSocket, type StarSocket, wrap } from '@socket-star/client'
import { type Session, starMiddleware } from '@socket-star/server'
import { expect } from 'chai'
import { Server } from 'socket.io'
import { requireComponent } from '../../scripts/components/index.ts'

type Connect = (
  url: string,
  options: object,
) => ClientSocket & { readonly io: { readonly engine: { close(): void } } }

describe('a session over socket.io-client 2', () => {
  const legacy = requireComponent('legacy')
  let server: Server
  let star: StarSocket
  let session: Session
  let socket: ReturnType<Connect>
  beforeEach(async () => {
    const connect = createRequire(`${legacy.path}/package.json`)('socket.io-client') as Connect
    const http = createServer()
    server = new Server(http, { allowEIO3: true, serveClient: false })
    const middleware = starMiddleware({ public: true })
    server.use(middleware)
    const opened = new Promise<Session>((resolve) => middleware.on('session', resolve))
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    socket = connect(url, { transports: ['websocket'], forceNew: true, reconnectionDelay: 10 })
    star = wrap(socket)
    session = await opened
  })
  afterEach(async () => {
    star.disconnect()
    await server.close()
  })

  it('SES-12 binary travels both ways, in events, requests and around the Channel, and over a cut', async () => {
    session.on('echo', (bytes, reply) => reply({ bytes }))
    const up: number[][] = []
    session.on('bytes', (bytes) => up.push([...bytes]))
    const echoed = await star.emitWithAck('echo', Uint8Array.of(1, 2))
    expect([...new Uint8Array(echoed.bytes)]).to.deep.equal([1, 2])
    expect(star.volatile.emit('bytes', Uint8Array.of(3))).to.equal(true)
    const resumed = new Promise<void>((resolve) => star.once('resume', resolve))
    star.emit('bytes', Buffer.from([4]))
    socket.io.engine.close()
    star.emit('bytes', new Uint8Array([0, 5, 6]).subarray(1))
    await resumed
    await star.flush()
    expect(up).to.deep.equal([[3], [4], [5, 6]])
  })
})
