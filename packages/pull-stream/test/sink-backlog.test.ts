import { createSink } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { FakeServerSocket, FakeWebSocket } from './support/fake-connection.ts'
import { codeOf, scripted } from './support/reading.ts'
import { VirtualTimers } from './support/virtual-timers.ts'

const ID = 'stream'
const ACCEPT = `socket.io-pull-stream.accept.${ID}`
const ERROR = `socket.io-pull-stream.error.${ID}`

function setUp(chunks: Uint8Array[]) {
  const timers = new VirtualTimers()
  const webSocket = new FakeWebSocket()
  const socket = new FakeServerSocket(webSocket)
  const { source, log } = scripted(chunks)
  createSink(socket, ID, { timers, maxUnsentBytes: 1000, frameBytes: 100 })(source)
  return { timers, webSocket, socket, log }
}

function framesSent(socket: FakeServerSocket): number {
  return socket.sent.filter(([event]) => event.includes('.queue.')).length
}

describe('the backlog of a sink', () => {
  it('PS-15 stops reading while its own connection is behind, and goes on by itself', () => {
    const { timers, webSocket, socket, log } = setUp([Buffer.alloc(10), Buffer.alloc(10)])
    webSocket.bufferedAmount = 1001
    socket.receive(ACCEPT)
    timers.advance(1000)
    expect([log.reads, framesSent(socket)]).to.deep.equal([0, 0])
    webSocket.bufferedAmount = 1000
    timers.advance(4)
    expect([log.reads, framesSent(socket)]).to.deep.equal([3, 2])
    expect(timers.pending).to.equal(0)
  })

  it('PS-15 stops within a chunk', () => {
    const { webSocket, socket, timers } = setUp([Buffer.alloc(100_000)])
    socket.emit = (...args) => {
      socket.sent.push(args as [string])
      webSocket.bufferedAmount += 100
    }
    socket.receive(ACCEPT)
    expect(framesSent(socket)).to.equal(11)
    webSocket.bufferedAmount = 0
    timers.advance(4)
    expect(framesSent(socket)).to.equal(22)
  })

  it('PS-15 counts what Engine.IO has not given to the WebSocket', () => {
    const { socket, log, timers } = setUp([Buffer.alloc(10)])
    socket.conn.writeBuffer.push({ data: 'x'.repeat(600) }, { data: Buffer.alloc(300) })
    socket.receive(ACCEPT)
    expect(log.reads).to.equal(0)
    socket.conn.writeBuffer = []
    timers.advance(4)
    expect(log.reads).to.equal(2)
  })

  it('PS-15 goes on at a drain, before its timer', () => {
    const { socket, log, webSocket, timers } = setUp([Buffer.alloc(10)])
    webSocket.bufferedAmount = 1001
    socket.receive(ACCEPT)
    webSocket.bufferedAmount = 0
    socket.conn.emit('drain')
    expect([log.reads, timers.pending]).to.deep.equal([2, 0])
    expect(socket.conn.listenerCount('drain')).to.equal(0)
  })

  it('what is sent in one turn of the event loop is written together', async () => {
    const log: string[] = []
    const connection = { cork: () => log.push('cork'), uncork: () => log.push('uncork') }
    const socket = new FakeServerSocket({ bufferedAmount: 0, _socket: connection })
    for (const id of ['a', 'b']) {
      createSink(socket, id)(scripted([Buffer.alloc(1), Buffer.alloc(1)]).source)
      socket.receive(`socket.io-pull-stream.accept.${id}`)
    }
    expect([log, framesSent(socket)]).to.deep.equal([['cork'], 4])
    await new Promise((resolve) => setImmediate(resolve))
    expect(log).to.deep.equal(['cork', 'uncork'])
  })

  it('PS-14 an abort of the reader while it waits leaves no timer and no listener', () => {
    const { socket, log, webSocket, timers } = setUp([Buffer.alloc(10)])
    webSocket.bufferedAmount = 1001
    socket.receive(ACCEPT)
    expect([timers.pending, socket.conn.listenerCount('drain')]).to.deep.equal([1, 1])
    socket.receive(ERROR, 'ERR_STREAM_BACKLOG: x')
    expect(codeOf(log.aborted)).to.equal('ERR_STREAM_BACKLOG')
    expect([timers.pending, socket.conn.listenerCount('drain'), socket.listenerCount]).to.deep.equal([
      0, 0, 0,
    ])
  })
})
