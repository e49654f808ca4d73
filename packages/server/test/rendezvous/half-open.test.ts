import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { Host, request, until } from '../support/host.ts'

const address = (port: number) => `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`

describe('a client that is gone without a word', function () {
  this.timeout(20_000)

  it('PS-35 is noticed by its heartbeat although discovery goes on writing to it', async () => {
    const host = await Host.start({
      star: { challenge: false, quotas: { joinBurst: 1000 } },
      io: { pingInterval: 1_000, pingTimeout: 3_000 },
    })
    const [frozen, other] = [await host.connect(), await host.connect()]
    await request(frozen, 'ss-join', address(1), '')
    await request(frozen, 'ss-watch')
    await request(other, 'ss-join', address(2), '')
    const thaw = freeze(frozen)
    let port = 3
    const churn = setInterval(() => {
      other.emit('ss-join', address(port), '', () => {})
      other.emit('ss-leave', address(port))
      port = port === 60 ? 3 : port + 1
      if (port % 2 === 0) other.emit('ss-join', address(61), '', () => {})
      else other.emit('ss-leave', address(61))
    }, 200)
    try {
      const stopped = performance.now()
      await until(() => host.star.stats().watchers === 0 || performance.now() - stopped > 10_000)
      expect(host.star.stats().watchers).to.equal(0)
    } finally {
      clearInterval(churn)
      thaw()
      await host.close()
    }
  })
})

/** As a process that was stopped, or a phone that sleeps: its system takes what comes, and nobody reads it. */
function freeze({ io }: Socket): () => void {
  const engine = io.engine as unknown as {
    transport: { ws: { pause(): void; resume(): void } }
    _pingTimeoutTimer: ReturnType<typeof setTimeout>
  }
  const { ws } = engine.transport
  ws.pause()
  clearTimeout(engine._pingTimeoutTimer)
  return () => ws.resume()
}
