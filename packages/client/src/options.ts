import type { Env } from './env.ts'
import type { CycleTimes } from './session/sockets.ts'

/** Any event, any arguments: what Socket.IO's own types default to. */
export interface DefaultEvents {
  // biome-ignore lint/suspicious/noExplicitAny: an application without event types gets Socket.IO's own default
  [event: string]: (...args: any[]) => void
}

/**
 * A Socket.IO client socket, whatever its event types: of socket.io-client 2 or
 * 4, or anything that behaves like one.
 */
export interface ClientSocket {
  readonly connected: boolean
  // biome-ignore-start lint/suspicious/noExplicitAny: a socket with event types takes only its own events
  on(event: any, listener: any): unknown
  once(event: any, listener: any): unknown
  off(event: any, listener: any): unknown
  emit(event: any, ...args: any[]): unknown
  // biome-ignore-end lint/suspicious/noExplicitAny: as above
}

/** Options of {@link wrap}. */
export interface WrapOptions {
  /** Silence that is a timeout while something is outstanding, in milliseconds (SES-9). Default: 5 000. */
  readonly answerMs?: number | undefined
  /**
   * The socket is given away for good: the session moves to a fresh one of the same options once in a while, every
   * 10 to 15 minutes unless told, and closes the old one when nothing is under way on it. {@link StarSocket.socket} is
   * always the present one. Nothing happens while the socket's Manager carries other namespaces, too, or while peers
   * are joined on it. Default: off.
   */
  readonly cycle?: boolean | CycleTimes | undefined
  /**
   * `'tab'`: the session goes on when its page is loaded again within the resume window. Its state, the token
   * included, is in the tab's `sessionStorage` while the page goes. When that does not hold it, the next page is told by
   * `renew`, with the reason `state-lost` and nothing to send again. Outside a browser this does nothing. Default: off.
   */
  readonly persist?: 'tab' | undefined
  /** Clock and randomness; the platform's unless given. */
  readonly env?: Partial<Env> | undefined
}
