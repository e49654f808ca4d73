import { once } from 'node:events'
import { WebSocket } from 'ws'

/** Engine.IO's type of a packet with data for Socket.IO. */
const MESSAGE = 4

/** One WebSocket that speaks Engine.IO 3 or 4 by hand, connected to a namespace. */
export class RawSocket {
  /** Resolves when the server has closed it. */
  readonly closed: Promise<unknown>
  readonly #socket: WebSocket
  readonly #protocol: 3 | 4
  readonly #packets: string[] = []
  #wake = (): void => {}

  constructor(port: number, protocol: 3 | 4) {
    this.#protocol = protocol
    const url = `ws://127.0.0.1:${port}/socket.io/?EIO=${protocol}&transport=websocket`
    this.#socket = new WebSocket(url, { perMessageDeflate: false })
    // writing to a connection that the other side closes meanwhile may fail
    this.#socket.on('error', () => {})
    this.closed = once(this.#socket, 'close')
    this.#socket.on('message', (data: Buffer, isBinary) => {
      // text of Socket.IO comes as a message of Engine.IO
      this.#packets.push(isBinary ? data.toString('latin1') : data.toString())
      this.#wake()
    })
  }

  /** Resolves when a namespace has taken it: the main one, or the one that `connect` asks for. */
  static async connect(port: number, protocol: 3 | 4, connect: string | Buffer = '40'): Promise<RawSocket> {
    const socket = new RawSocket(port, protocol)
    await socket.until((packet) => packet.startsWith('0{'))
    // in Engine.IO 3 the main namespace takes everyone
    if (protocol === 4) socket.send(connect)
    await socket.until((packet) => packet.startsWith('40') || packet.includes('nsp'))
    return socket
  }

  send(...packets: (string | Buffer)[]): void {
    for (const packet of packets) this.#socket.send(this.#framed(packet))
  }

  /** Resolves with the next packet that `accept` says yes to; those before it are forgotten. */
  async until(accept: (packet: string) => boolean): Promise<string> {
    for (;;) {
      for (let packet = this.#packets.shift(); packet !== undefined; packet = this.#packets.shift()) {
        if (accept(packet)) return packet
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Binary of Engine.IO 3 says its type first. */
  #framed(packet: string | Buffer): string | Buffer {
    if (this.#protocol === 4 || typeof packet === 'string') return packet
    return Buffer.concat([Buffer.from([MESSAGE]), packet])
  }

  /** Reads nothing more. */
  pause(): void {
    this.#socket.pause()
  }

  close(): void {
    this.#socket.terminate()
  }
}
