import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Asset } from './page-assets.ts'
import { sendAsset, sendText } from './send.ts'

/** What the ready-made server answers beside Socket.IO. */
export interface Routes {
  readonly assets: ReadonlyMap<string, Asset>
  /** False while the server drains, and after. */
  isServing(): boolean
  /** The Prometheus text, or undefined where metrics are off. */
  readonly metrics: { readonly contentType: string; text(): Promise<string> } | undefined
}

const NO_PAGE = 'socket-star is running. Its page was not built: run "npm run build".\n'

/** `/healthz`, `/metrics` and the page; 404 and 405 for the rest. Socket.IO takes its own path before. */
export function createRequestListener(routes: Routes): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      sendText(request, response, 405, 'method not allowed\n', { allow: 'GET, HEAD' })
      return
    }
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    if (path === '/healthz') sendHealth(request, response, routes.isServing())
    else if (path === '/metrics' && routes.metrics !== undefined) {
      void sendMetrics(request, response, routes.metrics)
    } else sendPage(request, response, routes.assets, path)
  }
}

function sendHealth(request: IncomingMessage, response: ServerResponse, serving: boolean): void {
  const body = `${JSON.stringify({ status: serving ? 'serving' : 'draining' })}\n`
  sendText(request, response, serving ? 200 : 503, body, { 'content-type': 'application/json' })
}

async function sendMetrics(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: NonNullable<Routes['metrics']>,
): Promise<void> {
  try {
    sendText(request, response, 200, await metrics.text(), { 'content-type': metrics.contentType })
  } catch {
    sendText(request, response, 500, 'the metrics could not be collected\n')
  }
}

function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  assets: ReadonlyMap<string, Asset>,
  path: string,
): void {
  const asset = assets.get(path === '/index.html' ? '/' : path)
  if (asset !== undefined) sendAsset(request, response, asset)
  else if (path === '/') sendText(request, response, 200, NO_PAGE)
  else sendText(request, response, 404, 'not found\n')
}
