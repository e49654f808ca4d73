/**
 * The client's end of a session across its sockets (PROTOCOL.md HS-11 to
 * HS-16): which socket carries it, which one tries to, which ones drain, and
 * what becomes of the token. Sockets are ids that the driver chooses and never
 * uses twice.
 */
import type { ErrorCode } from '../errors.ts'
import type { ClientOutput, SocketId } from './client-output.ts'
import { type Connected, Handshake, type HandshakeParty } from './handshake.ts'
import { CLIENT_HANDSHAKE } from './handshake-table.ts'
import { MAX_DRAINING } from './limits.ts'
import { STATUS, type Status } from './status.ts'
import { type Announcement, createAnnouncement } from './wire/announcement.ts'
import type { Close, CloseReason } from './wire/close.ts'

/** What a {@link ClientIdentity} is made of. */
export interface ClientIdentityInit {
  /** A random id of this wrapped client, unguessable. */
  readonly owner: string
  /** Draws a token (HS-2); its length is L. */
  readonly newToken: () => string
  /** Compares tokens; a client may pass `(token) => token` (HS-2). */
  readonly digest: (token: string) => string
  /** The token of a session to come back to, after a reload for instance. A secret. */
  readonly token?: string | undefined
}

/** The client's identity. Every input answers with what is to be done now, in order; none throws because of a peer. */
export class ClientIdentity {
  /** The client's status (HS-1). While cycling it stays CONNECTED. */
  status: Status
  /** What a new session is begun with. A secret. */
  local: string
  /** The session's token, once there is one. A secret: keep it where the application's other secrets are. */
  token: string | undefined
  /** The socket that carries the session. */
  current: Handshake | undefined
  /** The one that tries to. */
  next: Handshake | undefined
  readonly #init: ClientIdentityInit
  /** The two above and those that drain, in the order in which they were opened. */
  readonly #sockets = new Map<SocketId, Handshake>()
  readonly #party: HandshakeParty = {
    send: ({ socket }, token) => this.#outputs.push({ do: 'send', socket, token }),
    connected: (handshake, how) => this.#connected(handshake, how),
    ended: (by) => this.#end(by),
    refused: (handshake, reason) => this.#lose(handshake, reason, 'ERR_HANDSHAKE'),
  }
  #attempt = 0
  /** True once a socket carried the present session. */
  #known: boolean
  #leaving = false
  #over = false
  #outputs: ClientOutput[] = []

  constructor(init: ClientIdentityInit) {
    this.#init = init
    this.local = init.newToken()
    this.token = init.token
    this.#known = init.token !== undefined
    this.status = this.#standing
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
      if (this.next) this.#lose(this.next, 'stale')
      const shown = this.token ?? this.local
      const { digest } = this.#init
      this.next = new Handshake(CLIENT_HANDSHAKE, this.#party, socket, shown, this.local.length, digest)
      this.#sockets.set(socket, this.next)
      if (!announced) this.#outputs.push({ do: 'announce', socket, announcement: this.announce() })
      this.next.step('open')
    }
    return this.#done()
  }

  /** Whatever arrived on a socket's event `dop`. */
  receive(socket: SocketId, value: unknown): ClientOutput[] {
    const handshake = this.#sockets.get(socket)
    const on = handshake?.read(value) ?? 'other'
    if (this.current && this.next === handshake && (on === 'remote' || on === 'renewal')) {
      // the present socket still has the session that this one could not get: confirm nothing
      this.#close(socket, 'unavailable')
      return this.refused(socket, { reason: 'unavailable', retryable: true })
    }
    handshake?.step(on, value)
    return this.#done()
  }

  /** The server said why it closes a socket. The socket counts as closed from here on. */
  refused(socket: SocketId, { reason, retryable }: Omit<Close, 'error'>): ClientOutput[] {
    const handshake = this.#sockets.get(socket)
    if (handshake) {
      const kept = this.current !== undefined && handshake !== this.current
      // of those that are left: a later one that is gone did not get the session either
      const newest = handshake === (this.next ?? this.current)
      if (!kept && reason === 'ended') this.#end('remote')
      // only the newest socket can be told of a takeover: an older one lost to our own attempt
      else if (!kept && newest && reason === 'replaced') this.#displace()
      else {
        this.#lose(handshake)
        if (newest) this.#outputs.push({ do: 'refused', socket, reason, retryable, kept })
      }
    }
    return this.#done()
  }

  /** A socket is gone. */
  closed(socket: SocketId): ClientOutput[] {
    const handshake = this.#sockets.get(socket)
    if (handshake) this.#lose(handshake)
    return this.#done()
  }

  /** The formal disconnection: sent now when CONNECTED, and otherwise as soon as the session is (HS-14). */
  disconnect(): ClientOutput[] {
    this.#leaving = true
    this.current?.end()
    return this.#done()
  }

  /** The Channel says that a later life of this client had the session: another document's (HS-13). */
  superseded(): ClientOutput[] {
    if (!this.#over) this.#displace()
    return this.#done()
  }

  /** Ends here and now, said to the server or not. */
  abandon(): ClientOutput[] {
    this.current?.end()
    this.#end('local')
    return this.#done()
  }

  #done(): ClientOutput[] {
    this.#turn()
    const outputs = this.#outputs
    this.#outputs = []
    return outputs
  }

  #connected(handshake: Handshake, how: Connected): void {
    const { socket } = handshake
    const draining = this.current?.socket
    const first = !this.#known
    this.#known = true
    this.token = handshake.token
    this.current = handshake
    this.next = undefined
    const [oldest, ...others] = this.#draining
    if (oldest && others.length >= MAX_DRAINING) this.#lose(oldest, 'stale')
    this.#turn()
    this.#outputs.push({ do: 'connected', socket, how, first, draining })
    if (this.#leaving) handshake.end()
  }

  /** Sockets that carried the session before the present one, oldest first. */
  get #draining(): Handshake[] {
    return [...this.#sockets.values()].filter((each) => each !== this.current && each !== this.next)
  }

  /** A socket is gone, or, with a reason, has to go. */
  #lose(handshake: Handshake, reason?: CloseReason, code?: ErrorCode): void {
    const { socket } = handshake
    handshake.over = true
    this.#sockets.delete(socket)
    if (reason) this.#close(socket, reason, code)
    if (handshake === this.next) {
      this.next = undefined
      // both sides know both halves: the server may have come further than we saw
      this.token ??= handshake.merged
    } else if (handshake === this.current) {
      this.current = this.#draining.at(-1)
      if (this.current) this.#outputs.push({ do: 'promoted', socket: this.current.socket })
    }
  }

  #displace(): void {
    this.#closeAll('replaced')
    this.local = this.#init.newToken()
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
    for (const handshake of this.#sockets.values()) {
      handshake.over = true
      this.#close(handshake.socket, reason)
    }
    this.#sockets.clear()
    this.current = this.next = this.token = undefined
  }

  #close(socket: SocketId, reason: CloseReason, code?: ErrorCode): void {
    this.#outputs.push({ do: 'close', socket, reason, code })
  }

  /** The status is what the sockets make it: a row of `CLIENT_LIFE` each time that it changes. */
  get #standing(): Status {
    if (this.#over) return STATUS.DISCONNECTED
    if (this.current) return STATUS.CONNECTED
    if (this.next) return this.next.status
    return this.token ? STATUS.RECONNECTING : STATUS.OPEN
  }

  #turn(): void {
    const status = this.#standing
    if (status === this.status) return
    this.status = status
    this.#outputs.push({ do: 'status', status })
  }
}
