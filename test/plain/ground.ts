import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { wrap } from '@socket-star/client'
import { SILENT_LOG, starMiddleware } from '@socket-star/server'
import { expect } from 'chai'
import { type Namespace, Server, type ServerOptions, type Socket as ServerSocket } from 'socket.io'
import { io as connectTo, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'

export type ClientOptions = Partial<ManagerOptions & SocketOptions>

/** What Socket.IO stands on in a run of the suite. Each test runs on all of them and knows nothing of it. */
const SURROUNDINGS = ['without the middleware', 'with the middleware', 'beside wrapped clients'] as const
export type Surroundings = (typeof SURROUNDINGS)[number]

/** Wrapped clients on the main namespace, and how often each counts, in milliseconds. */
const COMPANIONS = 2
const COUNT_EVERY_MS = 3

type Closer = () => void | Promise<void>

/** A Socket.IO server and its plain clients. */
export class Ground {
  readonly io: Server
  readonly #http: HttpServer = createServer()
  readonly #closers: Closer[] = []
  readonly #clients: Socket[] = []

  private constructor(surroundings: Surroundings, options: Partial<ServerOptions> = {}) {
    this.io = new Server(this.#http, { serveClient: false, ...options })
    if (surroundings === 'without the middleware') return
    this.#install(this.io.of('/'))
    this.io.on('new_namespace', (namespace) => this.#install(namespace))
  }

  static async start(
    surroundings: Surroundings,
    options?: Partial<ServerOptions>,
    clientOptions?: ClientOptions,
  ): Promise<Ground> {
    const ground = new Ground(surroundings, options)
    ground.#http.listen(0, '127.0.0.1')
    await once(ground.#http, 'listening')
    if (surroundings === 'beside wrapped clients') {
      for (let n = 0; n < COMPANIONS; n++) await ground.#accompany(clientOptions)
    }
    return ground
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  /** A plain client that is not connected yet, or connecting, as its options say. */
  client(options: ClientOptions = {}, namespace = '/'): Socket {
    const socket = connectTo(`${this.url}${namespace}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 1,
      reconnectionDelayMax: 5,
      ...options,
    })
    this.#clients.push(socket)
    return socket
  }

  /** A plain client that is connected. */
  async connect(options?: ClientOptions, namespace?: string): Promise<Socket> {
    const socket = this.client(options, namespace)
    await nextEvent(socket, 'connect')
    return socket
  }

  /** A plain client, and its socket on the server. */
  async pair(options?: ClientOptions, namespace = '/'): Promise<[Socket, ServerSocket]> {
    const socket = await this.connect(options, namespace)
    return [socket, await this.serverSide(socket, namespace)]
  }

  async serverSide(socket: Socket, namespace = '/'): Promise<ServerSocket> {
    let found: ServerSocket | undefined
    await until(() => {
      found = this.io.of(namespace).sockets.get(socket.id ?? '')
      return found !== undefined
    })
    return found as ServerSocket
  }

  onClose(closer: Closer): void {
    this.#closers.push(closer)
  }

  async close(): Promise<void> {
    for (const closer of this.#closers.splice(0).reverse()) await closer()
    for (const client of this.#clients) client.disconnect()
    await this.io.close()
  }

  /** A wrapped client that counts with the server for as long as the test runs, and that nothing may disturb. */
  async #accompany(options?: ClientOptions): Promise<void> {
    const star = wrap(this.client(options))
    let counted = 0
    let timer: NodeJS.Timeout | undefined
    const problems: unknown[] = []
    star.on('renew', (renewal) => problems.push(renewal.reason))
    star.on('refused', (refusal) => problems.push(refusal.reason))
    star.on('count', (n: number) => {
      if (n !== counted + 1) problems.push(`${n} after ${counted}`)
      counted = n
      timer = setTimeout(() => star.emit('count', n), COUNT_EVERY_MS)
    })
    star.emit('count', 0)
    await until(() => counted > 0)
    this.onClose(async () => {
      const before = counted
      await until(() => counted > before || problems.length > 0)
      expect(problems).to.deep.equal([])
      clearTimeout(timer)
      star.disconnect()
      await until(() => !star.socket.connected)
    })
  }

  #install(namespace: Namespace): void {
    const star = starMiddleware({ log: SILENT_LOG, production: false })
    namespace.use(star)
    star.on('session', (session) => session.on('count', (n: number) => session.emit('count', n + 1)))
    this.onClose(() => star.close())
  }
}

/** Resolves with the arguments of the next event of that name. */
export function nextEvent(
  emitter: { once(event: string, listener: (...args: unknown[]) => void): unknown },
  event: string,
): Promise<unknown[]> {
  return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)))
}

const PATIENCE_MS = 5_000

/** Resolves once `holds` is true; rejects when that takes longer than {@link PATIENCE_MS}. */
export async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!holds()) {
    if (performance.now() > end) throw new Error(`still waiting after ${PATIENCE_MS} ms: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** Everything that a client hears from now on, as `[event, ...args]`. */
export function hearing(socket: Socket): unknown[][] {
  const heard: unknown[][] = []
  socket.onAny((...args: unknown[]) => heard.push(args))
  return heard
}

/** Resolves when a client has handled everything that the server sent it before. */
export async function settled(socket: ServerSocket): Promise<void> {
  await socket.timeout(5_000).emitWithAck('settled?')
}

/** Lets {@link settled} work on a client; answers it like an application would. */
export function answersSettled(...sockets: Socket[]): void {
  for (const socket of sockets) socket.on('settled?', (reply: () => void) => reply())
}

/** Declares a suite once for each of {@link SURROUNDINGS}. */
export function everywhere(
  title: string,
  suite: (
    start: (options?: Partial<ServerOptions>, clientOptions?: ClientOptions) => Promise<Ground>,
  ) => void,
): void {
  for (const surroundings of SURROUNDINGS) {
    describe(`plain Socket.IO ${surroundings}: ${title}`, () => {
      let ground: Ground | undefined
      afterEach(async () => {
        await ground?.close()
        ground = undefined
      })
      suite(async (options, clientOptions) => {
        ground = await Ground.start(surroundings, options, clientOptions)
        return ground
      })
    })
  }
}
