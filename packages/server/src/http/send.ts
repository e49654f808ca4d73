import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Asset } from './page-assets.ts'

/** The page loads nothing from elsewhere, runs no inline script, and talks to any server it is told to join. */
const PAGE_POLICY = [
  "default-src 'self'",
  "connect-src 'self' http: https: ws: wss:",
  "img-src 'self' data: blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const COMMON_HEADERS = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }

/** Answers with a short text of ours. `HEAD` gets the headers alone. */
export function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(text)
  response.writeHead(status, {
    ...COMMON_HEADERS,
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'content-length': body.length,
    ...headers,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** Answers with a file of the page: 304 when the browser has it, compressed when it reads that. */
export function sendAsset(request: IncomingMessage, response: ServerResponse, asset: Asset): void {
  const headers: Record<string, string | number> = {
    ...COMMON_HEADERS,
    'content-security-policy': PAGE_POLICY,
    'cache-control': asset.cacheControl,
    etag: asset.etag,
    vary: 'accept-encoding',
  }
  if (request.headers['if-none-match'] === asset.etag) {
    response.writeHead(304, headers).end()
    return
  }
  const gzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')) ? asset.gzip() : undefined
  const body = gzip ?? asset.body
  if (gzip !== undefined) headers['content-encoding'] = 'gzip'
  response.writeHead(200, { ...headers, 'content-type': asset.contentType, 'content-length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
}
