import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'chai'
import type { Server, Socket as ServerSocket } from 'socket.io'
import type { Socket } from 'socket.io-client'
import { DirectLine } from '../src/direct-frame.ts'
import { type Message, PreparedEvents } from '../src/prepared-events.ts'
import { Host, nextEvent } from './support/host.ts'

describe('events that are prepared once', () => {
  let host: Host
  let members: ServerSocket[]
  beforeEach(() => {
    members = []
  })
  afterEach(() => host.close())

  async function member(options: object = {}): Promise<Socket> {
    const socket = await host.connect(options)
    members.push(serverSide(host.io, socket))
    return socket
  }

  const receivers = (sockets = members) =>
    new Map(sockets.map((socket) => [socket, new DirectLine(socket.conn)]))
  const prepare = (...messages: Message[]) => PreparedEvents.of(host.io.of('/'), 'news', messages)
  const send = (...args: unknown[]) => prepare({ args }).send(receivers())

  it('reach everyone once, over WebSocket and long-polling, but for the excepted', async () => {
    host = await Host.start()
    const heard: string[] = []
    const sockets = [await member(), await member({ transports: ['polling'] }), await member()]
    const outside = await host.connect()
    for (const [n, socket] of [...sockets, outside].entries()) {
      socket.on('news', (what: string) => heard.push(`${n} ${what}`))
    }
    const excepted = serverSide(host.io, sockets[2] as Socket)
    prepare({ args: ['first'], except: excepted }).send(receivers())
    const last = Promise.all(
      sockets.map((socket) => nextEvent(socket, 'news', (what: string) => what === 'second')),
    )
    send('second')
    await last
    expect(heard.sort()).to.deep.equal(['0 first', '0 second', '1 first', '1 second', '2 second'])
  })

  it('carry texts of every length of frame, in any alphabet', async () => {
    host = await Host.start()
    const socket = await member()
    for (const length of [0, 1, 100, 125, 126, 300, 65_500, 65_536, 200_000]) {
      const text = 'ä€𝄞x'.repeat(length / 4)
      const got = nextEvent(socket, 'news')
      send(text, length)
      expect(await got).to.deep.equal([text, length])
    }
  })

  it('keep their place between what Socket.IO sends', async () => {
    host = await Host.start()
    const socket = await member()
    const server = serverSide(host.io, socket)
    const heard: unknown[] = []
    socket.onAny((_event, n: unknown) => heard.push(n))
    for (let n = 0; n < 300; n += 3) {
      server.emit('plain', n, Buffer.alloc(20_000))
      send(n + 1)
      server.emit('plain', n + 2)
    }
    const end = nextEvent(socket, 'news', (n: number) => n === 300)
    send(300)
    await end
    expect(heard).to.deep.equal(Array.from({ length: 301 }, (_, n) => n))
  })

  it('reach a connection through the same line before, while and after it becomes a WebSocket', async () => {
    host = await Host.start()
    const socket = await member({ transports: ['polling', 'websocket'] })
    const [receiver] = [...receivers()]
    if (receiver === undefined) throw new Error('nobody connected')
    const { conn } = receiver[0]
    expect(conn.transport.name).to.equal('polling')
    const heard: number[] = []
    socket.on('news', (n: number) => heard.push(n))
    let sent = 0
    const say = (): void => prepare({ args: [sent++] }).send(new Map([receiver]))
    while (conn.transport.name === 'polling') {
      say()
      await nextTurn()
    }
    const end = nextEvent(socket, 'news', (n: number) => n === sent - 1)
    say()
    await end
    expect(heard).to.deep.equal(Array.from({ length: sent }, (_, n) => n))
  })

  it('leave a connection that closes alone', async () => {
    host = await Host.start()
    const socket = await member()
    const [receiver] = [...receivers()]
    if (receiver === undefined) throw new Error('nobody connected')
    const [server, line] = receiver
    send('before')
    const closed = new Promise((resolve) => socket.once('disconnect', resolve))
    server.conn.close()
    expect(line.write([Buffer.from([0x81, 0])])).to.equal(false)
    expect(await closed).to.equal('transport close')
    expect(line.write([Buffer.from([0x81, 0])])).to.equal(false)
  })

  it('are many at once, to each member all but those that are not for it', async () => {
    host = await Host.start()
    const sockets = [
      await member(),
      await member(),
      await member({ transports: ['polling'] }),
      await member(),
    ]
    const heard = sockets.map(() => [] as number[])
    for (const [n, socket] of sockets.entries()) socket.on('news', (what: number) => heard[n]?.push(what))
    const not = (n: number) => ({ args: [n], except: serverSide(host.io, sockets[n] as Socket) })
    prepare(not(0), not(2), { args: [9] }, not(1)).send(receivers())
    const end = Promise.all(sockets.map((socket) => nextEvent(socket, 'news', (n: number) => n === 10)))
    send(10)
    await end
    expect(heard).to.deep.equal([
      [2, 9, 1, 10],
      [0, 2, 9, 10],
      [0, 9, 1, 10],
      [0, 2, 9, 1, 10],
    ])
  })

  it('are sent again as they were', async () => {
    host = await Host.start()
    const events = prepare({ args: [{ text: 'x'.repeat(70_000) }] })
    for (const options of [{}, { transports: ['polling'] }, {}]) {
      const socket = await member(options)
      const got = nextEvent(socket, 'news')
      events.send(receivers(members.splice(0)))
      expect(await got).to.deep.equal([{ text: 'x'.repeat(70_000) }])
    }
  })

  it('go through the adapter where frames are compressed', async () => {
    host = await Host.start({ io: { perMessageDeflate: { threshold: 0 } } })
    const socket = await member()
    const got = nextEvent(socket, 'news')
    send('x'.repeat(10_000))
    expect(await got).to.deep.equal(['x'.repeat(10_000)])
  })

  it('go through the adapter where they carry binary', async () => {
    host = await Host.start()
    const socket = await member()
    const got = nextEvent(socket, 'news')
    send(Buffer.from('bytes'))
    expect(await got).to.deep.equal([Buffer.from('bytes')])
  })
})

function serverSide(io: Server, socket: Socket) {
  const server = io.of('/').sockets.get(socket.id ?? '')
  if (server === undefined) throw new Error('not connected')
  return server
}
