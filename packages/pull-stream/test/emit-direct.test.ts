import { once } from 'node:events'
import { createRelay, createSink, createSource } from '@socket-star/pull-stream'
import { expect } from 'chai'
import type { Socket } from 'socket.io'
import { createHost, type Host, roundTrip } from './support/host.ts'
import { readAll, scripted, until } from './support/reading.ts'
import { ID } from './support/relayed.ts'

/** What Socket.IO's adapter keeps for clients that come back. */
function keptPackets(host: Host): unknown[] {
  return (host.io.of('/').adapter as unknown as { packets: unknown[] }).packets
}

describe("streams and Socket.IO's own buffers", () => {
  let host: Host
  afterEach(() => host.close())

  it('PS-5 with connection state recovery the server keeps no frame, and sends all of them', async () => {
    host = await createHost({ connectionStateRecovery: {} })
    const [writer, reader] = [await host.connect(), await host.connect()]
    createRelay(writer.server, reader.server, ID)
    createSink(writer.client, ID)(scripted([Buffer.from('a'), Buffer.from('b')]).source)
    const { end, chunks } = await readAll(createSource(reader.client, ID))
    expect([end, Buffer.concat(chunks).toString()]).to.deep.equal([true, 'ab'])
    expect(keptPackets(host)).to.deep.equal([])
    reader.server.emit('plain event')
    expect(keptPackets(host)).to.have.length(1)
  })

  it('PS-5 with retries a client neither waits for an answer nor sends a frame twice', async () => {
    host = await createHost()
    const options = { retries: 3, ackTimeout: 20 }
    const [writer, reader] = [await host.connect(options), await host.connect(options)]
    createRelay(writer.server, reader.server, ID)
    createSink(writer.client, ID)(scripted([Buffer.from('a'), Buffer.from('b')]).source)
    const { end, chunks } = await readAll(createSource(reader.client, ID))
    expect([end, Buffer.concat(chunks).toString()]).to.deep.equal([true, 'ab'])
  })

  it('PS-4 a client whose ping has expired unnoticed keeps nothing for its next connection', async () => {
    host = await createHost()
    const { client } = await host.connect()
    Object.assign(client.io.engine, { _pingTimeoutTime: 1 })
    client.emit('plain event')
    expect(client.sendBuffer).to.have.length(1)
    Object.assign(client.io.engine, { _pingTimeoutTime: 1 })
    createSource(client, ID)
    expect(client.sendBuffer).to.have.length(1)
  })

  it('PS-4 a stream does not come up again with the next connection', async () => {
    host = await createHost()
    const { client, server } = await host.connect({ reconnection: true, reconnectionDelay: 1 })
    const heard: string[] = []
    host.io.on('connection', (socket) => socket.onAny((event: string) => heard.push(event)))
    server.conn.close()
    await until(() => !client.connected, 'the client saw it')
    createSource(client, ID)
    createSink(client, 'other')(scripted([Buffer.from('a')]).source)
    const [socket] = (await once(host.io, 'connection')) as [Socket]
    await roundTrip({ client, server: socket })
    expect(heard).to.deep.equal(['round-trip'])
  })
})
