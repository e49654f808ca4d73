import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { environment } from '../src/env.ts'
import { PeerWire } from '../src/peers/peer-wire.ts'
import { request } from '../src/peers/request.ts'
import { Wire } from '../src/wire.ts'
import { codeOf, errorOf } from './support/error-of.ts'
import { type FakeStar, fakeStar, next, turn } from './support/fake-star.ts'
import { ManualTimers } from './support/manual-timers.ts'

describe('wire', () => {
  let star: FakeStar
  beforeEach(async () => {
    star = await fakeStar()
  })
  afterEach(() => star.close())

  async function connected(socket: Socket): Promise<Socket> {
    if (!socket.connected) await next(socket, 'connect')
    return socket
  }
  const wireOf = (socket: Socket, timers = new ManualTimers()) =>
    new PeerWire(new Wire(socket, environment()), timers)

  it('NET-2 sends nothing while the socket is down, and nothing later', async () => {
    const socket = star.client({ autoConnect: false })
    const wire = wireOf(socket)
    expect(wire.emit('ours', 1)).to.equal(false)
    expect(await codeOf(request(wire, 'ours', [2], { timeoutMs: 1000 }))).to.equal('ERR_NOT_CONNECTED')
    socket.emit('theirs')
    socket.connect()
    await star.nth('theirs', 1)
    expect(star.of('ours')).to.deep.equal([])
  })

  it('NET-2 keeps out of the buffer of a socket whose ping has expired unnoticed', async () => {
    const socket = await connected(star.client())
    const wire = wireOf(socket)
    // what a computer finds that slept for longer than a ping may take
    Object.assign(socket.io.engine, { _pingTimeoutTime: Date.now() - 1 })
    expect(socket.connected).to.equal(true)
    expect(wire.emit('ours')).to.equal(false)
    expect(socket.sendBuffer).to.have.length(0)
    await next(socket, 'connect')
    socket.emit('theirs')
    await star.nth('theirs', 1)
    expect(star.of('ours')).to.deep.equal([])
  })

  it('NET-2 goes around the queue of retries', async () => {
    const socket = await connected(star.client({ retries: 3, ackTimeout: 20 }))
    const wire = wireOf(socket)
    // the first in the queue is never acknowledged: everything behind it waits
    socket.emit('theirs')
    socket.emit('theirs too')
    expect(wire.emit('ours', 'a')).to.equal(true)
    expect((await star.nth('ours', 1)).args).to.deep.equal(['a'])
    await star.nth('theirs', 3)
    expect(star.of('ours')).to.have.length(1)
    expect(star.of('theirs too')).to.have.length(0)
  })

  it('NET-2 goes around the queue of retries with a request, whose answer stays as it was given', async () => {
    star.on('ours', ({ args }) => args.at(-1)(null, 'nonce'))
    const socket = await connected(star.client({ retries: 3, ackTimeout: 20_000 }))
    socket.emit('theirs')
    const reply = await request(wireOf(socket), 'ours', ['a'], { timeoutMs: 1000 })
    expect(reply).to.deep.equal([null, 'nonce'])
  })

  it("leaves the flags for the application's own next emit alone", async () => {
    const socket = await connected(star.client())
    const theirs = socket.timeout(20)
    wireOf(socket).emit('ours')
    const error = await new Promise((resolve) => theirs.emit('theirs', resolve))
    expect(error).to.be.an('error')
  })

  it('NET-3 a lost connection ends a request', async () => {
    const socket = await connected(star.client())
    const asking = request(wireOf(socket), 'ours', [], { timeoutMs: 1000 })
    const { socket: there } = await star.nth('ours', 1)
    there.disconnect(true)
    expect(await codeOf(asking)).to.equal('ERR_DISCONNECTED')
  })

  it('NET-3 an answer after the time or after the signal has no effect but is handed to whoever asked for it', async () => {
    const socket = await connected(star.client())
    const timers = new ManualTimers()
    const wire = wireOf(socket, timers)
    const late: unknown[][] = []
    const onLateReply = (reply: unknown[]) => late.push(reply)
    const controller = new AbortController()
    const slow = request(wire, 'slow', [], { timeoutMs: 1000, onLateReply })
    const aborted = request(wire, 'aborted', [], { timeoutMs: 5000, signal: controller.signal, onLateReply })
    const { args } = await star.nth('slow', 1)
    const [acknowledge] = (await star.nth('aborted', 1)).args
    timers.advance(1000)
    controller.abort(new Error('changed my mind'))
    expect(await codeOf(slow)).to.equal('ERR_TIMEOUT')
    const error = await errorOf(aborted)
    expect(error.code).to.equal('ERR_ABORTED')
    expect(error.cause).to.have.property('message', 'changed my mind')
    args[0]('too late')
    acknowledge('this as well')
    const done = next(socket, 'done')
    star.io.emit('done')
    await done
    expect(late).to.deep.equal([['too late'], ['this as well']])
    expect(timers.size).to.equal(0)
  })

  it('fails at once with a signal that was aborted before', async () => {
    const socket = await connected(star.client())
    const asking = request(wireOf(socket), 'ours', [], { timeoutMs: 1000, signal: AbortSignal.abort() })
    expect(await codeOf(asking)).to.equal('ERR_ABORTED')
    await turn()
    expect(star.of('ours')).to.have.length(0)
  })

  it('leaves no listener and no timer behind', async () => {
    star.on('ours', ({ args }) => args.at(-1)())
    const socket = await connected(star.client())
    const timers = new ManualTimers()
    const { signal } = new AbortController()
    const wire = wireOf(socket, timers)
    for (let i = 0; i < 10; i++) await request(wire, 'ours', [], { timeoutMs: 1000, signal })
    expect(timers.size).to.equal(0)
    expect(socket.listeners('disconnect')).to.have.length(0)
  })
})
