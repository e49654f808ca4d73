import { type Refusal, type StarSocket, type WrapOptions, wrap } from '@socket-star/client'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { ManualTimers } from '../support/manual-timers.ts'
import { type RealStar, realStar } from '../support/real-star.ts'
import { cut } from './counting.ts'
import { next, ready, until } from './until.ts'

const HOUR_MS = 3_600_000

/** The `online` events of a page. */
class Network {
  readonly #callbacks = new Set<() => void>()

  readonly online = (callback: () => void): (() => void) => {
    this.#callbacks.add(callback)
    return () => void this.#callbacks.delete(callback)
  }

  get listeners(): number {
    return this.#callbacks.size
  }

  comesBack(): void {
    for (const callback of this.#callbacks) callback()
  }
}

describe('a page that is on a network again', () => {
  let host: RealStar
  let network: Network
  beforeEach(async () => {
    host = await realStar()
    network = new Network()
  })
  afterEach(() => host.close())

  async function connected(options: WrapOptions = {}): Promise<{ socket: Socket; star: StarSocket }> {
    const socket = host.client({ reconnectionDelay: HOUR_MS, reconnectionDelayMax: HOUR_MS })
    const star = wrap(socket, { ...options, env: { online: network.online, ...options.env } })
    await ready(star)
    return { socket, star }
  }

  it('SES-14 connects at once instead of waiting for the delay of Socket.IO, each time', async () => {
    const { socket, star } = await connected()
    for (let n = 0; n < 3; n++) {
      const down = next(star, 'disconnect')
      cut(socket)
      await down
      const resumed = next(star, 'resume')
      network.comesBack()
      // a second one while an attempt is under way
      network.comesBack()
      await resumed
    }
  })

  it('SES-14 goes on trying when that attempt fails, too', async () => {
    const socket = host.client({ reconnectionDelay: 5, reconnectionDelayMax: 5 })
    const star = wrap(socket, { env: { online: network.online } })
    await ready(star)
    const down = next(star, 'disconnect')
    await host.stop()
    await down
    network.comesBack()
    await next(star, 'connect_error')
    await next(star, 'connect_error')
    await host.start()
    await ready(star)
  })

  it('SES-14 does not wait for the delay after a refusal either', async () => {
    await host.close()
    host = await realStar({ sessions: { maxSessions: 1 } })
    const first = wrap(host.client())
    await ready(first)
    const star = wrap(host.client(), { env: { online: network.online, wakefulTimers: new ManualTimers() } })
    const [refusal] = await next<[Refusal]>(star, 'refused')
    expect(refusal.retryable).to.equal(true)
    await until(() => !star.connected)
    first.disconnect()
    await until(() => [...host.star.sessions].length === 0)
    network.comesBack()
    await ready(star)
  })

  it('leaves a connection alone that is there, and a socket that the application disconnected', async () => {
    const { socket, star } = await connected()
    let lost = 0
    star.on('disconnect', () => {
      lost += 1
    })
    network.comesBack()
    await star.flush()
    expect(lost).to.equal(0)
    socket.disconnect()
    network.comesBack()
    await new Promise((resolve) => setImmediate(resolve))
    expect(socket.active).to.equal(false)
    expect(lost).to.equal(1)
    star.disconnect()
    await until(() => network.listeners === 0)
  })

  it('leaves a socket alone that Socket.IO is not to connect again', async () => {
    const socket = host.client({ reconnection: false })
    const star = wrap(socket, { env: { online: network.online } })
    await ready(star)
    const down = next(star, 'disconnect')
    cut(socket)
    await down
    network.comesBack()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(star.connected).to.equal(false)
  })
})
