import { isStarError, StarError } from '@socket-star/protocol'
import type { StarEnvironment } from '../environment.ts'
import { AUTHENTICATE_TIMEOUT_MS } from '../limits.ts'
import type { Log } from '../log.ts'
import type { Authenticate, StarOptions } from '../options.ts'
import type { AnySocket } from '../socket-types.ts'
import { thrown } from '../thrown.ts'
import { clientAddress, placeOf } from './client-address.ts'
import { proxyTrust } from './proxy-trust.ts'

/** Who a socket was accepted as; undefined where nobody in particular was named. */
export type Principal = string | undefined

interface AdmissionNeeds {
  readonly log: Log
  readonly environment: StarEnvironment
}

type Options = Pick<
  StarOptions,
  'authenticate' | 'challenge' | 'production' | 'public' | 'requireTls' | 'trustProxy'
>

/** Which sockets may use the star at all (JOIN-19). */
export class Admission {
  readonly #authenticate: Authenticate | undefined
  readonly #requireTls: boolean
  readonly #trusts: (remoteAddress: string) => boolean
  readonly #needs: AdmissionNeeds
  #warned = false
  readonly #verdicts = new WeakMap<AnySocket, Promise<Principal>>()

  /** @throws StarError ERR_CONFIG when the options leave production open by accident */
  constructor(options: Options, needs: AdmissionNeeds) {
    const production = options.production ?? process.env.NODE_ENV === 'production'
    this.#authenticate = options.authenticate
    this.#requireTls = options.requireTls ?? production
    this.#trusts = proxyTrust(options.trustProxy)
    this.#needs = needs
    if (options.authenticate !== undefined) return
    if (production) refuseOpenProduction(options)
    else if (options.public !== true) {
      needs.log.warn('star.open', {
        hint: 'anyone may join; in production say who may (authenticate), or that everybody may (public, --public)',
      })
    }
  }

  /**
   * Undefined when the socket may go on at once; otherwise a promise of its
   * principal, which rejects with ERR_FORBIDDEN, or with ERR_REMOTE when the
   * hook cannot tell now. The hook is asked once a socket, and again after that.
   *
   * @throws StarError ERR_FORBIDDEN when the connection is not encrypted and has to be
   */
  admit(socket: AnySocket): Promise<Principal> | undefined {
    if (this.#requireTls && !this.#isEncrypted(socket)) {
      this.#warnOfPlain()
      throw new StarError('ERR_FORBIDDEN', 'this server accepts sessions and peers over TLS alone')
    }
    if (this.#authenticate === undefined) return undefined
    const known = this.#verdicts.get(socket)
    if (known !== undefined) return known
    const verdict = this.#ask(this.#authenticate, socket)
    this.#verdicts.set(socket, verdict)
    // whoever asked may have failed otherwise by the time that this does
    verdict.catch((error) => {
      if (!isForbidden(error)) this.#verdicts.delete(socket)
    })
    return verdict
  }

  /** Whom a session is counted for when there are too many (HS-19): its principal, or the place that it comes from. */
  holder({ handshake }: AnySocket, principal: Principal): string {
    // a name and an address are never taken for each other
    if (principal !== undefined) return `principal ${principal}`
    return `address ${placeOf(this.#clientAddress(handshake))}`
  }

  #clientAddress({ address, headers }: AnySocket['handshake']): string {
    const remoteAddress = String(address)
    try {
      return clientAddress(remoteAddress, headers['x-forwarded-for'], this.#trusts)
    } catch (error) {
      this.#needs.log.error('star.handler-failed', { handler: 'trustProxy', ...thrown(error) })
      return remoteAddress
    }
  }

  /** Once: whoever forgot to name the proxy would look in vain for what is wrong. */
  #warnOfPlain(): void {
    if (this.#warned) return
    this.#warned = true
    this.#needs.log.warn('star.tls-required', {
      hint: 'a connection without TLS was refused, and others will be; a proxy that ends TLS has to be named (trustProxy, --trust-proxy), and to send X-Forwarded-Proto: https',
    })
  }

  #isEncrypted(socket: AnySocket): boolean {
    const { secure, address, headers } = socket.handshake
    if (secure) return true
    if (!this.#trusts(address)) return false
    // each proxy appends; the last entry is the one that the trusted proxy wrote
    const forwarded = String(headers['x-forwarded-proto'] ?? '')
      .split(',')
      .at(-1)
    return /^\s*(https|wss)\s*$/i.test(forwarded ?? '')
  }

  async #ask(authenticate: Authenticate, socket: AnySocket): Promise<Principal> {
    const { log, environment } = this.#needs
    let cancel = (): void => {}
    const late = new Promise<never>((_, reject) => {
      cancel = environment.after(AUTHENTICATE_TIMEOUT_MS, () => {
        reject(new Error(`no answer within ${AUTHENTICATE_TIMEOUT_MS} ms`))
      })
    })
    let answer: Awaited<ReturnType<Authenticate>>
    try {
      answer = await Promise.race([authenticate(socket), late])
    } catch (error) {
      log.warn('star.authenticate-failed', { message: error instanceof Error ? error.message : undefined })
      if (isNo(error)) throw new StarError('ERR_FORBIDDEN')
      throw new StarError('ERR_REMOTE', 'the server cannot tell now who may use it')
    } finally {
      cancel()
    }
    if (typeof answer === 'string' && answer !== '') return answer
    if (answer === true) return undefined
    throw new StarError('ERR_FORBIDDEN')
  }
}

/** Whether a socket that was not admitted was refused, rather than that nobody can tell now. */
export function isForbidden(error: unknown): boolean {
  return isStarError(error) && error.code === 'ERR_FORBIDDEN'
}

/** A hook that throws cannot tell, unless it says so: as `retryable` in the `data` that Socket.IO's errors have, or by our code. */
function isNo(error: unknown): boolean {
  const { data } = Object(error) as { data?: { retryable?: unknown } | null }
  return data?.retryable === false || isForbidden(error)
}

function refuseOpenProduction({ public: isPublic, challenge }: Options): void {
  if (isPublic !== true) {
    throw new StarError(
      'ERR_CONFIG',
      'with NODE_ENV=production a star needs an authenticate hook (option authenticate), ' +
        'or public: true (on the command line --public) to let anyone join who proves an address',
    )
  }
  if (challenge === false) {
    throw new StarError(
      'ERR_CONFIG',
      'with NODE_ENV=production a public star needs the join challenge: leave out challenge: false ' +
        '(on the command line --no-challenge), or pass an authenticate hook',
    )
  }
}
