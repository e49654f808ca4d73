import { WebSocket } from 'ws'

/** A Socket.IO client without manners: it sends what it is told, packet by packet. */
export class RawClient {
  readonly #url: string
  readonly #onPacket: (packet: string) => void
  #socket: WebSocket | undefined
  /** How often it has connected. */
  connects = 0

  constructor(port: number, onPacket: (packet: string) => void) {
    this.#url = `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`
    this.#onPacket = onPacket
  }

  /** True between the answer to the connect packet and a disconnect. */
  get connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN && this.#joined
  }
  #joined = false

  connect(): Promise<void> {
    this.close()
    this.#joined = false
    this.connects += 1
    const socket = new WebSocket(this.#url, { perMessageDeflate: false })
    this.#socket = socket
    return new Promise((resolve, reject) => {
      socket.on('open', () => socket.send('40'))
      // a connection that the server closes while we write fails in many ways, all of them wanted
      socket.on('error', () => {})
      socket.on('close', () => {
        if (this.#socket === socket) this.#joined = false
        reject(new Error('closed'))
      })
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (isBinary) return
        const packet = data.toString()
        if (packet.startsWith('40')) {
          this.#joined = true
          resolve()
        } else if (packet === '2') socket.send('3')
        else if (packet.startsWith('41')) socket.close()
        else this.#onPacket(packet)
      })
    })
  }

  send(...packets: (string | Buffer)[]): void {
    for (const packet of packets) this.#socket?.send(packet)
  }

  /** Bytes that wait to be sent. */
  get backlog(): number {
    return this.#socket?.bufferedAmount ?? 0
  }

  close(): void {
    this.#socket?.terminate()
  }
}
