import { WebSocket } from 'ws'

/** The revision of Engine.IO's protocol: 3 of Socket.IO 2, 4 of the ones since. */
export type EngineRevision = 3 | 4

/** Engine.IO packets, and Socket.IO packets in them. */
const OPEN = '0'
const PING = '2'
const PONG = '3'
const CONNECTED = '40'
const EVENT = '42'
const ACKNOWLEDGEMENT = '43'

/**
 * The least that a Socket.IO client is, on a bare WebSocket: thousands of them
 * fit beside the server that they load, and leave it the processor's caches.
 */
export class LightSocket {
  readonly connected: Promise<void>
  readonly #socket: WebSocket
  readonly #onEvent: (json: string) => void
  readonly #answers = new Map<number, (json: string) => void>()
  #nextId = 0

  /** @param onEvent told each event as the JSON of its name and arguments */
  constructor(url: string, revision: EngineRevision, onEvent: (json: string) => void) {
    const { host } = new URL(url)
    const socket = new WebSocket(`ws://${host}/socket.io/?EIO=${revision}&transport=websocket`, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    })
    this.#socket = socket
    this.#onEvent = onEvent
    let pinging: NodeJS.Timeout | undefined
    this.connected = new Promise((resolve, reject) => {
      socket.on('message', (data: Buffer) => {
        const packet = data.toString('latin1')
        if (packet.startsWith(CONNECTED)) resolve()
        else if (packet === PING) socket.send(PONG)
        else if (!packet.startsWith(OPEN)) this.#came(packet)
        else if (revision === 4) socket.send(CONNECTED)
        else {
          // the client asks for the connection's life there, and the server connects of itself
          const { pingInterval } = JSON.parse(packet.slice(OPEN.length))
          pinging = setInterval(() => socket.send(PING), pingInterval)
        }
      })
      socket.on('error', reject)
      socket.on('close', () => {
        clearInterval(pinging)
        reject(new Error('closed by the server'))
      })
    })
  }

  emit(...event: readonly unknown[]): void {
    this.#socket.send(EVENT + JSON.stringify(event))
  }

  /** Emits, and waits for the acknowledgement's arguments. @throws Error with the first one, where there is one */
  async ask(...event: readonly unknown[]): Promise<readonly unknown[]> {
    const id = this.#nextId++
    const [error, ...rest] = await new Promise<unknown[]>((resolve) => {
      this.#answers.set(id, (json) => resolve(JSON.parse(json)))
      this.#socket.send(EVENT + id + JSON.stringify(event))
    })
    if (error) throw new Error(typeof error === 'string' ? error : JSON.stringify(error))
    return rest
  }

  disconnect(): void {
    this.#socket.close()
  }

  #came(packet: string): void {
    if (packet.startsWith(EVENT)) this.#onEvent(packet.slice(EVENT.length))
    else if (packet.startsWith(ACKNOWLEDGEMENT)) {
      const start = packet.indexOf('[')
      const id = Number(packet.slice(ACKNOWLEDGEMENT.length, start))
      this.#answers.get(id)?.(packet.slice(start))
      this.#answers.delete(id)
    }
  }
}
