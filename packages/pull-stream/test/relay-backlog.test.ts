import { createHash } from 'node:crypto'
import {
  createRelay,
  createSource,
  pressureOf,
  type RelayBudget,
  type RelayEnd,
  type Source,
} from '@socket-star/pull-stream'
import { expect } from 'chai'
import { FakeServerSocket, FakeWebSocket } from './support/fake-connection.ts'
import { createHost, type Host } from './support/host.ts'
import { codeOf, readAll, readOne, until } from './support/reading.ts'
import { ACCEPT, ERROR, ID, QUEUE, relayed } from './support/relayed.ts'
import { VirtualTimers } from './support/virtual-timers.ts'

const MIB = 1024 * 1024

/** A source of `total` bytes that notes how many were read, and their hash. */
function bulk(total: number) {
  const log = { bytes: 0, aborted: undefined as unknown, hash: createHash('sha256') }
  const source: Source<Uint8Array> = (abort, callback) => {
    if (abort) {
      log.aborted = abort
      return callback(abort)
    }
    if (log.bytes >= total) return callback(true)
    const chunk = Buffer.alloc(Math.min(65536, total - log.bytes), log.bytes % 251)
    log.bytes += chunk.byteLength
    log.hash.update(chunk)
    callback(null, chunk)
  }
  return { source, log }
}

describe('the backlog of a relay, real sockets', () => {
  let host: Host
  before(async () => {
    host = await createHost()
  })
  after(() => host.close())

  it('PS-42, PS-43 a reader that stands still: the backlog is bounded, then both ends are told why', async () => {
    const stream = await relayed(host, {
      maxBacklogBytes: 2 * MIB,
      overrunBytes: 2 * MIB,
      holdTimeoutMs: 300,
    })
    const { source, log } = bulk(400 * MIB)
    const pressure = pressureOf(stream.reader.server)
    const letGo = pressureOf(stream.reader.client).hold()
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, pressure.bufferedBytes())
    }, 1)
    const far = stream.accept()
    letGo()
    await until(() => stream.relay.accepted, 'the stream was accepted')
    const stopped = pressureOf(stream.reader.client).hold()
    stream.sink(source)
    await until(() => stream.relayEnds.length === 1, 'the stream was cut')
    clearInterval(watch)
    expect(stream.relayEnds[0]?.cause).to.equal('backlog')
    expect(stream.relayEnds[0]?.error?.code).to.equal('ERR_STREAM_BACKLOG')
    expect(most).to.be.within(2 * MIB, 2 * MIB + 256 * 1024)
    expect(stream.reader.server.connected && stream.writer.server.connected).to.equal(true)
    await until(() => log.aborted !== undefined, 'the writer knew')
    expect(codeOf(log.aborted)).to.equal('ERR_STREAM_BACKLOG')
    // The writer was stopped too: what it read is in the buffers between, not in the heap of the server.
    expect(log.bytes).to.be.below(40 * MIB)
    stopped()
    expect(codeOf((await readAll(far)).end)).to.equal('ERR_STREAM_BACKLOG')
    await until(() => pressure.bufferedBytes() === 0, 'the backlog went')
    expect(stream.listeners()).to.equal(0)
  })

  it('PS-33 a reader whose application does not read: it is cut there, and both ends are told why', async () => {
    const stream = await relayed(host)
    const { source, log } = bulk(400 * MIB)
    stream.sink(source)
    const far = stream.accept({ maxBufferedBytes: MIB, overrunBytes: MIB, holdTimeoutMs: 300 })
    await until(() => stream.relayEnds.length === 1, 'the stream was cut')
    expect(stream.relayEnds[0]?.cause).to.equal('reader-abort')
    await until(() => log.aborted !== undefined, 'the writer knew')
    expect(codeOf(log.aborted)).to.equal('ERR_STREAM_BACKLOG')
    expect(codeOf((await readOne(far)).end)).to.equal('ERR_STREAM_BACKLOG')
    expect(log.bytes).to.be.below(60 * MIB)
    expect(stream.listeners()).to.equal(0)
  })

  it('PS-33, PS-43 a reader at half the speed of the sender finishes with the right hash', async () => {
    const stream = await relayed(host, { maxBacklogBytes: 512 * 1024, overrunBytes: 2 * MIB })
    const total = 48 * MIB
    const { source, log } = bulk(total)
    const startedMs = performance.now()
    stream.sink(source)
    const far = stream.accept({ maxBufferedBytes: 512 * 1024, overrunBytes: 2 * MIB })
    const hash = createHash('sha256')
    let bytes = 0
    for (;;) {
      const { end, chunk } = await readOne(far)
      if (end) {
        expect(end).to.equal(true)
        break
      }
      hash.update(chunk as Uint8Array)
      bytes += (chunk as Uint8Array).byteLength
      // 60 MB/s, where this machine can send a few hundred.
      await until(() => performance.now() - startedMs > (bytes / 60e6) * 1000, 'the reader was slow')
    }
    expect(bytes).to.equal(total)
    expect(hash.digest('hex')).to.equal(log.hash.digest('hex'))
    expect(stream.relayEnds[0]?.cause).to.equal('clean')
  })

  it('PS-44 a writer that cannot be held is cut past the overrun', async () => {
    const { client, server } = await host.connect({ transports: ['polling'], upgrade: false })
    const reader = await host.connect()
    const ends: RelayEnd[] = []
    const limits = {
      maxBacklogBytes: 256 * 1024,
      overrunBytes: 512 * 1024,
      onEnd: (end: RelayEnd) => ends.push(end),
    }
    createRelay(server, reader.server, ID, limits)
    createSource(reader.client, ID)
    await new Promise<void>((resolve) => client.once(ACCEPT, () => resolve()))
    const release = pressureOf(reader.client).hold()
    const codes: unknown[] = []
    client.on(ERROR, (error: string) => codes.push(error.split(':')[0]))
    while (ends.length === 0) {
      client.emit(QUEUE, Buffer.alloc(65536))
      await until(() => pressureOf(client).bufferedBytes() === 0, 'it was sent')
    }
    expect(ends[0]?.cause).to.equal('backlog')
    await until(() => codes.length === 1, 'the writer knew')
    expect(codes).to.deep.equal(['ERR_STREAM_BACKLOG'])
    release()
  })
})

describe('the backlog of a relay, virtual time', () => {
  const LIMITS = { maxBacklogBytes: 10_000, overrunBytes: 10_000, releaseBytes: 3000, holdTimeoutMs: 10_000 }

  function setUp(options: { writers?: number; budget?: RelayBudget } = {}) {
    const timers = new VirtualTimers()
    const readerSocket = new FakeWebSocket()
    const reader = new FakeServerSocket(readerSocket)
    const ends: string[] = []
    const streams = Array.from({ length: options.writers ?? 1 }, (_, n) => {
      const webSocket = new FakeWebSocket()
      const writer = new FakeServerSocket(webSocket)
      const id = `s${n}`
      const onEnd = ({ cause }: RelayEnd) => ends.push(`${id} ${cause}`)
      const budget = options.budget === undefined ? {} : { budget: options.budget }
      const relay = createRelay(writer, reader, id, { ...LIMITS, ...budget, timers, onEnd })
      reader.receive(`socket.io-pull-stream.accept.${id}`)
      const send = (bytes = 100) => {
        writer.receive(`socket.io-pull-stream.queue.${id}`, Buffer.alloc(bytes))
      }
      return { writer, webSocket, relay, send }
    })
    return { timers, reader, readerSocket, streams, ends }
  }

  it('PS-42 holds the writer whose frame goes over the mark, and no other', () => {
    const { readerSocket, streams } = setUp({ writers: 2 })
    readerSocket.bufferedAmount = 10_000
    for (const { send } of streams) send()
    expect(streams.map(({ webSocket }) => webSocket.paused)).to.deep.equal([false, false])
    readerSocket.bufferedAmount = 10_001
    streams[0]?.send()
    expect(streams.map(({ webSocket }) => webSocket.paused)).to.deep.equal([true, false])
  })

  it('PS-43 lets all go once the backlog fell, at a drain or within 50 ms', () => {
    const { readerSocket, streams, timers, reader } = setUp({ writers: 2 })
    for (const wake of [() => timers.advance(50), () => reader.conn.emit('drain')]) {
      readerSocket.bufferedAmount = 12_000
      for (const { send } of streams) send()
      readerSocket.bufferedAmount = 10_001
      timers.advance(1000)
      expect(streams.map(({ webSocket }) => webSocket.paused)).to.deep.equal([true, true])
      readerSocket.bufferedAmount = 9_000
      wake()
      expect(streams.map(({ webSocket }) => webSocket.paused)).to.deep.equal([false, false])
      expect(reader.conn.listenerCount('drain')).to.equal(0)
    }
    expect(timers.pending).to.equal(0)
  })

  it('PS-43 cuts all that were held after 10 s without progress, and no other', () => {
    const { readerSocket, streams, timers, reader, ends } = setUp({ writers: 3 })
    readerSocket.bufferedAmount = 12_000
    streams[0]?.send()
    streams[1]?.send()
    timers.advance(9_999)
    expect(ends).to.deep.equal([])
    timers.advance(1)
    expect(ends).to.deep.equal(['s0 backlog', 's1 backlog'])
    expect(streams.map(({ webSocket }) => webSocket.paused)).to.deep.equal([false, false, false])
    const told = [streams[0]?.writer, reader].map((socket) => socket?.sent.at(-1)?.[1])
    for (const text of told) expect(String(text)).to.match(/^ERR_STREAM_BACKLOG: more than 10000 bytes/)
    expect(streams[2]?.relay.end).to.equal(undefined)
  })

  it('PS-43 a reader that is slow but alive is not cut', () => {
    const { readerSocket, streams, timers, ends } = setUp()
    readerSocket.bufferedAmount = 18_000
    streams[0]?.send()
    readerSocket.bufferedAmount = 14_000
    timers.advance(10_000)
    expect(streams[0]?.webSocket.paused).to.equal(false)
    streams[0]?.send()
    expect(streams[0]?.webSocket.paused).to.equal(true)
    expect(ends).to.deep.equal([])
  })

  it('PS-42 a writer held for two readers goes on when both have caught up', () => {
    const { timers, readerSocket, streams } = setUp()
    const writer = streams[0]?.writer as FakeServerSocket
    const otherSocket = new FakeWebSocket()
    const other = new FakeServerSocket(otherSocket)
    createRelay(writer, other, 'other', { ...LIMITS, timers })
    other.receive('socket.io-pull-stream.accept.other')
    readerSocket.bufferedAmount = 12_000
    otherSocket.bufferedAmount = 12_000
    streams[0]?.send()
    writer.receive('socket.io-pull-stream.queue.other', Buffer.alloc(100))
    readerSocket.bufferedAmount = 0
    timers.advance(50)
    expect(streams[0]?.webSocket.paused).to.equal(true)
    otherSocket.bufferedAmount = 0
    timers.advance(50)
    expect(streams[0]?.webSocket.paused).to.equal(false)
  })

  it('PS-42 a held writer goes on when its stream ends', () => {
    const { timers, readerSocket, streams, reader } = setUp()
    readerSocket.bufferedAmount = 12_000
    streams[0]?.send()
    streams[0]?.relay.close()
    expect(streams[0]?.webSocket.paused).to.equal(false)
    expect(reader.conn.listenerCount('drain')).to.equal(0)
    // What it left behind is counted until it is gone.
    expect(timers.pending).to.equal(1)
    readerSocket.bufferedAmount = 0
    timers.advance(1000)
    expect(timers.pending).to.equal(0)
  })

  it('PS-44 cuts at once past the overrun', () => {
    const { readerSocket, streams, ends } = setUp({ writers: 2 })
    readerSocket.bufferedAmount = 20_001
    streams[1]?.send()
    expect(ends).to.deep.equal(['s1 backlog'])
  })
})
