import type { Server as HttpServer } from 'node:http'
import { Server } from 'socket.io'
import type { Log } from '../log.ts'
import { corsHeaders, createOriginCheck } from './origin.ts'

/** A dead connection is noticed after at most the sum of the two. */
const PING_INTERVAL_MS = 10_000
const PING_TIMEOUT_MS = 20_000

interface SocketServerOptions {
  readonly corsOrigins: readonly string[] | undefined
  readonly maxHttpBufferSize: number
  /** New connections are refused while it says no. */
  isServing(): boolean
  /** Told of origins that may not connect: the browser tells its page nothing. */
  readonly log: Log
}

/** Socket.IO as the ready-made server runs it: legacy clients (Engine.IO 3) may connect, frames go out as they are. */
export function createSocketServer(
  http: HttpServer,
  { corsOrigins, isServing, log, maxHttpBufferSize }: SocketServerOptions,
): Server {
  const mayConnect = createOriginCheck(corsOrigins)
  return new Server(http, {
    allowEIO3: true,
    perMessageDeflate: false,
    serveClient: false,
    maxHttpBufferSize,
    pingInterval: PING_INTERVAL_MS,
    pingTimeout: PING_TIMEOUT_MS,
    cors: corsHeaders(corsOrigins),
    allowRequest: (request, decide) => {
      if (!isServing()) decide('the server is shutting down', false)
      else if (mayConnect(request)) decide(null, true)
      else {
        log.debug('server.origin-refused', { origin: request.headers.origin })
        decide('this origin may not connect', false)
      }
    },
  })
}
