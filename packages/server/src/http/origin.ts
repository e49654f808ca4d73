import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

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
