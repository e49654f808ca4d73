import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP port in front of another one, whose connections can be cut. */
export class CutProxy {
  readonly port: number
  readonly #server: Server
  readonly #pairs: Set<readonly [Socket, Socket]>
  #down = false

  private constructor(server: Server, pairs: Set<readonly [Socket, Socket]>) {
    this.#server = server
    this.#pairs = pairs
    this.port = (server.address() as { port: number }).port
  }

  static async open(target: number): Promise<CutProxy> {
    const pairs = new Set<readonly [Socket, Socket]>()
    let proxy: CutProxy | undefined
    const server = createServer((near) => {
      if (proxy === undefined || proxy.#down) {
        near.destroy()
        return
      }
      const far = connect(target, '127.0.0.1')
      const pair = [near, far] as const
      pairs.add(pair)
      for (const [socket, other] of [pair, [far, near] as const]) {
        socket.pipe(other)
        socket.on('error', () => {})
        socket.on('close', () => {
          pairs.delete(pair)
          other.destroy()
        })
      }
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    proxy = new CutProxy(server, pairs)
    return proxy
  }

  /** Cuts every connection, in the middle of whatever it carries, and takes none until {@link up}. */
  down(): void {
    this.#down = true
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy()
      far.resetAndDestroy()
    }
  }

  up(): void {
    this.#down = false
  }

  close(): void {
    this.down()
    this.#server.close()
  }
}
