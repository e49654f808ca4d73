import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { StarError } from '@socket-star/protocol'

/** Origins that URLs do not know, such as those of apps and extensions. */
const OTHER_ORIGIN = /^(?:null|[a-z][a-z0-9+.-]*:\/\/[^/?#]+)$/

/**
 * Checks a list of origins: a browser sends `https://app.example`, and
 * `https://app.example/` in the list would quietly let nobody in.
 *
 * @throws StarError ERR_CONFIG for an entry that no browser sends
 */
export function checkOrigins(origins: readonly string[] = []): void {
  for (const origin of origins) {
    const known = origin === '*' ? origin : originOf(origin)
    const text = `corsOrigins (--cors-origin): ${JSON.stringify(origin)} is no origin`
    if (origin !== '*' && origin.includes('*')) {
      throw new StarError('ERR_CONFIG', `${text}: there are no patterns, name each origin`)
    }
    if (known === origin) continue
    throw new StarError(
      'ERR_CONFIG',
      `${text}; write ${JSON.stringify(known ?? originOf(`https://${origin}`) ?? 'https://app.example')}`,
    )
  }
}

/** The origin in a URL as a browser writes it. */
function originOf(text: string): string | undefined {
  if (!URL.canParse(text)) return OTHER_ORIGIN.test(text) ? text : undefined
  const { origin } = new URL(text)
  if (origin !== 'null') return origin
  return OTHER_ORIGIN.test(text) ? text : undefined
}

/**
 * Which web origins may connect. Browsers enforce CORS for polling, but let
 * any page open a WebSocket: the server has to look at `Origin` itself.
 * Clients that are no browser send none, and pass. No list: any origin.
 */
export function createOriginCheck(
  origins: readonly string[] | undefined,
): (request: IncomingMessage) => boolean {
  if (allowsAny(origins)) return () => true
  const allowed = new Set(origins)
  return ({ headers }) =>
    headers.origin === undefined || allowed.has(headers.origin) || isOwn(headers.origin, headers.host)
}

/** What Socket.IO sends as CORS headers. No credentials: the suite uses no cookies. */
export function corsHeaders(origins: readonly string[] | undefined): { origin: string | string[] } {
  return { origin: origins === undefined || allowsAny(origins) ? '*' : [...origins] }
}

function allowsAny(origins: readonly string[] | undefined): boolean {
  return origins === undefined || origins.length === 0 || origins.includes('*')
}

/**
 * The page that this server itself serves. Over plain HTTP a name proves
 * nothing: any site can have its own point here, and `Host` then says what
 * `Origin` says (DNS rebinding).
 */
function isOwn(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false
  return origin === `https://${host}` || (origin === `http://${host}` && isNumeric(host))
}

function isNumeric(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return name === 'localhost' || isIP(name) !== 0
}
