import { expect } from 'chai'
import msgpackParser from 'socket.io-msgpack-parser'
import { Host, nextEvent, request, settled, until } from '../support/host.ts'
import { joinedPeer } from '../support/pair.ts'
import { RawSocket } from '../support/raw-socket.ts'

const MIB = 1024 * 1024
const ONES = ',1'.repeat(500_000)
/** Deeper than any function that calls itself for each level can follow. */
const DEPTH = 400_000

describe('LIM-5 the packet guard', () => {
  let host: Host
  beforeEach(async () => {
    host = await Host.start({ io: { allowEIO3: true, maxHttpBufferSize: 4 * MIB } })
  })
  afterEach(() => host.close())

  it('LIM-5 closes a connection whose packet would overflow the stack, and the server goes on', async () => {
    const bystander = await joinedPeer(host)
    const attacker = await host.connect()
    const closed = nextEvent(attacker, 'disconnect')
    attacker.io.engine.write(`2["ss-join"${',0'.repeat(200_000)}]`)
    expect((await closed)[0]).to.equal('transport close')
    expect(host.star.stats().drops).to.deep.equal({ arguments: 1 })
    expect((await request(bystander.socket, 'ss-watch'))[0]).to.equal(null)
  })

  it('LIM-5 guards acknowledgements too', async () => {
    const [from, to] = [await joinedPeer(host), await joinedPeer(host)]
    // the namespace's first request to a client has the id 0
    to.socket.on('ss-incomming', () => to.socket.io.engine.write(`30[${'0,'.repeat(300_000)}0]`))
    const closed = nextEvent(to.socket, 'disconnect')
    from.socket.emit('ss-dial', from.address, to.address, 'a', () => {})
    expect((await closed)[0]).to.equal('transport close')
    expect((await request(from.socket, 'ss-watch'))[0]).to.equal(null)
  })

  it('LIM-5 lets large packets of few arguments pass, and 10,000 arguments', async () => {
    host.io.of('/').on('connection', (socket) => {
      socket.on('big', (list: unknown[], text: string, reply: (n: number, m: number) => void) => {
        reply(list.length, text.length)
      })
      socket.on('many', (...args: unknown[]) => (args.pop() as (n: number) => void)(args.length))
    })
    const plain = await host.connect()
    const answer = await request(plain, 'big', new Array(200_000).fill(0), ',"\\[{'.repeat(20_000))
    expect(answer).to.deep.equal([200_000, 100_000])
    expect(await request(plain, 'many', ...new Array(9_999).fill(0))).to.deep.equal([9_999])
  })

  /** The namespace of Engine.IO 3 is a URL: all of these are the main one. */
  const PACKETS: Readonly<Record<string, readonly (string | Buffer)[]>> = {
    'arguments behind a namespace that holds a bracket': [`42/?[,["ss-join"${ONES}]`],
    'arguments behind a namespace that holds a quotation mark': [`42/?"[{,["ss-join"${ONES}]`],
    'arguments that ask for an acknowledgement': [`42/?[,9["ss-join"${ONES}]`],
    'arguments with an attachment': [`451-["ss-join"${ONES},{"_placeholder":true,"num":0}]`, Buffer.alloc(9)],
    'an acknowledgement': [`430[0${ONES}]`],
    'an acknowledgement with an attachment': [
      `461-0[0${ONES},{"_placeholder":true,"num":0}]`,
      Buffer.alloc(9),
    ],
    'an attachment that lies deep': [
      `451-["ss-join",${'['.repeat(DEPTH)}{"_placeholder":true,"num":0}${']'.repeat(DEPTH)}]`,
      Buffer.alloc(9),
    ],
    'a namespace that no URL holds': ['42//[,["ss-join"]'],
  }
  for (const protocol of [3, 4] as const) {
    for (const [what, packets] of Object.entries(PACKETS)) {
      it(`LIM-5 survives ${what}, Engine.IO ${protocol}`, async () => {
        // an acknowledgement is looked for, and its function called
        host.io.on('connection', (socket) => socket.emit('question', () => {}))
        const attacker = await RawSocket.connect(host.port, protocol)
        attacker.send(...packets)
        await attacker.closed
        await expectServing(host)
      })
    }
  }

  it('LIM-5 lets deep data pass that nothing looks into', async () => {
    const attacker = await RawSocket.connect(host.port, 4)
    attacker.send(`420["ss-join",${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}]`)
    await attacker.until((packet) => packet.startsWith('430["ERR_'))
    attacker.close()
  })

  it('LIM-9 closes a connection that pings and pings, and lets 16 at once pass', async () => {
    const pinger = await RawSocket.connect(host.port, 3)
    pinger.send(...new Array(16).fill('2'))
    for (let pongs = 0; pongs < 16; pongs++) await pinger.until((packet) => packet === '3')
    expect(host.star.stats().drops).to.deep.equal({})
    pinger.send(...new Array(10_000).fill('2'))
    await pinger.closed
    expect(host.star.stats().drops).to.deep.equal({ arguments: 1 })
    await expectServing(host)
  })

  it('LIM-9 expects pings as often as the host asks for them', async () => {
    let clock = 0
    const hasty = await Host.start({
      io: { allowEIO3: true, pingInterval: 10 },
      star: { environment: { now: () => clock } },
    })
    const pinger = await RawSocket.connect(hasty.port, 3)
    for (let pings = 0; pings < 100; pings++) {
      clock += 10
      pinger.send('2')
      await pinger.until((packet) => packet === '3')
    }
    expect(hasty.star.stats().drops).to.deep.equal({})
    pinger.close()
    await hasty.close()
  })

  it('LIM-9 does so in one poll as well', async () => {
    const url = `http://127.0.0.1:${host.port}/socket.io/?EIO=3&transport=polling`
    const opened = await (await fetch(url)).text()
    const { sid } = JSON.parse(opened.slice(opened.indexOf('{'), opened.indexOf('}') + 1))
    const [socket] = (await host.io.fetchSockets()) as unknown as { conn: { writeBuffer: unknown[] } }[]
    await fetch(`${url}&sid=${sid}`, { method: 'POST', body: '1:2'.repeat(100_000) }).catch(() => {})
    await until(() => host.io.of('/').sockets.size === 0)
    expect(socket?.conn.writeBuffer.length).to.be.at.most(20)
    await expectServing(host)
  })

  it('LIM-8 closes a connection that asks for more than 256 namespaces at once, before they are made', async () => {
    await expectServing(host)
    const url = `http://127.0.0.1:${host.port}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1))
    let connected = 0
    host.io.on('connection', () => {
      connected += 1
    })
    const body = new Array(100_000).fill('40').join('\x1e')
    await fetch(`${url}&sid=${sid}`, { method: 'POST', body })
    await until(() => host.star.stats().drops.arguments === 1)
    expect(connected).to.equal(0)
    await expectServing(host)
  })

  it('LIM-8 closes a connection that has more than 512 sockets, though they are of one namespace', async () => {
    await expectServing(host)
    const url = `http://127.0.0.1:${host.port}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1))
    const say = (body: string) => fetch(`${url}&sid=${sid}`, { method: 'POST', body })
    // asked for in one turn: Socket.IO knows the last of them alone, and leaves that one
    for (let round = 0; round < 2; round += 1) {
      await say(new Array(256).fill('40').join('\x1e'))
      await until(() => host.io.of('/').sockets.size === 256 + round * 255)
      await say('41')
    }
    await until(() => host.io.of('/').sockets.size === 510)
    expect(host.star.stats().drops).to.deep.equal({})
    await say(new Array(3).fill('40').join('\x1e'))
    await until(() => host.io.of('/').sockets.size === 0)
    expect(host.star.stats().drops).to.deep.equal({ arguments: 1 })
    await expectServing(host)
  })

  it('LIM-8 closes one that asks for 512 more than it left, of no star and of a middleware that never answers', async () => {
    await expectServing(host)
    let asked = 0
    host.io.of('/slow').use(() => {
      asked += 1
    })
    const names = Array.from({ length: 200 }, (_, n) => `/n${n}`)
    for (const name of names) host.io.of(name)
    const plain = await RawSocket.connect(host.port, 4)
    const last = host.io.of('/n199').sockets
    for (let round = 0; round < 3; round += 1) {
      plain.send(...names.map((name) => `40${name},`))
      await until(() => last.size === 1)
      plain.send(...names.map((name) => `41${name},`))
      await until(() => last.size === 0)
    }
    // its own one is of a star
    for (const most of [256, 511]) {
      plain.send(...new Array<string>(most - asked).fill('40/slow,'))
      await until(() => asked === most)
    }
    expect(host.star.stats().drops).to.deep.equal({})
    plain.send('40/slow,')
    await plain.closed
    expect(asked).to.equal(511)
    expect(host.star.stats().drops).to.deep.equal({ arguments: 1 })
    await expectServing(host)
  })

  for (const protocol of [3, 4] as const) {
    it(`LIM-8 counts a namespace as left once, however often that is said in one turn, in Engine.IO ${protocol}`, async () => {
      await expectServing(host)
      let asked = 0
      host.io.of('/slow').use(() => {
        asked += 1
      })
      const url = `http://127.0.0.1:${host.port}/socket.io/?EIO=${protocol}&transport=polling`
      const opened = await (await fetch(url)).text()
      const { sid } = JSON.parse(opened.slice(opened.indexOf('{'), opened.indexOf('}') + 1))
      const say = (...packets: readonly string[]) => {
        const parts = protocol === 3 ? packets.map((packet) => `${packet.length}:${packet}`) : packets
        return fetch(`${url}&sid=${sid}`, { method: 'POST', body: parts.join(protocol === 3 ? '' : '\x1e') })
      }
      const main = host.io.of('/').sockets
      if (protocol === 4) await say('40')
      await until(() => main.size === 1)
      // the names of Engine.IO 3 are URLs: each of these is the main one
      await say(...Array.from({ length: 600 }, (_, n) => (protocol === 3 ? `41/?${n},` : '41')))
      await until(() => main.size === 0)
      for (let round = 1; round <= 2; round += 1) {
        await say(...new Array<string>(256).fill('40/slow,'))
        await until(() => asked === 256 * round)
      }
      expect(host.star.stats().drops).to.deep.equal({})
      await say('40/slow,').catch(() => {})
      await until(() => host.star.stats().drops.arguments === 1)
      expect(asked).to.equal(512)
      await expectServing(host)
    })
  }

  it('LIM-8 closes a connection that asks for more than 256 namespaces while it does not read what waits', async () => {
    // the star is there, and this connection never comes to its namespace
    await expectServing(host)
    let packets = 0
    host.io.engine.once('connection', (connection: { on(event: 'packet', listener: () => void): void }) => {
      connection.on('packet', () => {
        packets += 1
      })
    })
    const other = host.io.of('/other')
    const asking = new RawSocket(host.port, 4)
    await asking.until((packet) => packet.startsWith('0{'))
    asking.send('40/other,')
    await asking.until((packet) => packet.startsWith('40/other,'))
    asking.pause()
    other.emit('news', 'x'.repeat(16 * MIB))
    for (const asked of [1 + 128, 1 + 256]) {
      asking.send(...new Array<string>(128).fill('40/nowhere,'))
      await until(() => packets === asked)
    }
    expect(other.sockets.size).to.equal(1)
    asking.send('40/nowhere,')
    await until(() => host.star.stats().drops.arguments === 1)
    await until(() => other.sockets.size === 0)
    asking.close()
    await expectServing(host)
  })

  it('LIM-8 closes a connection that asks for a namespace of more than 8,192 characters', async () => {
    const name = `/${'n'.repeat(8_191)}`
    const plain = await RawSocket.connect(host.port, 4)
    plain.send(`40${name},`)
    await plain.until((packet) => packet === `44${name},{"message":"Invalid namespace"}`)
    plain.send(`40${name}n,`)
    await plain.closed
    expect(host.star.stats().drops).to.deep.equal({ arguments: 1 })
  })

  it('LIM-8 lets 256 namespaces pass, again and again', async () => {
    const names = Array.from({ length: 256 }, (_, n) => `/n${n}`)
    for (const name of names) host.io.of(name)
    const plain = await RawSocket.connect(host.port, 4)
    for (const round of ['first', 'second']) {
      plain.send(...names.map((name) => `40${name},`))
      await plain.until((packet) => packet.startsWith('40/n255,'))
      plain.send(...names.map((name) => `41${name},`), `420["ss-join","${round}"]`)
      await plain.until((packet) => packet.startsWith('430'))
    }
    expect(host.star.stats().drops.arguments).to.equal(undefined)
    plain.close()
  })
})

describe('LIM-5 the packet guard and other parsers', () => {
  const encoder = new msgpackParser.Encoder()
  const encode = (packet: object): Buffer => (encoder.encode(packet) as unknown as [Buffer])[0]
  let host: Host
  beforeEach(async () => {
    host = await Host.start({ io: { parser: msgpackParser } })
  })
  afterEach(() => host.close())

  /** `{ type: 2, nsp: '/', data: [name] }` where the name is an object without a prototype. */
  const nameOfNothing = Buffer.concat([
    Buffer.from([0x83, 0xa4]),
    Buffer.from('type'),
    Buffer.from([0x02, 0xa3]),
    Buffer.from('nsp'),
    Buffer.from([0xa1, 0x2f, 0xa4]),
    Buffer.from('data'),
    Buffer.from([0x91, 0x81, 0xa9]),
    Buffer.from('__proto__'),
    Buffer.from([0xc0]),
  ])
  const PACKETS: Readonly<Record<string, Buffer>> = {
    'an event of too many arguments': encode({
      type: 2,
      nsp: '/',
      data: ['ss-join', ...new Array(300_000).fill(1)],
    }),
    'an answer of too many arguments': encode({
      type: 3,
      nsp: '/',
      id: 0,
      data: new Array(300_000).fill(1),
    }),
    'a name that is no text': encode({ type: 2, nsp: '/', data: [{ toString: 1 }] }),
    'a name that cannot become text': nameOfNothing,
    'the name of an event that the socket emits itself': encode({ type: 2, nsp: '/', data: ['disconnect'] }),
  }
  for (const [what, packet] of Object.entries(PACKETS)) {
    it(`LIM-5 closes the connection for ${what}`, async () => {
      let gone = 0
      host.io.on('connection', (socket) => {
        socket.emit('question', () => {})
        socket.on('disconnect', () => {
          gone += 1
        })
      })
      const attacker = await RawSocket.connect(host.port, 4, encode({ type: 0, nsp: '/' }))
      attacker.send(packet)
      await attacker.closed
      expect(host.star.stats().drops).to.deep.equal({ arguments: 1 })
      await until(() => gone === 1)
    })
  }

  it('LIM-5 lets what this parser is for pass', async () => {
    host.io.on('connection', (socket) => socket.on('sum', (a, b, reply) => reply(a + b)))
    const socket = await host.connect({ parser: msgpackParser })
    expect(await request(socket, 'sum', 1, 2)).to.deep.equal([3])
  })
})

describe('LIM-5 the packet guard of a star that comes late or goes early', () => {
  it('LIM-5 guards connections that were there before the star', async () => {
    const host = await Host.start({ namespace: '/late', io: { maxHttpBufferSize: 4 * MIB } })
    const early = await RawSocket.connect(host.port, 4)
    early.send('40/late,')
    await early.until((packet) => packet.startsWith('40/late'))
    early.send(`42/late,["ss-join"${ONES}]`)
    await early.closed
    expect(host.star.stats().drops).to.deep.equal({ arguments: 1 })
    await host.close()
  })

  it('LIM-5 LIM-8 leaves the parser and the engine as they were when the star is closed', async () => {
    const host = await Host.start()
    const io = host.io as unknown as { _parser: object }
    const before = io._parser
    const listeners = host.io.engine.listeners('connection')
    await host.connect()
    expect(io._parser).not.to.equal(before)
    await host.star.close()
    expect(io._parser).to.equal(before)
    expect(host.io.engine.listeners('connection')).to.deep.equal(listeners)
    await host.close()
  })
})

async function expectServing(host: Host): Promise<void> {
  const socket = await host.connect()
  await settled(socket)
  socket.disconnect()
}
