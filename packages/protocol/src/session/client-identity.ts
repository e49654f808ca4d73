/**
 * The client's end of a session across its sockets (PROTOCOL.md HS-11 to
 * HS-16): which socket carries it, which one tries to, which ones drain, and
 * what becomes of the token.
 */
import type { ErrorCode } from '../errors.ts'
import type { ClientDriver } from './client-driver.ts'
import { type Connected, Handshake, type HandshakeParty } from './handshake.ts'
import { CLIENT_HANDSHAKE } from './handshake-table.ts'
import { MAX_DRAINING } from './limits.ts'
import { CONNECTED, DISCONNECTED, OPEN, RECONNECTING, type Status } from './status.ts'
import { type Announcement, createAnnouncement } from './wire/announcement.ts'
import type { Close, CloseReason } from './wire/close.ts'

type Acts<S> = { [A in keyof ClientDriver<S>]: (...args: Parameters<ClientDriver<S>[A]>) => void }

/** The client's identity. Every input tells the driver what is to be done now, in order; none throws because of a peer. */
export class ClientIdentity<S> {
  /** The client's status (HS-1). While cycling it stays CONNECTED. */
  status: Status
  /** What a new session is begun with. A secret. */
  local: string
  /** The session's token, once there is one. A secret: keep it where the application's other secrets are. */
  token: string | undefined
  /** The socket that carries the session. */
  current: Handshake<S> | undefined
  /** The one that tries to. */
  next: Handshake<S> | undefined
  readonly #driver: Acts<S>
  readonly #newToken: () => string
  /** The two above and those that drain, in the order in which they were opened. */
  readonly #sockets = new Map<S, Handshake<S>>()
  readonly #party: HandshakeParty<S> = {
    send: ({ socket }, token) => this.#tell('send', socket, token),
    connected: (handshake, how) => this.#connected(handshake, how),
    ended: (by) => this.#end(by),
    refused: ({ socket }, reason) => this.#close(socket, reason, 'ERR_HANDSHAKE'),
  }
  readonly #owner: string
  #attempt = 0
  /** True once a socket carried the present session. */
  #known: boolean
  #leaving = false
  #over = false
  readonly #acts: (() => void)[] = []
  #acting = false

  /**
   * @param newToken draws a token (HS-2); its length is L
   * @param token of a session to come back to, after a reload for instance; a secret
   * @param owner a random id of this wrapped client (HS-12), unguessable
   */
  constructor(
    driver: ClientDriver<S>,
    newToken: () => string,
    token?: string | undefined,
    owner: string = newToken(),
  ) {
    this.#driver = driver
    this.#newToken = newToken
    this.#owner = owner
    this.local = newToken()
    this.token = token
    this.#known = token !== undefined
    this.status = this.#standing
  }

  /** The announcement of the next socket, for its `auth`. Each call is an attempt of its own. */
  announce(): Announcement {
    this.#attempt++
    return createAnnouncement(this.#owner, this.#attempt)
  }

  /**
   * A socket is connected. `announced`: its `auth` carried {@link announce}'s
   * answer. One that was opened before and did not get the session yet is given up.
   */
  open(socket: S, announced: boolean): void {
    if (this.#over) this.#close(socket, 'ended')
    else {
      if (this.next) this.#close(this.next.socket, 'stale')
      const shown = this.token ?? this.local
      this.next = new Handshake(CLIENT_HANDSHAKE, this.#party, socket, shown, this.local.length)
      this.#sockets.set(socket, this.next)
      if (!announced) this.#tell('announce', socket, this.announce())
      this.next.step('open')
    }
    this.#act()
  }

  /** Whatever arrived on a socket's event `dop`. */
  receive(socket: S, value: unknown): void {
    const handshake = this.#sockets.get(socket)
    const on = handshake?.read(value) ?? 'other'
    // the present socket still has the session that this one could not get: confirm nothing
    if (handshake && this.current && this.next === handshake && (on === 'remote' || on === 'renewal'))
      this.#refused(handshake, { reason: 'unavailable', retryable: true, error: undefined })
    else handshake?.step(on, value)
    this.#act()
  }

  /** The server said why it closes a socket. */
  refused(socket: S, close: Close): void {
    const handshake = this.#sockets.get(socket)
    if (handshake) this.#refused(handshake, close)
    this.#act()
  }

  /** A socket is gone. */
  closed(socket: S): void {
    this.#lose(socket)
    this.#act()
  }

  /** The formal disconnection: sent now when CONNECTED, and otherwise as soon as the session is (HS-14). */
  disconnect(): void {
    this.#leaving = true
    this.current?.end()
    this.#act()
  }

  /** The Channel says that a later life of this client had the session: another document's (HS-13). */
  superseded(): void {
    if (!this.#over) this.#displace()
    this.#act()
  }

  /** Ends here and now, said to the server or not. */
  abandon(): void {
    this.current?.end()
    this.#end('local')
    this.#act()
  }

  #tell<A extends keyof Acts<S>>(act: A, ...args: Parameters<Acts<S>[A]>): void {
    this.#acts.push(() => this.#driver[act](...args))
  }

  /** Lets the driver do what was decided, unless it is at it: then it comes to this, too. */
  #act(): void {
    this.#turn()
    if (this.#acting) return
    this.#acting = true
    try {
      for (const act of this.#acts) act()
    } finally {
      this.#acts.length = 0
      this.#acting = false
    }
  }

  #connected(handshake: Handshake<S>, how: Connected): void {
    // one that was never there cannot have been renewed
    const known = this.#known || how === 'resumed'
    this.#known = true
    this.token = handshake.token
    this.current = handshake
    this.next = undefined
    const [oldest, ...others] = this.#draining
    if (oldest && others.length >= MAX_DRAINING) this.#close(oldest.socket, 'stale')
    this.#turn()
    this.#tell('connected', handshake.socket, known ? how : 'new')
    if (this.#leaving) handshake.end()
  }

  #refused(handshake: Handshake<S>, close: Close): void {
    const { reason } = close
    const kept = this.current !== undefined && handshake !== this.current
    // of those that are left: a later one that is gone did not get the session either
    const newest = handshake === (this.next ?? this.current)
    if (!kept && reason === 'ended') this.#end('remote')
    // only the newest socket can be told of a takeover: an older one lost to our own attempt
    else if (!kept && newest && reason === 'replaced') this.#displace()
    else {
      this.#close(handshake.socket, reason)
      if (newest) this.#tell('refused', close, kept)
    }
  }

  /** Sockets that carried the session before the present one, oldest first. */
  get #draining(): Handshake<S>[] {
    return [...this.#sockets.values()].filter((each) => each !== this.current && each !== this.next)
  }

  /** A socket has to go. */
  #close(socket: S, reason: CloseReason, code?: ErrorCode): void {
    this.#tell('close', socket, reason, code)
    this.#lose(socket)
  }

  /** A socket is gone. */
  #lose(socket: S): void {
    const handshake = this.#sockets.get(socket)
    if (!handshake) return
    this.#sockets.delete(socket)
    if (handshake === this.next) {
      this.next = undefined
      // both sides know both halves: the server may have come further than we saw
      this.token ??= handshake.merged
    } else if (handshake === this.current) {
      this.current = this.#draining.at(-1)
    }
  }

  #displace(): void {
    this.#closeAll('replaced')
    this.local = this.#newToken()
    this.#known = false
    this.#turn()
    this.#tell('displaced')
  }

  #end(by: 'local' | 'remote'): void {
    if (this.#over) return
    this.#over = true
    this.#turn()
    this.#tell('ended', by)
    this.#closeAll('ended')
  }

  #closeAll(reason: CloseReason): void {
    this.current = this.next = undefined
    for (const socket of this.#sockets.keys()) this.#close(socket, reason)
    this.token = undefined
  }

  /** The status is what the sockets make it: a row of `CLIENT_LIFE` each time that it changes. */
  get #standing(): Status {
    if (this.#over) return DISCONNECTED
    if (this.current) return CONNECTED
    if (this.next) return this.next.status
    return this.token ? RECONNECTING : OPEN
  }

  #turn(): void {
    const status = this.#standing
    if (status === this.status) return
    this.status = status
    this.#tell('status', status)
  }
}
