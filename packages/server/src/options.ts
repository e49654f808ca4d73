import type { StarEnvironment } from './environment.ts'
import type { StarQuotas } from './limits.ts'
import type { Log } from './log.ts'
import type { StarObserver } from './observer.ts'
import type { ProxyTrust } from './security/proxy-trust.ts'
import type { SessionOptions } from './session/settings.ts'
import type { AnySocket } from './socket-types.ts'
import type { Given } from './with-defaults.ts'

/**
 * Decides whether a socket may use the star (JOIN-19). Called once for each
 * socket, at its first join or when it asks for a session, after all middleware. A text names the principal;
 * `true` accepts without naming one; anything else refuses.
 *
 * A hook that throws, is rejected or does not answer within 10 s cannot tell now: the client comes again after a delay,
 * and the hook is asked again. An error whose `data.retryable` is false refuses, and so does a {@link StarError} with
 * ERR_FORBIDDEN.
 */
export type Authenticate = (socket: AnySocket) => Accepted | Promise<Accepted>
type Accepted = string | boolean | null | undefined

/** Options of {@link starMiddleware}. Every one has a default. */
export interface StarOptions {
  /** Whether a join must prove its address with a signature (JOIN-5). Default: true. */
  challenge?: boolean | undefined
  /** Whether only addresses of the WebSocketStar form are accepted (ADDR-4). Default: true. */
  strictAddresses?: boolean | undefined
  /**
   * Says that anyone may join in production; the challenge is the authentication (JOIN-19). Anyone gets a session, too:
   * an application that trusts its sessions gives {@link authenticate}. Default: false.
   */
  public?: boolean | undefined
  /** Decides who may use the star; asked once a socket, in every environment (JOIN-19). Default: nobody is asked. */
  authenticate?: Authenticate | undefined
  /** Proxies whose `X-Forwarded-Proto` and `X-Forwarded-For` are believed: addresses and CIDR ranges, or a function. Default: none. */
  trustProxy?: ProxyTrust | undefined
  /** Whether JOIN-19 is in force. Default: `NODE_ENV` is `production`. */
  production?: boolean | undefined
  /** Whether a join must come over TLS. Default: in production. */
  requireTls?: boolean | undefined
  /** What one socket, and all together, may do and leave waiting (LIM-3). Default: {@link DEFAULT_QUOTAS}. */
  quotas?: Given<StarQuotas> | undefined
  /** How long a dialled peer may take to answer, in milliseconds (DIAL-7). Default: {@link DEFAULT_DIAL_TIMEOUT_MS}. */
  dialTimeoutMs?: number | undefined
  /** How long a challenge waits for its answer, in milliseconds (JOIN-5). Default: 30 000. */
  challengeTimeoutMs?: number | undefined
  /** Options of the sessions. */
  sessions?: SessionOptions | undefined
  /** Where what happens is written. Default: warnings and errors go to the console. */
  log?: Log | undefined
  /** Told of joins, dials, bytes and drops as they happen, for metrics. Default: nobody. */
  observer?: StarObserver | undefined
  /** Clock and chance. Default: the platform's. */
  environment?: Given<StarEnvironment> | undefined
}
