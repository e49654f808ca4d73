import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { type JoinOptions, joinStar, type Peer, wrap } from '@socket-star/client'
import { type Star, type StarOptions, starMiddleware } from '@socket-star/server'
import { Server, type ServerOptions } from 'socket.io'
import { type Socket as ClientSocket, io, type ManagerOptions, type SocketOptions } from 'socket.io-client'

/** Our own server in this process, and clients of it. */
export class RealStar {
  readonly options: StarOptions
  readonly server: Partial<ServerOptions>
  io!: Server
  star!: Star
  port = 0
  readonly #clients: ClientSocket[] = []

  constructor(options: StarOptions, server: Partial<ServerOptions>) {
    this.options = options
    this.server = server
  }

  get address(): string {
    return `/ip4/127.0.0.1/tcp/${this.port}/ws/p2p-websocket-star`
  }

  /** Starts, or starts again on the same port. */
  async start(): Promise<this> {
    const http: HttpServer = createServer()
    this.io = new Server(http, { serveClient: false, ...this.server })
    this.star = starMiddleware(this.options)
    this.io.use(this.star)
    await new Promise<void>((resolve) => http.listen(this.port, '127.0.0.1', resolve))
    this.port = (http.address() as AddressInfo).port
    return this
  }

  async stop(): Promise<void> {
    await this.io.close()
  }

  client(options: Partial<ManagerOptions & SocketOptions> = {}): ClientSocket {
    const socket = io(`http://127.0.0.1:${this.port}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 10,
      reconnectionDelayMax: 20,
      ...options,
    })
    this.#clients.push(socket)
    return socket
  }

  /** A peer with a key of its own. */
  async join(socket = this.client(), options: JoinOptions = {}): Promise<Peer> {
    return joinStar(wrap(socket), this.address, { privateKey: await generateKeyPair('Ed25519'), ...options })
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.disconnect()
    await this.stop()
  }
}

/** Starts our own server on a free port. */
export function realStar(options: StarOptions = {}, server: Partial<ServerOptions> = {}): Promise<RealStar> {
  return new RealStar({ public: true, ...options }, server).start()
}
