import { createRelay, pressureOf, RelayBudget, type RelayEnd } from '@socket-star/pull-stream'
import { expect } from 'chai'
import fc from 'fast-check'
import { FakeServerSocket, FakeWebSocket } from './support/fake-connection.ts'
import { createHost, type Host } from './support/host.ts'
import { until } from './support/reading.ts'
import { ACCEPT, ERROR, ID, QUEUE } from './support/relayed.ts'
import { VirtualTimers } from './support/virtual-timers.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** One stream, its reader's backlog, and what became of them. */
class Reader {
  readonly socket = new FakeWebSocket()
  readonly writerSocket = new FakeWebSocket()
  readonly reader = new FakeServerSocket(this.socket)
  readonly writer = new FakeServerSocket(this.writerSocket)
  readonly id: string
  end: RelayEnd | undefined

  constructor(id: string, budget: RelayBudget, timers: VirtualTimers) {
    this.id = id
    const onEnd = (end: RelayEnd) => {
      this.end = end
    }
    createRelay(this.writer, this.reader, id, { budget, timers, onEnd })
    this.reader.receive(`socket.io-pull-stream.accept.${id}`)
  }

  /** Relays one byte while so much waits. */
  send(bytes: number): void {
    this.socket.bufferedAmount = bytes
    this.writer.receive(`socket.io-pull-stream.queue.${this.id}`, Buffer.alloc(1))
  }

  get state(): 'cut' | 'held' | 'free' {
    if (this.end !== undefined) return 'cut'
    return this.writerSocket.paused ? 'held' : 'free'
  }
}

describe('PS-45 the budget of all readers, virtual time', () => {
  function setUp(maxBytes: number, count: number) {
    const timers = new VirtualTimers()
    const budget = new RelayBudget(maxBytes)
    const readers = Array.from({ length: count }, (_, n) => new Reader(`s${n}`, budget, timers))
    return { timers, budget, readers, at: (n: number) => readers[n] as Reader }
  }

  it('PS-45 gives everyone a fair share: the large are held, the small notice nothing', () => {
    const { budget, timers, readers, at } = setUp(4 * MIB, 4)
    at(0).send(200 * KIB)
    at(1).send(600 * KIB)
    at(2).send(1800 * KIB)
    at(3).send(1800 * KIB)
    // what the two small ones leave of it is for the two large ones: 1648 KiB each
    expect(budget.share(timers)).to.equal(1648 * KIB)
    timers.advance(50)
    for (const reader of readers) reader.send(reader.socket.bufferedAmount)
    expect(readers.map(({ state }) => state)).to.deep.equal(['free', 'free', 'held', 'held'])
    at(2).socket.bufferedAmount = 0
    timers.advance(50)
    expect(readers.map(({ state }) => state)).to.deep.equal(['free', 'free', 'free', 'held'])
  })

  it('PS-45 lets 64 KiB wait for a reader whose share is less', () => {
    const { timers, readers, at } = setUp(MIB, 32)
    for (const reader of readers) reader.send(64 * KIB)
    timers.advance(50)
    for (const reader of readers) reader.send(64 * KIB)
    expect(readers.every(({ state }) => state === 'free')).to.equal(true)
    at(0).send(64 * KIB + 1)
    expect(at(0).state).to.equal('held')
  })

  it('PS-45 closes readers over their share that took hardly anything for 10 s, as many as it needs', () => {
    const { budget, timers, readers, at } = setUp(4 * MIB, 4)
    at(0).send(1600 * KIB)
    at(1).send(1500 * KIB)
    at(2).send(800 * KIB)
    timers.advance(9_000)
    at(3).send(300 * KIB)
    expect(readers.map(({ state }) => state)).to.deep.equal(['free', 'free', 'free', 'free'])
    timers.advance(1_000)
    at(3).send(300 * KIB)
    expect(readers.map(({ state }) => state)).to.deep.equal(['cut', 'free', 'free', 'free'])
    expect(at(0).end?.cause).to.equal('backlog')
    expect(at(0).end?.error?.code).to.equal('ERR_STREAM_BACKLOG')
    expect(readers.map(({ socket }) => socket.terminated)).to.deep.equal([true, false, false, false])
    expect(budget.usedBytes).to.equal(2600 * KIB)
  })

  it('PS-45 keeps a reader over its share that takes 256 KiB in 10 s', () => {
    const { timers, readers, at } = setUp(4 * MIB, 2)
    const handle = { bytesWritten: 0, writeQueueSize: 0 }
    Object.assign(at(0).socket, { _socket: { _handle: handle } })
    at(0).send(3000 * KIB)
    for (let second = 0; second < 25; second++) {
      handle.bytesWritten += 26 * KIB
      timers.advance(1_000)
    }
    at(1).send(1200 * KIB)
    expect(readers.map(({ state }) => state)).to.deep.equal(['free', 'free'])
    timers.advance(10_000)
    at(1).send(1200 * KIB)
    expect(readers.map(({ state }) => state)).to.deep.equal(['cut', 'free'])
  })

  it('PS-45 closes the largest at once at 1.25 times the budget, and nobody within the share', () => {
    const { budget, timers, readers, at } = setUp(16 * MIB, 4)
    at(0).send(9 * MIB)
    at(1).send(8 * MIB)
    at(2).send(2 * MIB)
    timers.advance(50)
    at(3).send(2 * MIB)
    expect(readers.map(({ socket }) => socket.terminated)).to.deep.equal([true, false, false, false])
    expect(at(2).state).to.equal('free')
    expect(budget.usedBytes).to.equal(12 * MIB)
  })

  it('PS-45 looks again at what the others use before anyone suffers from it', () => {
    const { budget, timers, at } = setUp(2 * MIB, 2)
    at(0).send(1900 * KIB)
    at(0).socket.bufferedAmount = 0
    at(1).send(1900 * KIB)
    expect([at(0).state, at(1).state, budget.usedBytes]).to.deep.equal(['free', 'free', 1900 * KIB])
    for (const { reader } of [at(0), at(1)]) reader.disconnect()
    expect([budget.usedBytes, timers.pending]).to.deep.equal([0, 0])
  })

  it('PS-45 whatever they use: no more than is needed goes, and never one within the share', () => {
    const sizes = fc.record({ bytes: fc.integer({ min: 0, max: 4 * MIB }), stuck: fc.boolean() })
    fc.assert(
      fc.property(
        fc.array(sizes, { maxLength: 20 }),
        fc.integer({ min: 1, max: 20 * MIB }),
        (wanted, maxBytes) => {
          const budget = new RelayBudget(maxBytes)
          const level = Math.max(levelOf(wanted, maxBytes), 64 * KIB)
          const users = wanted.map(({ bytes, stuck }) => ({
            stuck,
            measure: () => bytes,
            drop(): void {
              expect(bytes).to.be.above(level)
              expect(budget.usedBytes).to.be.above(stuck ? maxBytes : maxBytes * 1.25)
              budget.remove(this)
            },
          }))
          for (const user of users) budget.report(user, user.measure())
          const fits = budget.usedBytes <= maxBytes
          const share = budget.share(new VirtualTimers())
          if (fits) expect(share).to.equal(Number.POSITIVE_INFINITY)
          expect(budget.usedBytes).to.be.at.most(Math.max(maxBytes * 1.25, users.length * 64 * KIB))
        },
      ),
    )
  })
})

/** The fair share, found by trying. */
function levelOf(users: readonly { bytes: number }[], maxBytes: number): number {
  const fits = (level: number) =>
    users.reduce((sum, { bytes }) => sum + Math.min(bytes, level), 0) <= maxBytes
  let [low, high] = [0, 4 * MIB]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (fits(middle)) low = middle
    else high = middle
  }
  return low - 1
}

describe('PS-52 a reader that takes nothing, virtual time', () => {
  function setUp() {
    const timers = new VirtualTimers()
    const reader = new Reader('s', new RelayBudget(), timers)
    return { timers, reader }
  }

  it('PS-52 is closed after 30 s, also when its streams were cut before', () => {
    const { timers, reader } = setUp()
    reader.send(5 * MIB)
    timers.advance(10_000)
    expect([reader.state, reader.socket.terminated]).to.deep.equal(['cut', false])
    timers.advance(19_999)
    expect(reader.socket.terminated).to.equal(false)
    timers.advance(1)
    expect([reader.socket.terminated, timers.pending]).to.deep.equal([true, 0])
  })

  it('PS-52 is left alone as long as it takes anything, or little waits', () => {
    const { timers, reader } = setUp()
    reader.send(MIB)
    for (let second = 0; second < 100; second++) {
      if (second % 29 === 28) reader.socket.bufferedAmount -= 1
      timers.advance(1_000)
    }
    reader.socket.bufferedAmount = 64 * KIB
    timers.advance(100_000)
    expect([reader.state, reader.socket.terminated, timers.pending]).to.deep.equal(['free', false, 0])
  })

  it('PS-52 is not blamed for the time that this process slept', () => {
    const { timers, reader } = setUp()
    reader.send(MIB)
    timers.sleep(3_600_000)
    timers.advance(20_000)
    expect(reader.socket.terminated).to.equal(false)
  })
})

describe('PS-45, PS-52 the budget of all readers, real sockets', () => {
  let host: Host
  before(async () => {
    host = await createHost()
  })
  after(() => host.close())

  for (const transport of ['websocket', 'polling'] as const) {
    it(`PS-45 a ${transport} reader that answers pings and reads nothing goes, and its memory with it`, async () => {
      const budget = new RelayBudget(2 * MIB)
      const { client, server } = await host.connect({ transports: ['polling'], upgrade: false })
      const ends: RelayEnd[] = []
      // with upgrade: false a polling reader stays one, and asks for nothing while it is stopped
      const reader = await host.connect({ transports: [transport], upgrade: false })
      createRelay(server, reader.server, ID, { budget, onEnd: (end) => ends.push(end) })
      const accepted = new Promise<void>((resolve) => client.once(ACCEPT, () => resolve()))
      reader.client.emit(ACCEPT)
      await accepted
      const gone = new Promise<void>((resolve) => reader.server.once('disconnect', () => resolve()))
      stopReading(reader.client)
      const codes: unknown[] = []
      client.on(ERROR, (error: string) => codes.push(error.split(':')[0]))
      while (ends.length === 0) {
        client.emit(QUEUE, Buffer.alloc(256 * KIB))
        await until(() => pressureOf(client).bufferedBytes() === 0, 'it was sent')
      }
      await gone
      expect(ends[0]?.cause).to.equal('backlog')
      await until(() => codes.length === 1, 'the writer knew')
      expect(codes).to.deep.equal(['ERR_STREAM_BACKLOG'])
      expect(budget.usedBytes).to.equal(0)
      expect(pressureOf(reader.server).bufferedBytes()).to.equal(0)
    })
  }
})

/** The client's own connection takes nothing any more, and says nothing of it. */
function stopReading(client: object): void {
  const { engine } = (client as { io: { engine: { transport: object } } }).io
  const { ws } = engine.transport as { ws?: { _socket: { pause(): void } } }
  if (ws !== undefined) ws._socket.pause()
  else Object.assign(engine.transport, { doPoll: () => {} })
}
