import { pressureOf } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { FakeServerSocket } from './support/fake-connection.ts'
import { createHost, type Host } from './support/host.ts'
import { createLink } from './support/link.ts'
import { until } from './support/reading.ts'

describe('the pressure of a socket', () => {
  let host: Host
  beforeEach(async () => {
    host = await createHost()
  })
  afterEach(() => host.close())

  it('PS-42 counts what a server has not sent to a client that does not read, and follows it down', async () => {
    const { client, server } = await host.connect()
    const pressure = pressureOf(server)
    const hold = pressureOf(client).hold()
    let drains = 0
    const stop = pressure.onDrain(() => drains++)
    for (let n = 0; n < 640; n++) server.emit('data', Buffer.alloc(65536))
    // What the system's own buffers take is not ours to count.
    expect(pressure.bufferedBytes()).to.be.above(20 * 1024 * 1024)
    expect(pressure.unsentBytes()).to.be.at.most(pressure.bufferedBytes())
    hold()
    await until(() => pressure.bufferedBytes() === 0, 'all was sent')
    expect(pressure.unsentBytes()).to.equal(0)
    expect(drains).to.be.above(0)
    stop()
    expect(server.conn.listenerCount('drain')).to.equal(0)
  })

  it('PS-42 each packet is counted once, however often one looks', async () => {
    const { client, server } = await host.connect()
    const release = pressureOf(client).hold()
    // The first packets are on their way; what follows waits in Engine.IO.
    for (let n = 0; n < 320; n++) server.emit('data', Buffer.alloc(65536))
    const pressure = pressureOf(server)
    const before = pressure.bufferedBytes()
    expect(pressure.bufferedBytes()).to.equal(before)
    server.emit('data', Buffer.alloc(1000))
    expect(pressure.bufferedBytes() - before).to.be.within(1000, 1500)
    release()
    await until(() => pressure.bufferedBytes() === 0, 'all was sent')
  })

  it('PS-31 a held connection reads nothing until all have let go', async () => {
    const { client, server } = await host.connect()
    const pressure = pressureOf(server)
    expect(pressure.canHold).to.equal(true)
    let heard = 0
    server.on('data', () => heard++)
    expect(pressure.held).to.equal(false)
    const releases = [pressure.hold(), pressure.hold()]
    expect(pressure.held).to.equal(true)
    client.emit('data', 1)
    await until(() => pressureOf(client).bufferedBytes() === 0, 'the client has sent')
    releases[0]?.()
    releases[0]?.()
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve))
    expect(heard).to.equal(0)
    releases[1]?.()
    expect(pressure.held).to.equal(false)
    await until(() => heard === 1, 'the event arrived')
  })

  it('PS-42 works on long-polling, where nobody can be held', async () => {
    const { client, server } = await host.connect({ transports: ['polling'], upgrade: false })
    const pressure = pressureOf(server)
    expect(pressure.canHold).to.equal(false)
    for (let n = 0; n < 10; n++) server.emit('data', Buffer.alloc(10_000))
    expect(pressure.bufferedBytes()).to.be.above(90_000)
    pressure.hold()()
    await until(() => pressure.bufferedBytes() === 0, 'all was sent')
    for (let n = 0; n < 10; n++) client.emit('data', Buffer.alloc(10_000))
    expect(pressureOf(client).bufferedBytes()).to.be.above(90_000)
    expect(pressureOf(client).canHold).to.equal(false)
    await until(() => pressureOf(client).bufferedBytes() === 0, 'all was sent')
  })

  it('PS-15 a client counts each of its bytes once in the turn it sends them', async () => {
    const { client, server } = await host.connect()
    const pressure = pressureOf(client)
    const release = pressureOf(server).hold()
    for (let n = 0; n < 1000; n++) client.emit('data', Buffer.alloc(10_000))
    expect(pressure.bufferedBytes()).to.be.within(9_900_000, 10_600_000)
    await new Promise((resolve) => process.nextTick(resolve))
    expect(pressure.bufferedBytes()).to.be.at.most(10_600_000)
    release()
    await until(() => pressure.bufferedBytes() === 0, 'all was sent')
  })

  it('PS-31 a WebSocket of an older ws is held by its connection, which its parser resumes once more', async () => {
    const log: string[] = []
    const connection = { pause: () => log.push('pause'), resume: () => log.push('resume') }
    const pressure = pressureOf(new FakeServerSocket({ bufferedAmount: 0, _socket: connection }))
    expect(pressure.canHold).to.equal(true)
    const release = pressure.hold()
    connection.resume()
    await until(() => log.length === 3, 'it was paused again')
    release()
    expect(log).to.deep.equal(['pause', 'resume', 'pause', 'resume'])
  })

  it('is nothing on what has no connection', async () => {
    const pressure = pressureOf(createLink().a)
    expect([pressure.bufferedBytes(), pressure.unsentBytes(), pressure.canHold]).to.deep.equal([0, 0, false])
    pressure.hold()()
    pressure.onDrain(() => {})()
    const { client } = await host.connect()
    client.disconnect()
    expect(pressureOf(client).bufferedBytes()).to.equal(0)
  })
})
