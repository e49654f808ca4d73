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
const PING = '2'
const CONNECTED = '40'
const EVENT = '42'
const ACKNOWLEDGEMENT = '43'
const PEER_EVENT = '42["ws-peer","'
const PEER_EVENT_END = '"]'
const JOIN_ACKNOWLEDGEMENT_ID = '0'
/** Socket.IO 2's own interval. */
const PING_INTERVAL_MS = 25_000

/** Connects, and joins a random address with the challenge off. */
export function joinLight(url: string, ears: Ears): Promise<SwarmPeer> {
  const { hostname, port } = new URL(url)
  const address = `/ip4/${hostname}/tcp/${port}/ws/p2p-websocket-star/ipfs/${randomPeerId()}`
  const socket = new WebSocket(`ws://${hostname}:${port}/socket.io/?EIO=3&transport=websocket`, {
    perMessageDeflate: false,
    skipUTF8Validation: true,
  })
  let askedAtMs = 0
  return new Promise((resolve, reject) => {
    let pinging: NodeJS.Timeout | undefined
    socket.on('open', () => {
      pinging = setInterval(() => socket.send(PING), PING_INTERVAL_MS)
    })
    socket.on('error', reject)
    socket.on('close', () => {
      clearInterval(pinging)
      reject(new Error('closed before the join was answered'))
    })
    socket.on('message', (data: Buffer) => {
      const packet = data.toString('latin1')
      if (packet.startsWith(PEER_EVENT)) {
        ears.event()
        ears.there(packet.slice(PEER_EVENT.length, -PEER_EVENT_END.length))
      } else if (packet === CONNECTED) {
        askedAtMs = nowMs()
        socket.send(`${EVENT}${JOIN_ACKNOWLEDGEMENT_ID}${JSON.stringify(['ss-join', address, ''])}`)
      } else if (packet.startsWith(ACKNOWLEDGEMENT + JOIN_ACKNOWLEDGEMENT_ID)) {
        const [error, , peers] = JSON.parse(
          packet.slice(ACKNOWLEDGEMENT.length + JOIN_ACKNOWLEDGEMENT_ID.length),
        )
        if (error) return reject(new Error(String(error)))
        for (const peer of peers) ears.there(peer)
        resolve({ address, askedAtMs, leave: () => socket.close() })
      }
    })
  })
}
