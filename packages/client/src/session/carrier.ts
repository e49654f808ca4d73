import { type Announcement, type Close, parseClose, SESSION_EVENTS } from '@socket-star/protocol/session'
import type { Wire } from '../wire.ts'
import type { ClientSocket } from '../wrap.ts'
import { type Announcing, announceInAuth } from './auth.ts'
import type { Line } from './line.ts'

/** Whom a {@link Carrier} tells what happens on its socket. None of these throws. */
export interface CarrierOwner {
  announce(): Announcement
  /** Connected. `announced`: the server knows it from `auth`. */
  opened(carrier: Carrier, announced: boolean): Line
  token(line: Line, token: unknown): void
  frame(line: Line, args: readonly unknown[]): void
  welcomeBack(line: Line, welcome: unknown): void
  volatileMessage(line: Line, payload: unknown): void
  room(line: Line, args: readonly unknown[]): void
  refused(line: Line, close: Close): void
  /** Whatever the line was is over. */
  lost(line: Line): void
  /** One of Socket.IO's own events, after it was dealt with. */
  told(carrier: Carrier, event: string, args: unknown[]): void
}

type Handler = (...args: unknown[]) => void

/** What a Socket.IO client socket has that its version may lack. */
interface Insides extends ClientSocket {
  readonly active?: boolean
  connect?(): unknown
  disconnect?(): unknown
  auth?: unknown
  _lastOffset?: unknown
  readonly io?: {
    readonly engine?: {
      readonly readyState?: string
      close?(): void
      readonly transport?: {
        close?(): void
        readonly ws?: { readonly _socket?: unknown }
      }
    }
  }
}

/** One Socket.IO socket under the session: it listens there, and knows the connection that is there now. */
export class Carrier {
  readonly wire: Wire
  line: Line | undefined
  readonly socket: ClientSocket
  readonly #owner: CarrierOwner
  readonly #auth: Announcing
  readonly #handlers: Readonly<Record<string, Handler>>
  #open = true

  constructor(socket: ClientSocket, wire: Wire, owner: CarrierOwner) {
    this.wire = wire
    this.socket = socket
    this.#owner = owner
    this.#auth = announceInAuth(this.#socket, () => owner.announce())
    this.#handlers = this.#listen()
    for (const [event, handler] of Object.entries(this.#handlers)) socket.on(event, handler)
    if (socket.connected) this.line = owner.opened(this, false)
  }

  /** False when Socket.IO does not connect it again by itself. */
  get active(): boolean {
    return this.#socket.active !== false
  }

  connect(): void {
    this.#socket.connect?.()
  }

  /** Leaves the namespace; Socket.IO does not connect it again by itself. */
  disconnect(): void {
    this.#socket.disconnect?.()
  }

  /** Closes the connection below, so that Socket.IO connects again. */
  cut(): void {
    const engine = this.#socket.io?.engine
    engine?.close?.()
    // polling would first wait for its request's answer, which on a dead connection is for ever
    if (engine?.readyState === 'closing' && !engine.transport?.ws) engine.transport?.close?.()
  }

  /** The application's own part of its `auth`. */
  get auth(): unknown {
    return this.#auth.own
  }

  /** It is not needed any more: no connection, no listener. */
  retire(): void {
    this.close()
    this.disconnect()
    this.#lost()
  }

  /** Takes its listeners away. */
  close(): void {
    this.#open = false
    for (const [event, handler] of Object.entries(this.#handlers)) this.#socket.off(event, handler)
  }

  /** Bytes that came in on the connection, 0 where that cannot be seen. */
  get readBytes(): number {
    const connection = this.#socket.io?.engine?.transport?.ws?._socket as { bytesRead?: unknown } | undefined
    return typeof connection?.bytesRead === 'number' ? connection.bytesRead : 0
  }

  get #socket(): Insides {
    return this.socket
  }

  #listen(): Record<string, Handler> {
    const owner = this.#owner
    const onLine =
      (handle: (line: Line, args: readonly unknown[]) => void): Handler =>
      (...args) => {
        if (this.line !== undefined && !this.line.closed) handle(this.line, args)
      }
    const told =
      (event: string, handle: () => void = () => {}): Handler =>
      (...args) => {
        if (!this.#open) return
        handle()
        owner.told(this, event, args)
      }
    return {
      connect: told('connect', () => {
        this.line = owner.opened(this, this.#auth.announced())
      }),
      disconnect: told('disconnect', () => this.#lost()),
      connect_error: told('connect_error', () => void this.#auth.announced()),
      [SESSION_EVENTS.dop]: onLine((line, [token]) => {
        this.#keepOffset(token)
        owner.token(line, token)
      }),
      [SESSION_EVENTS.frame]: onLine((line, args) => owner.frame(line, args)),
      [SESSION_EVENTS.welcome]: onLine((line, [welcome]) => owner.welcomeBack(line, welcome)),
      [SESSION_EVENTS.volatile]: onLine((line, [payload]) => {
        this.#keepOffset(payload)
        owner.volatileMessage(line, payload)
      }),
      [SESSION_EVENTS.room]: onLine((line, args) => owner.room(line, args)),
      [SESSION_EVENTS.close]: onLine((line, [close]) => owner.refused(line, parseClose(close))),
    }
  }

  #lost(): void {
    const { line } = this
    this.line = undefined
    if (line !== undefined) this.#owner.lost(line)
  }

  /**
   * With connection state recovery socket.io-client takes a text that is an
   * event's last argument for the offset that recovery begins at, after the
   * listeners were called: a token is none.
   */
  #keepOffset(argument: unknown): void {
    const socket = this.#socket
    const { _lastOffset } = socket
    queueMicrotask(() => {
      if (socket._lastOffset === argument && argument !== undefined) socket._lastOffset = _lastOffset
    })
  }
}
