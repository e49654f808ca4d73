import type { Server } from 'socket.io'
import type { Log } from '../log.ts'
import type { StarOptions } from '../options.ts'
import type { DefaultData, DefaultEvents, EventsMap } from '../session/types.ts'
import type { Star } from '../star-middleware.ts'
import type { TlsMaterial } from './listener.ts'

/** How long {@link StarServer.close} lets running streams finish. */
export const DEFAULT_DRAIN_TIMEOUT_MS = 10_000

/** Over the largest frame that the rendezvous relays, with room for what legacy clients send in one poll. */
export const DEFAULT_MAX_HTTP_BUFFER_BYTES = 4 * 1024 * 1024
/** A frame of a stream (PS-12) has to pass, also one that a legacy client writes as text. */
export const LEAST_HTTP_BUFFER_BYTES = 256 * 1024

/** Options of {@link createStarServer}. Every one has a default. */
export interface StarServerOptions {
  /** Default: 0, a free port. */
  port?: number | undefined
  /** Default: `127.0.0.1`. */
  host?: string | undefined
  /** Default: plain HTTP. */
  tls?: TlsMaterial | undefined
  /** Web origins that may connect. Default: any. */
  corsOrigins?: readonly string[] | undefined
  /** Whether `/metrics` is served. Default: true. */
  metrics?: boolean | undefined
  /** The directory of the page at `/`, or false for none. Default: the built demo page. */
  page?: string | false | undefined
  /**
   * Bytes of the largest message that a client may send, as Socket.IO's option of this name: while one is read nothing
   * else goes on. At least {@link LEAST_HTTP_BUFFER_BYTES}. Default: {@link DEFAULT_MAX_HTTP_BUFFER_BYTES}.
   */
  maxHttpBufferSize?: number | undefined
  /** Milliseconds. Default: {@link DEFAULT_DRAIN_TIMEOUT_MS}. */
  drainTimeoutMs?: number | undefined
  /** Default: nothing is written. */
  log?: Log | undefined
  /** Options of the middleware; `observer` is called beside the metrics. */
  star?: Omit<StarOptions, 'log'> | undefined
}

/**
 * A running server with everything in it.
 *
 * @typeParam ListenEvents what clients emit to the application
 * @typeParam EmitEvents what the application emits to clients
 * @typeParam Data what {@link Session.data} holds
 */
export interface StarServer<
  ListenEvents extends EventsMap = DefaultEvents,
  EmitEvents extends EventsMap = DefaultEvents,
  Data extends object = DefaultData,
> {
  /** Where it listens, such as `http://127.0.0.1:9090`. */
  readonly url: string
  readonly port: number
  /** Whether it speaks TLS. */
  readonly secure: boolean
  readonly io: Server
  readonly star: Star<ListenEvents, EmitEvents, Data>
  /**
   * Takes another certificate, for connections that come from now on; open ones go on (OPS-8).
   *
   * @throws StarError ERR_CONFIG without `tls` at the start; what OpenSSL says of bad material, and nothing changes
   */
  renewTls(tls: TlsMaterial): void
  /**
   * Stops: answers 503 at `/healthz`, takes no new connections, lets streams
   * that carry data finish for the drain time, and closes. Every call gets the
   * same promise.
   */
  close(): Promise<void>
}
