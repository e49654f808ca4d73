/**
 * The client's end of a session across its sockets (PROTOCOL.md HS-11 to
 * HS-16): which socket carries it, which one tries to, which ones drain, and
 * what becomes of the token. Sockets are ids that the driver chooses and never
 * uses twice.
 */
import { type ErrorCode, StarError } from '../errors.ts'
import { type Connected, Handshake, type HandshakeOutput, type Tokens } from './handshake.ts'
import { CLIENT_HANDSHAKE } from './handshake-table.ts'
import { CLIENT_LIFE, type LifeEvent } from './life-table.ts'
import { MAX_DRAINING } from './limits.ts'
import { STATUS, type Status, statusName } from './status.ts'
import { type Announcement, createAnnouncement } from './wire/announcement.ts'
import type { Close, CloseReason } from './wire/close.ts'

/** The driver's name for a socket. */
export type SocketId = string | number

/** What the driver of a client has to do, in order. */
export type ClientOutput =
  | { readonly do: 'send'; readonly socket: SocketId; readonly token: string }
  /** Emit `star-announce`: the socket's `auth` did not carry the announcement. */
  | { readonly do: 'announce'; readonly socket: SocketId; readonly announcement: Announcement }
  | { readonly do: 'status'; readonly status: Status }
  /**
   * This socket carries the session now: write what is new on it. `first`: the
   * session is new to this client. `renewed` and not `first`: the one that it
   * had is gone. `draining`: the socket that carried it until now.
   */
  | {
      readonly do: 'connected'
      readonly socket: SocketId
      readonly how: Connected
      readonly first: boolean
      readonly draining: SocketId | undefined
    }
  /** The socket that carried the session was cut, and this older one that still lives carries it again. */
  | { readonly do: 'promoted'; readonly socket: SocketId }
  /** A further socket did not get the session; the present one keeps it (HS-12). */
  | { readonly do: 'kept'; readonly socket: SocketId; readonly reason: CloseReason }
  /** Close this socket; nothing is heard from it any more. `code`: the server broke the protocol. */
  | {
      readonly do: 'close'
      readonly socket: SocketId
      readonly reason: CloseReason
      readonly code: ErrorCode | undefined
    }
  /** Another owner took the session over. Open a socket for one of our own (HS-13). */
  | { readonly do: 'displaced' }
  /** The server refused the newest socket. `retryable`: back off and open another. */
  | { readonly do: 'refused'; readonly reason: CloseReason; readonly retryable: boolean }
  /** The session is over for good. */
  | { readonly do: 'ended'; readonly by: 'local' | 'remote' }

/** What a {@link ClientIdentity} is made of. */
export interface ClientIdentityInit {
  /** A random id of this wrapped client, unguessable. */
  readonly owner: string
  /** Draws a token of {@link tokenLength} characters (HS-2). */
  readonly newToken: () => string
  /** Compares tokens; a client may pass `(token) => token` (HS-2). */
  readonly digest: (token: string) => string
  /** The token of a session to come back to, after a reload for instance. A secret. */
  readonly token?: string | undefined
  readonly tokenLength?: number | undefined
}

interface Attached {
  readonly socket: SocketId
  readonly handshake: Handshake
}

/** The client's identity. Every input answers with what is to be done now, in order; none throws because of a peer. */
export class ClientIdentity {
  readonly #init: ClientIdentityInit
  #status: Status
  #local: string
  #token: string | undefined
  #attempt = 0
  /** True once a socket carried the present session. */
  #known: boolean
  #leaving = false
  #current: Attached | undefined
  #next: Attached | undefined
  #newest: SocketId | undefined
  #draining: Attached[] = []

  constructor(init: ClientIdentityInit) {
    this.#init = init
    this.#local = init.newToken()
    this.#token = init.token
    this.#known = init.token !== undefined
    this.#status = this.#known ? STATUS.RECONNECTING : STATUS.OPEN
  }

  /** The client's status (HS-1). While cycling it stays CONNECTED. */
  get status(): Status {
    return this.#status
  }

  /** The tokens as the dop documents list them. Secrets: keep them where the application's other secrets are. */
  get tokens(): Tokens {
    const remote = (this.#next ?? this.#current)?.handshake.tokens.remote
    return { token: this.#token, local: this.#local, remote }
  }

  /** The socket that carries the session. */
  get current(): SocketId | undefined {
    return this.#current?.socket
  }

  /** The announcement of the next socket, for its `auth`. Each call is an attempt of its own. */
  announce(): Announcement {
    this.#attempt++
    return createAnnouncement(this.#init.owner, this.#attempt)
  }

  /**
   * A socket is connected. `announced`: its `auth` carried {@link announce}'s
   * answer. One that was opened before and did not get the session yet is given up.
   */
  open(socket: SocketId, announced: boolean): ClientOutput[] {
    const outputs: ClientOutput[] = []
    if (this.#status === STATUS.DISCONNECTED) {
      this.#close(outputs, socket, 'ended')
      return outputs
    }
    if (this.#next !== undefined) {
      this.#close(outputs, this.#next.socket, 'stale')
      this.#lose(outputs, this.#next)
    }
    const local = this.#token ?? this.#local
    this.#next = { socket, handshake: new Handshake({ ...this.#init, local, table: CLIENT_HANDSHAKE }) }
    this.#newest = socket
    if (!announced) outputs.push({ do: 'announce', socket, announcement: this.announce() })
    this.#follow(outputs, this.#next, this.#next.handshake.open())
    return outputs
  }

  /** Whatever arrived on a socket's event `dop`. */
  receive(socket: SocketId, value: unknown): ClientOutput[] {
    const outputs: ClientOutput[] = []
    const attached = this.#find(socket)
    if (attached !== undefined) this.#follow(outputs, attached, attached.handshake.receive(value))
    return outputs
  }

  /** The server said why it closes a socket. The socket counts as closed from here on. */
  refused(socket: SocketId, close: Close): ClientOutput[] {
    const { reason } = close
    const outputs: ClientOutput[] = []
    const attached = this.#find(socket)
    if (attached === undefined) return outputs
    const keeps = this.#current !== undefined && attached !== this.#current
    if (keeps && socket === this.#newest) outputs.push({ do: 'kept', socket, reason })
    if (!keeps && reason === 'ended') return this.#end(outputs, 'remote')
    // only the newest socket can be told of a takeover: an older one lost to our own attempt
    if (!keeps && reason === 'replaced' && socket === this.#newest) return this.#displace(outputs)
    this.#lose(outputs, attached)
    if (!keeps && socket === this.#newest) {
      outputs.push({ do: 'refused', reason, retryable: close.retryable })
    }
    return outputs
  }

  /** A socket is gone. */
  closed(socket: SocketId): ClientOutput[] {
    const outputs: ClientOutput[] = []
    const attached = this.#find(socket)
    if (attached !== undefined) this.#lose(outputs, attached)
    return outputs
  }

  /** The formal disconnection: sent now when CONNECTED, and otherwise as soon as the session is (HS-14). */
  disconnect(): ClientOutput[] {
    const outputs: ClientOutput[] = []
    if (this.#current === undefined) this.#leaving = true
    else this.#follow(outputs, this.#current, this.#current.handshake.end())
    return outputs
  }

  /** Ends here and now, said to the server or not. */
  abandon(): ClientOutput[] {
    const outputs = this.disconnect()
    return this.#status === STATUS.DISCONNECTED ? outputs : this.#end(outputs, 'local')
  }

  #find(socket: SocketId): Attached | undefined {
    return [this.#current, this.#next, ...this.#draining].find((attached) => attached?.socket === socket)
  }

  #follow(outputs: ClientOutput[], attached: Attached, steps: readonly HandshakeOutput[]): void {
    const { socket } = attached
    if (
      this.#current !== undefined &&
      steps.some((step) => step.do === 'connected' && step.how !== 'resumed')
    ) {
      // the present socket still has the session that this one could not get: confirm nothing
      outputs.push({ do: 'kept', socket, reason: 'unavailable' })
      this.#drop(outputs, attached, 'unavailable')
      return
    }
    for (const step of steps) {
      switch (step.do) {
        case 'send':
          outputs.push({ do: 'send', socket, token: step.token })
          break
        case 'status':
          if (step.status === STATUS.PRECONNECTED && this.#current === undefined)
            this.#live(outputs, 'preconnected')
          break
        case 'connected':
          this.#connected(outputs, attached, step.how)
          break
        case 'ended':
          this.#end(outputs, step.by)
          break
        case 'refuse':
          this.#close(outputs, socket, step.reason, step.code)
          this.#lose(outputs, attached)
          break
        case 'ask':
          throw new StarError('ERR_HANDSHAKE', 'a client is never asked')
        default:
          step satisfies never
      }
    }
  }

  #connected(outputs: ClientOutput[], attached: Attached, how: Connected): void {
    const { socket } = attached
    const draining = this.#current
    const first = !this.#known
    this.#known = true
    this.#token = attached.handshake.tokens.token
    this.#current = attached
    this.#next = undefined
    if (draining !== undefined) this.#draining.push(draining)
    const [oldest] = this.#draining
    if (this.#draining.length > MAX_DRAINING && oldest !== undefined) this.#drop(outputs, oldest, 'stale')
    this.#live(outputs, 'connected')
    outputs.push({ do: 'connected', socket, how, first, draining: draining?.socket })
    if (this.#leaving) this.#follow(outputs, attached, attached.handshake.end())
  }

  #lose(outputs: ClientOutput[], attached: Attached): void {
    attached.handshake.close()
    this.#draining = this.#draining.filter((other) => other !== attached)
    if (attached === this.#next) {
      this.#next = undefined
      // both sides know both halves: the server may have come further than we saw
      if (this.#token === undefined && attached.handshake.merged !== undefined)
        this.#token = attached.handshake.merged
    } else if (attached === this.#current) {
      this.#current = this.#draining.pop()
      if (this.#current !== undefined) outputs.push({ do: 'promoted', socket: this.#current.socket })
    }
    if (this.#current === undefined) this.#live(outputs, 'cut')
  }

  #displace(outputs: ClientOutput[]): ClientOutput[] {
    this.#dropAll(outputs, 'replaced')
    this.#local = this.#init.newToken()
    this.#token = undefined
    this.#known = false
    this.#live(outputs, 'displaced')
    outputs.push({ do: 'displaced' })
    return outputs
  }

  #end(outputs: ClientOutput[], by: 'local' | 'remote'): ClientOutput[] {
    if (this.#status === STATUS.DISCONNECTED) return outputs
    this.#live(outputs, 'end')
    outputs.push({ do: 'ended', by })
    this.#dropAll(outputs, 'ended')
    this.#token = undefined
    return outputs
  }

  #dropAll(outputs: ClientOutput[], reason: CloseReason): void {
    for (const attached of [...this.#draining, this.#current, this.#next]) {
      if (attached === undefined) continue
      attached.handshake.close()
      this.#close(outputs, attached.socket, reason)
    }
    this.#draining = []
    this.#current = undefined
    this.#next = undefined
  }

  #drop(outputs: ClientOutput[], attached: Attached, reason: CloseReason): void {
    attached.handshake.close()
    this.#draining = this.#draining.filter((other) => other !== attached)
    if (this.#next === attached) this.#next = undefined
    this.#close(outputs, attached.socket, reason)
  }

  #close(outputs: ClientOutput[], socket: SocketId, reason: CloseReason, code?: ErrorCode): void {
    outputs.push({ do: 'close', socket, reason, code })
  }

  #live(outputs: ClientOutput[], event: LifeEvent): void {
    const to = CLIENT_LIFE[`${statusName(this.#status)} ${event}`]
    if (to === undefined) return
    this.#status = STATUS[to]
    outputs.push({ do: 'status', status: this.#status })
  }
}
