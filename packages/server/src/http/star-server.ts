import { pressureOf } from '@socket-star/pull-stream'
import type { Server } from 'socket.io'
import { type Log, SILENT_LOG } from '../log.ts'
import { bothObservers } from '../metrics/both-observers.ts'
import { createMetrics } from '../metrics/metrics.ts'
import type { DefaultData, DefaultEvents, EventsMap } from '../session/types.ts'
import { type Star, starMiddleware } from '../star-middleware.ts'
import { checkServerOptions } from './check-server-options.ts'
import { type Traffic, waitUntilQuiet } from './drain.ts'
import { createListener, followConnections, listen, renewListenerTls, urlFor } from './listener.ts'
import { checkOrigins } from './origin.ts'
import { PAGE_DIRECTORY, readAssets } from './page-assets.ts'
import { createRequestListener } from './routes.ts'
import { createSocketServer } from './socket-server.ts'
import {
  DEFAULT_DRAIN_TIMEOUT_MS,
  DEFAULT_MAX_HTTP_BUFFER_BYTES,
  type StarServer,
  type StarServerOptions,
} from './star-server-options.ts'

/**
 * The ready-made server that the command line runs: Socket.IO with the star
 * middleware, the demo page at `/`, `/healthz` and `/metrics`.
 *
 * @throws StarError ERR_CONFIG for options that do not fit together; the
 * system's own error (`EADDRINUSE`, …) when it cannot listen
 *
 * @example
 * ```ts
 * import { createStarServer } from '@socket-star/server'
 *
 * const server = await createStarServer({ port: 9090 })
 * console.log(server.url)
 * await server.close()
 * ```
 */
export async function createStarServer<
  ListenEvents extends EventsMap = DefaultEvents,
  EmitEvents extends EventsMap = DefaultEvents,
  Data extends object = DefaultData,
>(options: StarServerOptions = {}): Promise<StarServer<ListenEvents, EmitEvents, Data>> {
  checkServerOptions(options)
  const { host = '127.0.0.1', port = 0, tls, log = SILENT_LOG, page = PAGE_DIRECTORY } = options
  checkOrigins(options.corsOrigins)
  const metrics = options.metrics === false ? undefined : createMetrics()
  const observer = bothObservers(metrics?.observer, options.star?.observer)
  const star = starMiddleware<ListenEvents, EmitEvents, Data>({ ...options.star, log, observer })
  let serving = true
  const isServing = () => serving
  const assets = page === false ? new Map() : readAssets(page)
  const http = createListener(tls)
  const closeConnections = followConnections(http)
  http.on('request', createRequestListener({ assets, isServing, metrics }))
  const { corsOrigins, maxHttpBufferSize = DEFAULT_MAX_HTTP_BUFFER_BYTES } = options
  const io = createSocketServer(http, { corsOrigins, isServing, log, maxHttpBufferSize })
  io.use(star)
  metrics?.ask(
    () => star.census(),
    () => io.engine.clientsCount,
  )
  // sessions that rest in a state file are there before their clients come
  star.attach(io.of('/'))
  const address = await listen(http, port, host).catch(async (error: unknown) => {
    await star.close()
    throw error
  })
  let closing: Promise<void> | undefined
  return {
    url: urlFor(host, address.port, tls !== undefined),
    port: address.port,
    secure: tls !== undefined,
    io,
    star,
    renewTls: (renewed) => renewListenerTls(http, renewed),
    close: () => {
      serving = false
      closing ??= drainAndClose(
        { closeConnections, io, star, log },
        options.drainTimeoutMs ?? DEFAULT_DRAIN_TIMEOUT_MS,
      )
      return closing
    },
  }
}

/** How long a connection may take to close in good order, in milliseconds (OPS-5). */
const LINGER_MS = 1_000

interface Running {
  closeConnections(): void
  readonly io: Server
  readonly star: Pick<Star, 'census' | 'close' | 'drain' | 'stats'>
  readonly log: Log
}

async function drainAndClose(
  { closeConnections, io, star, log }: Running,
  drainTimeoutMs: number,
): Promise<void> {
  log.info('server.draining', { streamsOpen: star.stats().streamsOpen, drainTimeoutMs })
  const outcome = await waitUntilQuiet(() => trafficOf({ io, star }), drainTimeoutMs)
  if (outcome === 'timeout') log.warn('server.drain-timeout', { streamsOpen: star.stats().streamsOpen })
  star.drain()
  try {
    await star.close()
  } finally {
    // Engine.IO waits for what a connection has not taken, however long that is
    const timer = setTimeout(closeConnections, LINGER_MS)
    await io.close()
    clearTimeout(timer)
    closeConnections()
  }
  log.info('server.stopped')
}

function trafficOf({ io, star }: Pick<Running, 'io' | 'star'>): Traffic {
  const { streamsOpen, relayedBytes } = star.stats()
  let waitingBytes = 0
  for (const socket of io.of('/').sockets.values()) waitingBytes += pressureOf(socket).bufferedBytes()
  return { streamsOpen, relayedBytes, waitingBytes, working: star.census().working }
}
