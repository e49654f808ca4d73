import { isDeepStrictEqual } from 'node:util'
import { type StarSocket, type WrapOptions, wrap } from '@socket-star/client'
import { expect } from 'chai'
import { io, type Socket } from 'socket.io-client'
import { TestProxy } from './proxy.ts'
import { listenersOf, resources, resourcesAtRest } from './resources.ts'
import { Site, type SiteOptions } from './site.ts'
import { Traffic } from './traffic.ts'
import { atTheTurn, until } from './until.ts'

export interface SceneOptions {
  readonly seed?: number
  readonly site?: SiteOptions
  readonly wrap?: WrapOptions
  /** Default: WebSocket. */
  readonly transports?: string[]
}

/** A server, a client with a session, numbered messages both ways, and a bad network between them. */
export class Scene {
  readonly proxy: TestProxy
  readonly traffic: Traffic
  readonly star: StarSocket
  readonly renewals: unknown[] = []
  site: Site
  /** How often the session moved to a second connection while the first one lived. */
  cycles = 0
  readonly #siteOptions: SiteOptions | undefined
  readonly #before: Record<string, number>
  #atFirst: { listeners: Record<string, number>; resources: Record<string, number> } | undefined
  #closed = false

  private constructor(
    { seed = 1, site: siteOptions, wrap: wrapOptions, transports = ['websocket'] }: SceneOptions,
    before: Record<string, number>,
    site: Site,
    proxy: TestProxy,
    traffic: Traffic,
  ) {
    this.#before = before
    this.#siteOptions = siteOptions
    this.site = site
    this.proxy = proxy
    this.traffic = traffic
    const socket = io(proxy.url, {
      transports,
      forceNew: true,
      reconnectionDelay: 1,
      reconnectionDelayMax: 5,
    })
    this.star = wrap(socket, wrapOptions)
    let last = this.star.socket
    this.star.on('resume', () => {
      if (this.star.socket !== last) this.cycles += 1
      last = this.star.socket
    })
    this.star.on('renew', ({ reason }) => this.renewals.push(reason))
    traffic.up.from(this.star)
    traffic.down.to(this.star)
    traffic.seed(seed)
  }

  /** Resolves once the session is there. */
  static async open(options: SceneOptions = {}): Promise<Scene> {
    // the test's own timer is there from the next turn on
    await new Promise((resolve) => setTimeout(resolve, 0))
    const before = await resourcesAtRest()
    const traffic = new Traffic()
    const site = await openSite(options.site, traffic)
    const scene = new Scene(options, before, site, await TestProxy.to(site.port), traffic)
    await until(() => scene.star.isConnected() && site.session?.isConnected() === true)
    await Promise.all([scene.star.flush(), site.session?.flush()])
    scene.#atFirst = { listeners: listenersOf(scene.socket), resources: await resourcesAtRest() }
    return scene
  }

  get socket(): Socket {
    return this.star.socket as Socket
  }

  /** A graceful restart of the server. */
  async restart(): Promise<void> {
    this.traffic.down.from(undefined)
    await this.site.close()
    this.site = await openSite(this.#siteOptions, this.traffic)
    this.proxy.upstreamPort = this.site.port
  }

  /** Everything has arrived as it was sent, in the one session, and nothing is left that was not there at first. */
  async expectSound(messages: number): Promise<void> {
    const { traffic, star, site, proxy } = this
    traffic.allow(messages)
    await until(() => traffic.received >= messages || traffic.problems.length > 0, ARRIVAL_MS)
    traffic.stop()
    expect(traffic.problems).to.deep.equal([])
    await Promise.all([star.flush(), site.session?.flush()])
    expect([traffic.up.received, traffic.down.received]).to.deep.equal([messages, messages])
    expect(this.renewals).to.deep.equal([])
    expect(site.starts).to.have.length(1)
    expect(site.star.sessions.size).to.equal(1)
    expect([star.bufferedAmount, site.session?.bufferedAmount]).to.deep.equal([0, 0])
    await until(() => proxy.connections.length === 1 && site.io.of('/').sockets.size === 1)
    const { listeners, resources: first = {} } = this.#atFirst ?? {}
    expect(listenersOf(this.socket)).to.deep.equal(listeners)
    await atTheTurn(() => isDeepStrictEqual(resources(), first), PATIENCE_MS)
    expect(resources()).to.deep.equal(first)
  }

  /** Ends the session formally and stops everything; nothing of all this keeps the process alive. */
  async expectNothingLeft(): Promise<void> {
    const { site } = this
    this.star.disconnect()
    await until(() => site.star.sessions.size === 0 && site.io.of('/').sockets.size === 0)
    await this.close()
    await atTheTurn(() => isDeepStrictEqual(resources(), this.#before), PATIENCE_MS)
    expect(resources()).to.deep.equal(this.#before)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.traffic.stop()
    if (this.socket.connected) this.socket.disconnect()
    else this.star.disconnect()
    await this.proxy.close()
    await this.site.close()
  }
}

const ARRIVAL_MS = 20_000
const PATIENCE_MS = 2_000

function openSite(options: SiteOptions | undefined, traffic: Traffic): Promise<Site> {
  return Site.open(options, (session) => {
    traffic.up.to(session)
    traffic.down.from(session)
  })
}
