import { once } from 'node:events'
import { expect } from 'chai'
import { WebSocket } from 'ws'
import { MAX_UNREAD_PINGS } from '../../src/limits.ts'
import { Host, request, until } from '../support/host.ts'

const LARGEST = Buffer.alloc(125)
/** More than the systems of both ends hold for a connection, several times. */
const MANY = 400_000
const AT_ONCE = 1_000

describe('LIM-10 the ping guard', () => {
  let host: Host
  let pinger: WebSocket
  beforeEach(async () => {
    host = await Host.start()
  })
  afterEach(async () => {
    pinger.terminate()
    await host.close()
  })

  /** A WebSocket that has said nothing of Socket.IO, or has come into its namespace. */
  async function connect(into: boolean): Promise<void> {
    pinger = new WebSocket(`ws://127.0.0.1:${host.port}/socket.io/?EIO=4&transport=websocket`)
    pinger.on('error', () => {})
    await once(pinger, 'message')
    if (!into) return
    pinger.send('40')
    await once(pinger, 'message')
  }

  /** Pings as fast as the system takes it, until the server has closed the connection. */
  async function ping(times: number): Promise<void> {
    for (let sent = 0; sent < times && host.io.engine.clientsCount > 0; sent += AT_ONCE) {
      for (let n = 1; n < AT_ONCE; n++) pinger.ping(LARGEST)
      await new Promise((resolve) => pinger.ping(LARGEST, undefined, resolve))
    }
  }

  for (const [who, into] of [
    ['from the first in its namespace on', true],
    ['before it comes into any namespace', false],
  ] as const) {
    it(`closes a WebSocket that pings and does not read, ${who}`, async () => {
      // the star knows its server from the first socket on
      if (!into) (await host.connect()).disconnect()
      await until(() => host.io.engine.clientsCount === 0)
      await connect(into)
      pinger.pause()
      await ping(MANY)
      await until(() => host.io.engine.clientsCount === 0)
      expect(host.star.stats().drops).to.deep.equal({ arguments: 1 })
      expect((await request(await host.connect(), 'ss-watch'))[0]).to.match(/^ERR_NOT_JOINED/)
    })
  }

  it('lets one that reads the answers ping as often as it likes', async () => {
    await connect(true)
    let answers = 0
    pinger.on('pong', () => answers++)
    for (let sent = AT_ONCE; sent <= 5 * MAX_UNREAD_PINGS; sent += AT_ONCE) {
      await ping(AT_ONCE)
      await until(() => answers === sent)
    }
    expect(host.star.stats().drops).to.deep.equal({})
  })
})
