import type { IncomingMessage } from 'node:http'

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

/** The page that this server itself serves. */
function isOwn(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}
