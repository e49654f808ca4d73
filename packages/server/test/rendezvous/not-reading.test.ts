import { pressureOf } from '@socket-star/pull-stream'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import type { AnySocket } from '../../src/socket-types.ts'
import { codeOf, Host, request, until } from '../support/host.ts'

const MIB = 1024 * 1024
/** 4 MiB that may wait on a socket, and the 12 MiB past which its streams are cut. */
const LIMIT_BYTES = 16 * MIB
const UNLIMITED = { joinsPerSecond: 1e6, joinBurst: 1e6, addressesPerSocket: 300 }
const address = (port: number) => `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`

describe('a socket that asks and does not read the answers', () => {
  let host: Host
  let stuck: Socket
  let other: Socket
  const waiting = (): number => {
    const socket = [...host.io.of('/').sockets.values()].find(({ id }) => id === stuck.id)
    return pressureOf(socket as AnySocket).bufferedBytes()
  }
  const webSocket = () =>
    (stuck.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } }).ws

  beforeEach(async () => {
    host = await Host.start({ star: { challenge: false, quotas: UNLIMITED } })
    stuck = await host.connect()
    other = await host.connect()
    await request(stuck, 'ss-join', address(1), '')
    for (let port = 2; port <= 270; port += 1) await request(other, 'ss-join', address(port), '')
    webSocket().pause()
  })
  afterEach(async () => {
    webSocket().resume()
    await host.close()
  })

  it('LIM-6 has a bounded amount waiting: what it asks is dropped and counted until it reads', async () => {
    for (let round = 0; round < 40; round += 1) {
      for (let n = 0; n < 100; n += 1) stuck.emit('ss-join', address(1), '', () => {})
      await request(other, 'ss-join', address(2), '')
    }
    await until(() => (host.star.stats().drops.lagging ?? 0) > 100)
    expect(waiting()).to.be.within(LIMIT_BYTES, LIMIT_BYTES + MIB)
    webSocket().resume()
    await until(() => waiting() === 0)
    const dial = await request(stuck, 'ss-dial', address(1), address(2000), 'b')
    expect(codeOf(dial)).to.equal('ERR_PEER_NOT_FOUND')
  })

  it('LIM-6 is not dialled either: whoever tries is told at once', async () => {
    const socket = [...host.io.of('/').sockets.values()].find(({ id }) => id === stuck.id)
    for (let n = 0; n < 24; n += 1) socket?.emit('ballast', Buffer.alloc(MIB))
    expect(codeOf(await request(other, 'ss-dial', address(2), address(1), 'a'))).to.equal('ERR_QUOTA')
    webSocket().resume()
    await until(() => waiting() === 0)
    stuck.on('ss-incomming', (...args: unknown[]) => (args.at(-1) as () => void)())
    expect(await request(other, 'ss-dial', address(2), address(1), 'b')).to.deep.equal([])
  })
})
