import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type ServerOptions, type Socket } from 'socket.io'
import { type Socket as ClientSocket, io, type ManagerOptions, type SocketOptions } from 'socket.io-client'

/** An event that a client sent: its arguments, the callback last. */
export interface Received {
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it knows to be there
  readonly args: any[]
  readonly socket: Socket
}

/** A real Socket.IO server without a rendezvous: each test scripts what it answers. */
export class FakeStar {
  readonly io: Server
  readonly url: string
  readonly port: number
  readonly received: Received[] = []
  readonly sockets: Socket[] = []
  readonly #clients: ClientSocket[] = []
  readonly #script = new Map<string, (received: Received) => void>()
  #waiting: Array<() => void> = []

  constructor(server: Server, port: number) {
    this.io = server
    this.port = port
    this.url = `http://127.0.0.1:${port}`
    server.on('connection', (socket) => {
      this.sockets.push(socket)
      socket.onAny((event: string, ...args) => this.#take({ event, args, socket }))
      this.#wake()
    })
  }

  /** The server's part of an address. */
  get address(): string {
    return `/ip4/127.0.0.1/tcp/${this.port}/ws/p2p-websocket-star`
  }

  /** What the server does about an event from now on. */
  on(event: string, answer: (received: Received) => void): this {
    this.#script.set(event, answer)
    return this
  }

  /** All that came of an event so far. */
  of(event: string): Received[] {
    return this.received.filter((received) => received.event === event)
  }

  /** Waits until `count` of an event have come; resolves with the last of them. */
  async nth(event: string, count: number): Promise<Received> {
    await this.until(() => this.of(event).length >= count)
    return this.of(event)[count - 1] as Received
  }

  /** Waits until `condition` holds; looked at whenever something arrives. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** A client socket that ends with the server. */
  client(options: Partial<ManagerOptions & SocketOptions> = {}): ClientSocket {
    const socket = io(this.url, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 10,
      randomizationFactor: 0,
      ...options,
    })
    this.#clients.push(socket)
    return socket
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.disconnect()
    await this.io.close()
  }

  #take(received: Received): void {
    this.received.push(received)
    this.#script.get(received.event)?.(received)
    this.#wake()
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** Starts a {@link FakeStar} on a free port. */
export async function fakeStar(options: Partial<ServerOptions> = {}): Promise<FakeStar> {
  const http = createServer()
  const server = new Server(http, { serveClient: false, ...options })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return new FakeStar(server, (http.address() as AddressInfo).port)
}

/** Resolves at a socket's next `event`. */
export function next(socket: ClientSocket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    socket.once(event, (...args: unknown[]) => resolve(args))
  })
}

/** Resolves once everything that waits in this process has had its turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
