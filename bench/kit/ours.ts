import { once } from 'node:events'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { joinStar, type Peer, wrap } from '@socket-star/client'
import { type StarOptions, starMiddleware } from '@socket-star/server'
import { Server, type ServerOptions } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
import { startHttp } from './http.ts'

const UNLIMITED = 1_000_000_000

/** Rates that a person never reaches and a benchmark does at once. */
const QUOTAS: StarOptions['quotas'] = {
  joinsPerSecond: UNLIMITED,
  joinBurst: UNLIMITED,
  dialsPerSecond: UNLIMITED,
  dialBurst: UNLIMITED,
  streamsPerPeer: UNLIMITED,
  streamsPerPair: UNLIMITED,
}

/** Our server: Socket.IO with the middleware, as an application would have it. */
export async function startOurServer(
  options: StarOptions = {},
  engine: Partial<ServerOptions> = {},
): Promise<{ url: string; port: number }> {
  const { server, url, port } = await startHttp()
  const sockets = new Server(server, { ...engine, allowEIO3: true })
  sockets.use(starMiddleware({ ...options, quotas: QUOTAS }))
  return { url, port }
}

/** The same, but for that idle connections are kept alive only after so many milliseconds. */
export function startServerAtRest(
  options: StarOptions,
  keepAliveMs: number,
): ReturnType<typeof startOurServer> {
  return startOurServer({ ...options, sessions: { heartbeatMs: keepAliveMs } }, { pingInterval: keepAliveMs })
}

/** A connection of our client's kind. */
export async function connectOurs(url: string): Promise<Socket> {
  const socket = io(url, { transports: ['websocket'], forceNew: true })
  await once(socket as never, 'connect')
  return socket
}

/** Joins our server on a connection of its own, with a key. */
export async function joinOurs(url: string): Promise<Peer> {
  const { port } = new URL(url)
  return joinStar(wrap(await connectOurs(url)), `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`, {
    privateKey: await generateKeyPair('Ed25519'),
    maxStreams: UNLIMITED,
  })
}
