import { expect } from 'chai'
import msgpackParser from 'socket.io-msgpack-parser'
import { type ClientOptions, everywhere, type Ground, hearing, nextEvent, until } from './ground.ts'

const ROADS: Record<string, { client: ClientOptions; server?: { parser: typeof msgpackParser } }> = {
  'websocket transport': { client: { transports: ['websocket'] } },
  'polling transport': { client: { transports: ['polling'] } },
  'polling that is upgraded': { client: { transports: ['polling', 'websocket'] } },
  'msgpack parser': {
    client: { transports: ['websocket'], parser: msgpackParser },
    server: { parser: msgpackParser },
  },
  'msgpack parser on polling': {
    client: { transports: ['polling'], parser: msgpackParser },
    server: { parser: msgpackParser },
  },
}

for (const [name, road] of Object.entries(ROADS)) {
  everywhere(name, (start) => {
    let ground: Ground
    beforeEach(async () => {
      ground = await start(road.server, road.client)
    })

    it('binary of every kind arrives as a Buffer, at any depth, with what stands beside it', async () => {
      const [client, server] = await ground.pair(road.client)
      server.on('echo', (value: unknown, reply: (value: unknown) => void) => reply(value))
      const bytes = Buffer.from([1, 2, 0, 255])
      const nested = { name: 'file', parts: [bytes, { deep: bytes }], size: 4 }
      expect(await client.emitWithAck('echo', nested)).to.deep.equal(nested)
      const large = Buffer.alloc(300_000, 'x')
      expect(large.equals((await client.emitWithAck('echo', large)) as Buffer)).to.equal(true)
    })

    it('acknowledgements, rooms and broadcasts work in both directions', async () => {
      const [[one, oneServer], [two, twoServer]] = [
        await ground.pair(road.client),
        await ground.pair(road.client),
      ]
      for (const [client, server] of [
        [one, oneServer],
        [two, twoServer],
      ] as const) {
        server.join('room')
        server.on('add', (a: number, b: number, reply: (sum: number) => void) => reply(a + b))
        client.on('who', (reply: (id: string) => void) => reply(client.id ?? ''))
      }
      expect(await one.emitWithAck('add', 1, 2)).to.equal(3)
      expect(await ground.io.to('room').timeout(5_000).emitWithAck('who')).to.have.members([one.id, two.id])
      const heard = hearing(two)
      oneServer.to('room').emit('bytes', Buffer.from('abc'), [1])
      await until(() => heard.length === 1)
      expect(heard).to.deep.equal([['bytes', Buffer.from('abc'), [1]]])
    })

    it('a thousand events arrive in order each way, across an upgrade as well', async () => {
      const [client, server] = await ground.pair(road.client)
      const [up, down]: [number[], number[]] = [[], []]
      server.on('up', (n: number) => up.push(n))
      client.on('down', (n: number) => down.push(n))
      const numbers = Array.from({ length: 1_000 }, (_, n) => n)
      for (const n of numbers) {
        client.emit('up', n)
        server.emit('down', n)
      }
      await until(() => up.length === 1_000 && down.length === 1_000)
      expect(up).to.deep.equal(numbers)
      expect(down).to.deep.equal(numbers)
    })

    it('uses the transport that it was told to', async () => {
      const [client, server] = await ground.pair(road.client)
      const { transports = [] } = road.client
      const last = transports.at(-1)
      await until(() => server.conn.transport.name === last && client.io.engine.transport.name === last)
      const gone = nextEvent(server, 'disconnect')
      client.disconnect()
      expect((await gone)[0]).to.equal('client namespace disconnect')
    })
  })
}
