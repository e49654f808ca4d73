import { wrap } from '@socket-star/client'
import { starMiddleware } from '@socket-star/server'
import { expect } from 'chai'
import { Decoder, Encoder } from 'socket.io-parser'
import { RealStar } from '../support/real-star.ts'
import { Counting, cut } from './counting.ts'
import { next, ready } from './until.ts'

/** A parser that is not Socket.IO's own on the wire. */
class MarkedEncoder extends Encoder {
  override encode(packet: Parameters<Encoder['encode']>[0]): ReturnType<Encoder['encode']> {
    const [text, ...binaries] = super.encode(packet)
    return [`!${text}`, ...binaries]
  }
}
class MarkedDecoder extends Decoder {
  override add(data: unknown): void {
    super.add(typeof data === 'string' ? data.slice(1) : data)
  }
}

describe('whatever carries it', () => {
  for (const [what, io, namespace] of [
    ['a parser of the host', { parser: { Encoder: MarkedEncoder, Decoder: MarkedDecoder } }, '/'],
    ['a namespace', {}, '/chat'],
    ['long-polling', { transports: ['polling'] as ['polling'] }, '/'],
    [
      'an upgrade from long-polling',
      { transports: ['polling', 'websocket'] as ['polling', 'websocket'] },
      '/',
    ],
  ] as const) {
    it(`SES-6 a session works over ${what}: texts, binary, a cut`, async () => {
      const { parser } = io as { parser?: object }
      const host = await new RealStar({ public: true }, { ...(parser && { parser }) }).start()
      const served = namespace === '/' ? host.star : starMiddleware({ public: true })
      if (namespace !== '/') host.io.of(namespace).use(served)
      const socket = host.client({
        ...io,
        transports: [...(('transports' in io && io.transports) || ['websocket'])],
      })
      const own = namespace === '/' ? socket : socket.io.socket(namespace)
      const star = wrap(own)
      await ready(star)
      const [session] = [...served.sessions]
      if (session === undefined) throw new Error('no session')
      const count = new Counting(star, session)
      for (let n = 0; n < 20; n++) count.step()
      const bytes = next<[Uint8Array]>(session, 'bytes')
      star.emit('bytes', new Uint8Array([1, 2, 3]))
      expect([...(await bytes)[0]]).to.deep.equal([1, 2, 3])
      const resumed = next(star, 'resume')
      if (own.io.engine.transport.name === 'websocket') cut(own)
      else own.io.engine.close()
      count.step()
      await resumed
      await count.settled()
      star.disconnect()
      await host.close()
    })
  }

  it('SES-6 a session works over a WebSocket of socket.io-client 4.7, to which nobody writes directly', async () => {
    const host = await new RealStar({ public: true }, {}).start()
    const socket = host.client()
    socket.on('connect', () => {
      const { engine } = socket.io
      engine.transport = new Proxy(engine.transport, {
        get(transport, name) {
          const value = name === 'doWrite' ? undefined : Reflect.get(transport, name)
          return typeof value === 'function' ? value.bind(transport) : value
        },
      })
    })
    const star = wrap(socket)
    await ready(star)
    const [session] = [...host.star.sessions]
    session?.on('greet', (name: string, reply: (text: string) => void) => reply(`hello ${name}`))
    expect(await star.timeout(5_000).emitWithAck('greet', 'Ada')).to.equal('hello Ada')
    star.disconnect()
    await host.close()
  })

  it('NET-2 a session can be ended while another namespace hears of a close, and this one has not yet', async () => {
    const host = await new RealStar({ public: true }, {}).start()
    const other = starMiddleware({ public: true })
    host.io.of('/other').use(other)
    const first = host.client()
    const star = wrap(first.io.socket('/other'))
    await ready(star)
    const errors: unknown[] = []
    const ended = next(star, 'end')
    const told = next(first, 'disconnect')
    first.once('disconnect', () => {
      expect(star.isConnected()).to.equal(true)
      star.emit('news', 1)
      try {
        star.disconnect()
      } catch (error) {
        errors.push(error)
      }
    })
    first.io.engine.close()
    await told
    expect(errors).to.deep.equal([])
    expect(await ended).to.deep.equal(['client', [['news', 1]]])
    await host.close()
  })

  it('SES-6 a session says nothing before what the application emitted on the socket itself', async () => {
    const host = await new RealStar({ public: true }, {}).start()
    const heard: unknown[] = []
    host.io.on('connection', (socket) => socket.on('plain', (n) => heard.push(n)))
    const socket = host.client()
    const star = wrap(socket)
    await ready(star)
    const [session] = [...host.star.sessions]
    session?.on('news', (n: number) => void heard.push(n))
    // the second waits in Engine.IO until the WebSocket has the first
    socket.emit('plain', 1)
    socket.emit('plain', 2)
    star.emit('news', 3)
    await star.flush()
    star.emit('news', 4)
    await star.flush()
    expect(heard).to.deep.equal([1, 2, 3, 4])
    await host.close()
  })
})
