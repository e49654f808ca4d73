import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type ServerOptions } from 'socket.io'
import { io as connectTo, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import type { StarOptions } from '../../src/index.ts'
import { type Star, starMiddleware } from '../../src/index.ts'
import { SILENT_LOG } from '../../src/log.ts'

export interface HostOptions {
  readonly star?: StarOptions
  readonly io?: Partial<ServerOptions>
  readonly namespace?: string
}

/** A Socket.IO server with a star on one namespace, and raw clients of it. */
export class Host {
  readonly http: HttpServer = createServer()
  readonly io: Server
  readonly star: Star
  readonly #clients: Socket[] = []
  readonly #namespace: string

  constructor({ star = {}, io = {}, namespace = '/' }: HostOptions = {}) {
    this.io = new Server(this.http, { serveClient: false, ...io })
    this.star = starMiddleware({ log: SILENT_LOG, production: false, ...star })
    this.#namespace = namespace
    this.io.of(namespace).use(this.star)
  }

  static async start(options?: HostOptions): Promise<Host> {
    const host = new Host(options)
    host.http.listen(0, '127.0.0.1')
    await once(host.http, 'listening')
    return host
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port
  }

  /** A client that is connected to the star's namespace, or to another one. */
  async connect(
    options: Partial<ManagerOptions & SocketOptions> = {},
    namespace = this.#namespace,
  ): Promise<Socket> {
    const socket = this.client(options, namespace)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve())
      socket.once('connect_error', reject)
    })
    return socket
  }

  client(options: Partial<ManagerOptions & SocketOptions> = {}, namespace = this.#namespace): Socket {
    const url = `http://127.0.0.1:${this.port}${namespace}`
    const socket = connectTo(url, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      ...options,
    })
    this.#clients.push(socket)
    return socket
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.disconnect()
    this.star.close()
    await this.io.close()
  }
}

/** Emits a request and resolves with whatever its callback was called with. */
export function request(socket: Socket, event: string, ...args: unknown[]): Promise<unknown[]> {
  return new Promise((resolve) => {
    socket.emit(event, ...args, (...answer: unknown[]) => resolve(answer))
  })
}

/** The code of a wire error, for comparing: `ERR_QUOTA` of `ERR_QUOTA: …`. */
export function codeOf(answer: readonly unknown[]): unknown {
  const [error] = answer
  return typeof error === 'string' ? error.split(':')[0] : error
}

/** Resolves with the arguments of the next event that `accept` says yes to. */
export function nextEvent(
  socket: Socket,
  event: string,
  accept: (...args: never[]) => boolean = () => true,
): Promise<unknown[]> {
  return new Promise((resolve) => {
    const listener = (...args: unknown[]): void => {
      if (!accept(...(args as never[]))) return
      socket.off(event, listener)
      resolve(args)
    }
    socket.on(event, listener)
  })
}

/** Resolves once `holds` is true; the test's own timeout is the limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Resolves when the server has handled everything that this socket sent before. */
export async function settled(socket: Socket): Promise<void> {
  // a join without an address is answered in order, and changes nothing
  await request(socket, 'ss-join', '/', '')
}
