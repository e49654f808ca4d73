import type { StarEnvironment } from './environment.ts'
import type { StarQuotas } from './limits.ts'
import type { Log } from './log.ts'
import type { StarObserver } from './observer.ts'
import type { ProxyTrust } from './security/proxy-trust.ts'
import type { SessionOptions } from './session/settings.ts'
import type { AnySocket } from './socket-types.ts'

/**
 * Decides whether a socket may use the star (JOIN-19). Called once for each
 * socket, at its first join, after all middleware. A text names the principal;
 * `true` accepts without naming one; anything else, and throwing, refuses.
 */
export type Authenticate = (socket: AnySocket) => Accepted | Promise<Accepted>
type Accepted = string | boolean | null | undefined

/** Options of {@link starMiddleware}. Every one has a default. */
export interface StarOptions {
  /** Whether a join must prove its address with a signature (JOIN-5). Default: true. */
  challenge?: boolean | undefined
  /** Whether only addresses of the WebSocketStar form are accepted (ADDR-4). Default: true. */
  strictAddresses?: boolean | undefined
  /** Says that anyone may join in production; the challenge is the authentication (JOIN-19). Default: false. */
  public?: boolean | undefined
  authenticate?: Authenticate | undefined
  /** Proxies whose `X-Forwarded-Proto` is believed: addresses and CIDR ranges, or a function. Default: none. */
  trustProxy?: ProxyTrust | undefined
  /** Whether JOIN-19 is in force. Default: `NODE_ENV` is `production`. */
  production?: boolean | undefined
  /** Whether a join must come over TLS. Default: in production. */
  requireTls?: boolean | undefined
  /** Default: {@link DEFAULT_QUOTAS}. */
  quotas?: Partial<StarQuotas> | undefined
  /** Default: {@link DEFAULT_DIAL_TIMEOUT_MS}. */
  dialTimeoutMs?: number | undefined
  /** How long a challenge waits for its answer. Default: 30 000. */
  challengeTimeoutMs?: number | undefined
  /** Options of the sessions. */
  sessions?: SessionOptions | undefined
  /** Default: warnings and errors go to the console. */
  log?: Log | undefined
  observer?: StarObserver | undefined
  /** Clock and chance. Default: the platform's. */
  environment?: Partial<StarEnvironment> | undefined
}
