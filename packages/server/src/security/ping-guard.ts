import { bufferedIn, webSocketOf } from '@socket-star/pull-stream'
import { MAX_UNREAD_PINGS, UNREAD_PONG_BYTES } from '../limits.ts'
import type { AnyNamespace, AnySocket } from '../socket-types.ts'
import { telling, watchMade } from './layer.ts'

/** What is used of a WebSocket of the package ws; other engines have none, or another. */
interface WebSocket {
  on?(event: 'ping', listener: () => void): unknown
  terminate?(): void
}
interface WebSocketOptions {
  WebSocket?: new (...args: never[]) => WebSocket
}

/** Engine.IO makes a server of ws, which is told by an option what it makes of a connection. */
interface EngineInsides {
  readonly ws?: { readonly options?: WebSocketOptions }
}

/** What some star guards already: the stars of a server's namespaces share its WebSockets. */
const guarded = new WeakSet<WebSocket>()

/**
 * Closes a WebSocket that pings and does not read (LIM-10). ws answers each ping
 * by itself, and keeps the answers for as long as nobody takes them.
 */
export class PingGuard {
  readonly #onViolation: () => void
  #unwatch = (): void => {}

  constructor(onViolation: () => void) {
    this.#onViolation = onViolation
  }

  /** Guards the WebSockets of a server that come from now on, whether or not they become a connection of Socket.IO. */
  watchServer({ engine }: AnyNamespace['server']): void {
    // a server that listens to no port yet has none
    const options = (engine as unknown as EngineInsides | undefined)?.ws?.options
    if (options?.WebSocket === undefined) return
    this.#unwatch = watchMade(
      options as Required<WebSocketOptions>,
      'WebSocket',
      telling,
      (webSocket: WebSocket) => this.#guard(webSocket),
    )
  }

  /** Guards the WebSocket of a socket that may have been there before. */
  watch({ conn }: AnySocket): void {
    const webSocket = webSocketOf(conn)
    if (webSocket !== undefined) this.#guard(webSocket)
  }

  close(): void {
    this.#unwatch()
  }

  #guard(webSocket: WebSocket): void {
    if (guarded.has(webSocket)) return
    guarded.add(webSocket)
    let unread = 0
    webSocket.on?.('ping', () => {
      unread = bufferedIn(webSocket) > UNREAD_PONG_BYTES ? unread + 1 : 0
      // it is told once: ws may have more pings of the same chunk
      if (unread === MAX_UNREAD_PINGS + 1) this.#onViolation()
      if (unread > MAX_UNREAD_PINGS) webSocket.terminate?.()
    })
  }
}
