/**
 * The least that a Socket.IO 2 client is, on a bare WebSocket: thousands of
 * them fit beside the server that they load. It stands in for the legacy client
 * where there are too many of those for two cores; the benchmark measures both
 * at a size at which both fit, side by side.
 */
import { WebSocket } from 'ws'
import { nowMs } from '../clock.ts'
import { randomPeerId } from './peer-id.ts'
import type { Ears, SwarmPeer } from './swarm.ts'

/** Engine.IO 3 packets, and Socket.IO packets in them. */
const OPEN = '0'
const PING = '2'
const CONNECTED = '40'
const EVENT = '42'
const ACKNOWLEDGEMENT = '43'
const PEER_EVENT = '42["ws-peer","'
const PEER_EVENT_END = '"]'

/** Connects, and joins a random address with the challenge off. */
export async function joinLight(url: string, ears: Ears): Promise<SwarmPeer> {
  const client = new LightClient(new URL(url))
  await client.connected
  return client.join(ears)
}

class LightClient {
  readonly connected: Promise<void>
  readonly #server: URL
  readonly #socket: WebSocket
  readonly #answers = new Map<number, (packet: string) => void>()
  #nextId = 0
  #ears: Ears | undefined

  constructor(server: URL) {
    this.#server = server
    const socket = new WebSocket(`ws://${server.host}/socket.io/?EIO=3&transport=websocket`, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    })
    this.#socket = socket
    let pinging: NodeJS.Timeout | undefined
    this.connected = new Promise((resolve, reject) => {
      socket.on('message', (data: Buffer) => {
        const packet = data.toString('latin1')
        if (packet === CONNECTED) resolve()
        else if (packet.startsWith(OPEN)) {
          const { pingInterval } = JSON.parse(packet.slice(OPEN.length))
          pinging = setInterval(() => socket.send(PING), pingInterval)
        } else this.#came(packet)
      })
      socket.on('error', reject)
      socket.on('close', () => {
        clearInterval(pinging)
        reject(new Error('closed by the server'))
      })
    })
  }

  async join(ears: Ears): Promise<SwarmPeer> {
    const { hostname, port } = this.#server
    const address = `/ip4/${hostname}/tcp/${port}/ws/p2p-websocket-star/ipfs/${randomPeerId()}`
    this.#ears = ears
    const askedAtMs = nowMs()
    const [error, , peers] = await this.#ask(['ss-join', address, ''])
    if (error) throw new Error(String(error))
    for (const peer of peers ?? []) ears.there(peer)
    return {
      address,
      askedAtMs,
      again: (next) => {
        this.#socket.send(EVENT + JSON.stringify(['ss-leave', address]))
        return this.join(next)
      },
      disconnect: () => this.#socket.close(),
    }
  }

  #came(packet: string): void {
    if (packet.startsWith(PEER_EVENT)) {
      this.#ears?.event()
      this.#ears?.there(packet.slice(PEER_EVENT.length, -PEER_EVENT_END.length))
    } else if (packet.startsWith(ACKNOWLEDGEMENT)) {
      const start = packet.indexOf('[')
      const id = Number(packet.slice(ACKNOWLEDGEMENT.length, start))
      this.#answers.get(id)?.(packet.slice(start))
      this.#answers.delete(id)
    }
  }

  #ask(event: readonly unknown[]): Promise<[error?: unknown, nonce?: unknown, peers?: string[]]> {
    const id = this.#nextId++
    return new Promise((resolve) => {
      this.#answers.set(id, (json) => resolve(JSON.parse(json)))
      this.#socket.send(EVENT + id + JSON.stringify(event))
    })
  }
}
