import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { FAIR, Link, type Weather } from './link.ts'

export type Side = 'client' | 'server'

/** One connection through a {@link TestProxy}. */
export class Connection {
  /** From the client to the server. */
  readonly up: Link
  /** From the server to the client. */
  readonly down: Link
  readonly #client: Socket
  readonly #server: Socket
  readonly #forget: (connection: Connection) => void

  constructor(
    client: Socket,
    server: Socket,
    weather: Readonly<Record<'up' | 'down', Weather>>,
    forget: (connection: Connection) => void,
  ) {
    this.#client = client
    this.#server = server
    this.#forget = forget
    this.up = new Link(client, server, { ...weather.up })
    this.down = new Link(server, client, { ...weather.down })
    for (const [socket, link] of [
      [client, this.up],
      [server, this.down],
    ] as const) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        link.end()
        if (client.destroyed && server.destroyed) this.#end()
      })
    }
  }

  /** Whether bytes are under way in both directions. */
  get busy(): boolean {
    return this.up.bytesInFlight > 0 && this.down.bytesInFlight > 0
  }

  /** Both sides see the connection break; what was under way is lost. */
  cut(): void {
    reset(this.#client)
    reset(this.#server)
    this.#end()
  }

  /** Only one side sees the connection break; the other one goes on speaking to nobody. */
  halfOpen(broken: Side): void {
    this.up.weather.swallows = this.down.weather.swallows = true
    const socket = broken === 'client' ? this.#client : this.#server
    reset(socket)
  }

  /** Bytes take so long from here on, each way. */
  slow(delayMs: number): void {
    this.up.weather.delayMs = this.down.weather.delayMs = delayMs
  }

  /** Everything that comes from here on is swallowed, silently, in both directions or one. */
  stall(direction?: 'up' | 'down'): void {
    if (direction !== 'down') this.up.weather.swallows = true
    if (direction !== 'up') this.down.weather.swallows = true
  }

  #end(): void {
    this.up.close()
    this.down.close()
    this.#forget(this)
  }
}

/** A bad network: a TCP relay in front of a server that does to its connections what a test tells it to. */
export class TestProxy {
  /** What a new connection finds. */
  readonly weather = { up: { ...FAIR }, down: { ...FAIR } }
  /** Where it leads; may change, when a server comes back on another port. */
  upstreamPort: number
  /** New connections are broken at once. */
  refuses = false
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  #accepted = 0

  private constructor(upstreamPort: number) {
    this.upstreamPort = upstreamPort
    this.#server = createServer((client) => this.#accept(client))
  }

  static async to(upstreamPort: number): Promise<TestProxy> {
    const proxy = new TestProxy(upstreamPort)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Those that are there, oldest first. */
  get connections(): readonly Connection[] {
    return [...this.#connections]
  }

  /** How many connections there have been. */
  get accepted(): number {
    return this.#accepted
  }

  /** The connection that was made last. */
  get newest(): Connection | undefined {
    return this.connections.at(-1)
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    client.on('error', () => {})
    if (this.refuses) {
      client.resetAndDestroy()
      return
    }
    this.#accepted += 1
    const server = connect(this.upstreamPort, '127.0.0.1')
    this.#connections.add(
      new Connection(client, server, this.weather, (connection) => this.#connections.delete(connection)),
    )
  }
}

/** Breaks a connection off. One that is about to end cannot be reset: Node would keep its handle. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
