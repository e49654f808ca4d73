/**
 * The client's end of a session across its sockets (PROTOCOL.md HS-11 to
 * HS-16): which socket carries it, which one tries to, which ones drain, and
 * what becomes of the token. Sockets are ids that the driver chooses and never
 * uses twice.
 */
import { type ErrorCode, StarError } from '../errors.ts'
import type { ClientOutput, SocketId } from './client-output.ts'
import { type Connected, Handshake, type HandshakeOutput, type Tokens } from './handshake.ts'
import { CLIENT_HANDSHAKE } from './handshake-table.ts'
import { MAX_DRAINING } from './limits.ts'
import { STATUS, type Status } from './status.ts'
import { type Announcement, createAnnouncement } from './wire/announcement.ts'
import type { Close, CloseReason } from './wire/close.ts'

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
  #over = false
  #current: Attached | undefined
  #next: Attached | undefined
  #newest: SocketId | undefined
  #draining: Attached[] = []
  #outputs: ClientOutput[] = []

  constructor(init: ClientIdentityInit) {
    this.#init = init
    this.#local = init.newToken()
    this.#token = init.token
    this.#known = init.token !== undefined
    this.#status = this.#standing
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
    if (this.#over) this.#close(socket, 'ended')
    else {
      if (this.#next) this.#lose(this.#next, 'stale')
      const local = this.#token ?? this.#local
      const handshake = new Handshake({ ...this.#init, local, table: CLIENT_HANDSHAKE })
      this.#next = { socket, handshake }
      this.#newest = socket
      if (!announced) this.#outputs.push({ do: 'announce', socket, announcement: this.announce() })
      this.#follow(this.#next, handshake.open())
    }
    return this.#done()
  }

  /** Whatever arrived on a socket's event `dop`. */
  receive(socket: SocketId, value: unknown): ClientOutput[] {
    const attached = this.#find(socket)
    if (attached) this.#follow(attached, attached.handshake.receive(value))
    return this.#done()
  }

  /** The server said why it closes a socket. The socket counts as closed from here on. */
  refused(socket: SocketId, { reason, retryable }: Close): ClientOutput[] {
    const attached = this.#find(socket)
    const kept = this.#current !== undefined && attached !== this.#current
    const newest = socket === this.#newest
    if (attached && !kept && reason === 'ended') this.#end('remote')
    // only the newest socket can be told of a takeover: an older one lost to our own attempt
    else if (attached && !kept && newest && reason === 'replaced') this.#displace()
    else if (attached) {
      this.#lose(attached)
      if (newest) this.#outputs.push({ do: 'refused', socket, reason, retryable, kept })
    }
    return this.#done()
  }

  /** A socket is gone. */
  closed(socket: SocketId): ClientOutput[] {
    const attached = this.#find(socket)
    if (attached) this.#lose(attached)
    return this.#done()
  }

  /** The formal disconnection: sent now when CONNECTED, and otherwise as soon as the session is (HS-14). */
  disconnect(): ClientOutput[] {
    this.#leaving = true
    if (this.#current) this.#follow(this.#current, this.#current.handshake.end())
    return this.#done()
  }

  /** Ends here and now, said to the server or not. */
  abandon(): ClientOutput[] {
    const outputs = this.disconnect()
    this.#end('local')
    return [...outputs, ...this.#done()]
  }

  #done(): ClientOutput[] {
    const outputs = this.#outputs
    this.#outputs = []
    return outputs
  }

  get #all(): Attached[] {
    return [...this.#draining, this.#current, this.#next].filter((attached) => attached !== undefined)
  }

  #find(socket: SocketId): Attached | undefined {
    return this.#all.find((attached) => attached.socket === socket)
  }

  #follow(attached: Attached, steps: readonly HandshakeOutput[]): void {
    const { socket } = attached
    if (this.#current && steps.some((step) => step.do === 'connected' && step.how !== 'resumed')) {
      // the present socket still has the session that this one could not get: confirm nothing
      const reason = 'unavailable'
      this.#lose(attached, reason)
      this.#outputs.push({ do: 'refused', socket, reason, retryable: true, kept: true })
      return
    }
    for (const step of steps) {
      switch (step.do) {
        case 'send':
          this.#outputs.push({ do: 'send', socket, token: step.token })
          break
        case 'status':
          // every other one comes with an output of its own
          if (step.status === STATUS.PRECONNECTED) this.#turn()
          break
        case 'connected':
          this.#connected(attached, step.how)
          break
        case 'ended':
          this.#end(step.by)
          break
        case 'refuse':
          this.#lose(attached, step.reason, step.code)
          break
        case 'ask':
          throw new StarError('ERR_HANDSHAKE')
        default:
          step satisfies never
      }
    }
  }

  #connected(attached: Attached, how: Connected): void {
    const { socket, handshake } = attached
    const draining = this.#current
    const first = !this.#known
    this.#known = true
    this.#token = handshake.tokens.token
    this.#current = attached
    this.#next = undefined
    if (draining) this.#draining.push(draining)
    const [oldest] = this.#draining
    if (oldest && this.#draining.length > MAX_DRAINING) this.#lose(oldest, 'stale')
    this.#turn()
    this.#outputs.push({ do: 'connected', socket, how, first, draining: draining?.socket })
    if (this.#leaving) this.#follow(attached, handshake.end())
  }

  /** A socket is gone, or, with a reason, has to go. */
  #lose(attached: Attached, reason?: CloseReason, code?: ErrorCode): void {
    const { handshake, socket } = attached
    handshake.close()
    if (reason) this.#close(socket, reason, code)
    this.#draining = this.#draining.filter((other) => other !== attached)
    if (attached === this.#next) {
      this.#next = undefined
      // both sides know both halves: the server may have come further than we saw
      this.#token ??= handshake.merged
    } else if (attached === this.#current) {
      this.#current = this.#draining.pop()
      if (this.#current) this.#outputs.push({ do: 'promoted', socket: this.#current.socket })
    }
    this.#turn()
  }

  #displace(): void {
    this.#closeAll('replaced')
    this.#local = this.#init.newToken()
    this.#known = false
    this.#turn()
    this.#outputs.push({ do: 'displaced' })
  }

  #end(by: 'local' | 'remote'): void {
    if (this.#over) return
    this.#over = true
    this.#turn()
    this.#outputs.push({ do: 'ended', by })
    this.#closeAll('ended')
  }

  #closeAll(reason: CloseReason): void {
    for (const { socket, handshake } of this.#all) {
      handshake.close()
      this.#close(socket, reason)
    }
    this.#draining = []
    this.#current = this.#next = this.#token = undefined
  }

  #close(socket: SocketId, reason: CloseReason, code?: ErrorCode): void {
    this.#outputs.push({ do: 'close', socket, reason, code })
  }

  /** The status is what the sockets make it: a row of `CLIENT_LIFE` each time that it changes. */
  get #standing(): Status {
    if (this.#over) return STATUS.DISCONNECTED
    if (this.#current) return STATUS.CONNECTED
    if (this.#next) return this.#next.handshake.status
    return this.#token ? STATUS.RECONNECTING : STATUS.OPEN
  }

  #turn(): void {
    const status = this.#standing
    if (status === this.#status) return
    this.#status = status
    this.#outputs.push({ do: 'status', status })
  }
}
