import { createSource, type Source, type StreamEnd, type StreamOptions } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { FakeServerSocket, FakeWebSocket } from './support/fake-connection.ts'
import { codeOf, readAll, readOne } from './support/reading.ts'
import { VirtualTimers } from './support/virtual-timers.ts'

const ID = 'stream'
const QUEUE = `socket.io-pull-stream.queue.${ID}`
const ACCEPT = `socket.io-pull-stream.accept.${ID}`
const ERROR = `socket.io-pull-stream.error.${ID}`
/** A frame counts 1000 bytes with its overhead. */
const FRAME = Buffer.alloc(872)
const LIMITS: StreamOptions = {
  maxBufferedBytes: 10_000,
  overrunBytes: 10_000,
  releaseBytes: 3000,
  holdTimeoutMs: 10_000,
}

function setUp(webSocket: FakeWebSocket | object = new FakeWebSocket(), options: StreamOptions = {}) {
  const timers = new VirtualTimers()
  const socket = new FakeServerSocket(webSocket)
  const ended: StreamEnd[] = []
  const source = createSource(socket, ID, { ...LIMITS, timers, onEnd: (end) => ended.push(end), ...options })
  const frames = (count: number) => {
    for (let n = 0; n < count; n++) socket.receive(QUEUE, FRAME)
  }
  return { timers, socket, source, ended, frames }
}

async function read(source: Source<Uint8Array>, count: number): Promise<void> {
  for (let n = 0; n < count; n++) expect((await readOne(source)).end).to.equal(null)
}

describe('the backlog of a source', () => {
  it('PS-30 keeps what fits below the mark and holds nobody', () => {
    const webSocket = new FakeWebSocket()
    const { frames, timers } = setUp(webSocket)
    frames(10)
    expect([webSocket.pauses, timers.pending]).to.deep.equal([0, 0])
  })

  it('PS-31, PS-32 holds the connection over the mark and lets go once enough was read', async () => {
    const webSocket = new FakeWebSocket()
    const { source, frames, timers } = setUp(webSocket)
    frames(12)
    expect([webSocket.paused, webSocket.pauses]).to.deep.equal([true, 1])
    await read(source, 2)
    expect(webSocket.paused).to.equal(true)
    await read(source, 2)
    expect(webSocket.paused).to.equal(false)
    expect(timers.pending).to.equal(0)
  })

  it('PS-36 gives a sign of life before it holds: its accept once more, at most once a second', async () => {
    const { source, frames, timers, socket } = setUp()
    const accepts = () => socket.sent.filter(([event]) => event === ACCEPT).length
    expect(accepts()).to.equal(1)
    frames(12)
    expect(accepts()).to.equal(2)
    await read(source, 12)
    frames(12)
    expect(accepts(), 'the last one is not a second old').to.equal(2)
    await read(source, 12)
    timers.advance(1_000)
    frames(12)
    expect(accepts()).to.equal(3)
  })

  it('PS-33 cuts after 10 s in which too little was read, tells the writer and drops what it kept', async () => {
    const webSocket = new FakeWebSocket()
    const { source, frames, timers, socket, ended } = setUp(webSocket)
    frames(12)
    await read(source, 2)
    timers.advance(9_999)
    expect(ended).to.deep.equal([])
    timers.advance(1)
    expect(webSocket.paused).to.equal(false)
    expect(ended.map(codeOf)).to.deep.equal(['ERR_STREAM_BACKLOG'])
    expect(socket.sent.at(-1)?.[0]).to.equal(ERROR)
    expect(String(socket.sent.at(-1)?.[1])).to.match(/^ERR_STREAM_BACKLOG: /)
    const { end, chunks } = await readAll(source)
    expect([codeOf(end), chunks.length]).to.deep.equal(['ERR_STREAM_BACKLOG', 0])
    expect([socket.listenerCount, timers.pending]).to.deep.equal([0, 0])
  })

  it('PS-33 a reader that is slow but alive is held again, not cut', async () => {
    const webSocket = new FakeWebSocket()
    // So far over the mark that what is read in one stretch does not get below it.
    const { source, frames, timers, ended } = setUp(webSocket, { releaseBytes: 2000 })
    frames(15)
    await read(source, 3)
    timers.advance(10_000)
    expect(webSocket.paused).to.equal(false)
    frames(1)
    expect([webSocket.paused, webSocket.pauses, ended.length]).to.deep.equal([true, 2, 0])
  })

  it('PS-34 cuts at once past the overrun, where the sender cannot be held', () => {
    const { frames, ended, timers } = setUp({ bufferedAmount: 0 })
    frames(20)
    expect(ended).to.deep.equal([])
    frames(1)
    expect(ended.map(codeOf)).to.deep.equal(['ERR_STREAM_BACKLOG'])
    expect(timers.pending).to.equal(0)
  })

  it('PS-34 by default the mark is at 4 MiB and the overrun at 16 MiB', () => {
    const webSocket = new FakeWebSocket()
    const { timers, socket } = setUp()
    const ended: StreamEnd[] = []
    const other = new FakeServerSocket(webSocket)
    createSource(other, ID, { timers, onEnd: (end) => ended.push(end) })
    const mebibyte = Buffer.alloc(512 * 1024 - 128)
    for (let n = 0; n < 8; n++) other.receive(QUEUE, mebibyte)
    expect(webSocket.pauses).to.equal(0)
    other.receive(QUEUE, mebibyte)
    expect(webSocket.pauses).to.equal(1)
    for (let n = 9; n < 32; n++) other.receive(QUEUE, mebibyte)
    expect(ended).to.deep.equal([])
    other.receive(QUEUE, mebibyte)
    expect(ended.map(codeOf)).to.deep.equal(['ERR_STREAM_BACKLOG'])
    expect(socket.connected).to.equal(true)
  })

  it('PS-30 counts an overhead for each frame, so that tiny ones are bounded too', () => {
    const webSocket = new FakeWebSocket()
    const { socket } = setUp(webSocket)
    for (let n = 0; n < 78; n++) socket.receive(QUEUE, Buffer.alloc(1))
    expect(webSocket.pauses).to.equal(1)
  })

  it('PS-30 a small frame does not keep alive the buffer it was received in', async () => {
    const { socket, source } = setUp()
    const chunk = Buffer.alloc(65536)
    socket.receive(QUEUE, chunk.subarray(10, 20))
    expect((await readOne(source)).chunk?.buffer.byteLength).to.equal(10)
  })

  it('PS-25 a frame over the limit ends the stream with ERR_TOO_LARGE', async () => {
    const { socket, source } = setUp(new FakeWebSocket(), { maxFrameBytes: 100 })
    socket.receive(QUEUE, Buffer.alloc(100))
    socket.receive(QUEUE, Buffer.alloc(101))
    expect(codeOf((await readAll(source)).end)).to.equal('ERR_TOO_LARGE')
  })

  const endings: [string, (set: ReturnType<typeof setUp>) => void][] = [
    ['the end of the writer', ({ socket }) => socket.receive(ERROR, true)],
    ['an abort of the reader', ({ source }) => source(true, () => {})],
    ['a disconnect', ({ socket }) => socket.disconnect()],
  ]
  for (const [name, end] of endings) {
    it(`PS-31 ${name} lets a held connection go`, () => {
      const webSocket = new FakeWebSocket()
      const set = setUp(webSocket)
      set.frames(12)
      expect(webSocket.paused).to.equal(true)
      end(set)
      expect([webSocket.paused, set.timers.pending]).to.deep.equal([false, 0])
    })
  }

  it('PS-31 two streams on one connection: it goes on when both have caught up', async () => {
    const webSocket = new FakeWebSocket()
    const { socket, source, timers, frames } = setUp(webSocket)
    const other = createSource(socket, 'other', { ...LIMITS, timers })
    frames(12)
    for (let n = 0; n < 12; n++) socket.receive('socket.io-pull-stream.queue.other', FRAME)
    await read(source, 12)
    expect(webSocket.paused).to.equal(true)
    await read(other, 12)
    expect(webSocket.paused).to.equal(false)
  })
})
