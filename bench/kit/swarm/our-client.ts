import { generateKeyPair } from '@libp2p/crypto/keys'
import { joinStar, wrap } from '@socket-star/client'
import type { Socket } from 'socket.io-client'
import { nowMs } from '../clock.ts'
import { connectOurs } from '../ours.ts'
import { randomPeerId } from './peer-id.ts'
import type { Ears, SwarmPeer } from './swarm.ts'

const DISCOVERY_EVENTS = new Set(['ss-peers', 'ws-peer'])

/** Our own client with a connection of its own, with a key or, where the challenge is off, without. */
export async function joinOurClient(url: string, challenge: boolean, ears: Ears): Promise<SwarmPeer> {
  const socket = await connectOurs(url)
  let current = ears
  socket.onAny((event: string) => {
    if (DISCOVERY_EVENTS.has(event)) current.event()
  })
  return join(socket, url, challenge, ears, (next) => {
    current = next
  })
}

async function join(
  socket: Socket,
  url: string,
  challenge: boolean,
  ears: Ears,
  onNext: (ears: Ears) => void,
): Promise<SwarmPeer> {
  const server = `/ip4/127.0.0.1/tcp/${new URL(url).port}/ws/p2p-websocket-star`
  const address = challenge ? server : `${server}/p2p/${randomPeerId()}`
  const options = challenge ? { privateKey: await generateKeyPair('Ed25519') } : { allowNoChallenge: true }
  const askedAtMs = nowMs()
  const peer = await joinStar(wrap(socket), address, options)
  for (const other of peer.peers) ears.there(other)
  peer.on('peer', ears.there)
  peer.on('peer-gone', ears.gone)
  return {
    address: peer.address,
    askedAtMs,
    again(next) {
      peer.leave()
      onNext(next)
      return join(socket, url, challenge, next, onNext)
    },
    disconnect: () => socket.disconnect(),
  }
}
