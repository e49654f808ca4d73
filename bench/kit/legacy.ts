/**
 * The npm packages of the protocol's first generation, with types for what the
 * benchmarks use of them. They are installed in `test/legacy`.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Duplex } from './pull.ts'

const load = createRequire(join(import.meta.dirname, '../../test/legacy/package.json'))

/** Enough for a key that only has to pass the challenge; larger ones take seconds to make. */
const KEY_BITS = 512

interface Multiaddr {
  toString(): string
}

interface Listener {
  listen(address: Multiaddr, callback: (error?: Error) => void): void
  on(event: 'peer', listener: (address: string) => void): void
  close(callback: () => void): void
}

interface Transport {
  createListener(handler: (connection: Duplex) => void): Listener
  dial(address: Multiaddr, callback: (error: Error | null, connection: Duplex) => void): void
}

interface PeerId {
  toB58String(): string
}

/** How the legacy server is started. */
export interface LegacyServerOptions {
  readonly challenge: boolean
  /** How many times as long as by default it waits before it tells everybody of everybody again. */
  readonly slowedBy?: number
}

const REFRESH_MS = 10_000

/** Starts the legacy rendezvous server on a free port. */
export async function startLegacyServer({
  challenge,
  slowedBy = 1,
}: LegacyServerOptions): Promise<{ port: number; url: string }> {
  const rendezvous = load('libp2p-websocket-star-rendezvous')
  // As text: the package takes a falsy port for none.
  const server = await rendezvous.start({
    port: '0',
    host: '127.0.0.1',
    cryptoChallenge: challenge,
    refreshPeerListIntervalMS: REFRESH_MS * slowedBy,
  })
  const port: number = server.info.port
  return { port, url: `http://127.0.0.1:${port}` }
}

/** A peer of the legacy client package. */
export interface LegacyPeer {
  readonly address: string
  dial(address: string): Promise<Duplex>
  leave(): void
}

/** What a legacy peer is told. */
export interface LegacyHandlers {
  onConnection?(connection: Duplex): void
  onPeer?(address: string): void
}

/** Joins a rendezvous server as the legacy client does. */
export async function joinLegacy(url: string, handlers: LegacyHandlers = {}): Promise<LegacyPeer> {
  const WebsocketStar = load('libp2p-websocket-star')
  const multiaddr: (text: string) => Multiaddr = load('multiaddr')
  const id = await makePeerId()
  const { hostname, port } = new URL(url)
  const address = `/ip4/${hostname}/tcp/${port}/ws/p2p-websocket-star/ipfs/${id.toB58String()}`
  const transport: Transport = new WebsocketStar({ id, allowJoinWithDisabledChallenge: true })
  const listener = transport.createListener(handlers.onConnection ?? (() => {}))
  listener.on('peer', handlers.onPeer ?? (() => {}))
  await new Promise<void>((resolve, reject) => {
    listener.listen(multiaddr(address), (error) => (error ? reject(error) : resolve()))
  })
  return {
    address,
    dial: (to) =>
      new Promise((resolve, reject) => {
        transport.dial(multiaddr(to), (error, connection) => (error ? reject(error) : resolve(connection)))
      }),
    leave: () => listener.close(() => {}),
  }
}

function makePeerId(): Promise<PeerId> {
  const { create } = load('peer-id')
  return new Promise((resolve, reject) => {
    create({ bits: KEY_BITS }, (error: Error | null, made: PeerId) => (error ? reject(error) : resolve(made)))
  })
}
