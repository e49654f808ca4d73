/**
 * The client's end of a session across its sockets (PROTOCOL.md HS-11 to
 * HS-16): which socket carries it, which one tries to, which ones drain, and
 * what becomes of the token.
 */
import type { ClientDriver } from './client-driver.ts'
import { type Connected, Handshake, type HandshakeParty } from './handshake.ts'
import { CLIENT_HANDSHAKE } from './handshake-table.ts'
import { MAX_DRAINING } from './limits.ts'
import { CONNECTED, DISCONNECTED, OPEN, RECONNECTING, type Status } from './status.ts'
import { type Announcement, createAnnouncement } from './wire/announcement.ts'
import { type Close, type CloseReason, givenUp } from './wire/close.ts'
import { ANNOUNCE_EVENT, DOP_EVENT } from './wire/events.ts'

type Acts<S> = { [A in keyof ClientDriver<S>]: (...args: Parameters<ClientDriver<S>[A]>) => void }

/** The client's identity. Every input tells the driver what is to be done now, in order; none throws because of a peer. */
export class ClientIdentity<S> implements HandshakeParty<S> {
  /** The client's status (HS-1). While cycling it stays CONNECTED. */
  status: Status
  /** What a new session is begun with. A secret. */
  local: string
  /** The session's token, once there is one. A secret: keep it where the application's other secrets are. */
  token: string | undefined
  readonly #driver: Acts<S>
  readonly #newToken: () => string
  /** Those that carried the session, in their order, then the one that tries to: its handshake is not CONNECTED. */
  #sockets: readonly Handshake<S>[] = []
  readonly #owner: string
  #attempt = 0
  /** True once a socket carried the present session. */
  #known: boolean
  #leaving = false
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

  /** The socket that carries the session. */
  get current(): Handshake<S> | undefined {
    return this.#sockets.findLast(({ status }) => status === CONNECTED)
  }

  /** The socket that was opened last. */
  get newest(): Handshake<S> | undefined {
    return this.#sockets.at(-1)
  }

  /** The announcement of the next socket, for its `auth`. Each call is an attempt of its own. */
  announce(): Announcement {
    return createAnnouncement(this.#owner, ++this.#attempt)
  }

  /**
   * A socket is connected. `announced`: its `auth` carried {@link announce}'s
   * answer. One that was opened before and did not get the session yet is given up.
   */
  open(socket: S, announced: boolean): void {
    const { newest } = this
    if (this.status === DISCONNECTED) this.#do('close', socket, 'ended')
    else {
      if (newest && newest !== this.current) this.#close(newest, 'stale')
      const shown = this.token ?? this.local
      const next = new Handshake(CLIENT_HANDSHAKE, this, socket, shown, this.local.length)
      this.#sockets = [...this.#sockets, next]
      if (!announced) this.#do('send', socket, ANNOUNCE_EVENT, this.announce())
      next.step('open')
    }
    this.#act()
  }

  /** Whatever arrived on a socket's event `dop`. */
  receive(socket: S, value: unknown): void {
    const handshake = this.#of(socket)
    if (!handshake) return
    const on = handshake.read(value)
    // the present socket still has the session that this one could not get: confirm nothing
    if (on === 'renewal' && this.#isFurther(handshake)) this.#refused(handshake, givenUp('unavailable'))
    else handshake.step(on, value)
    this.#act()
  }

  /** The server said why it closes a socket; or it breaks the rules, and we do. */
  refused(socket: S | undefined, close: Close): void {
    const handshake = this.#of(socket)
    if (!handshake) return
    this.#refused(handshake, close)
    this.#act()
  }

  /** A socket is gone. */
  closed(socket: S): void {
    this.#lose(this.#of(socket))
    this.#act()
  }

  /**
   * The formal disconnection: sent now when CONNECTED, and otherwise as soon as the session is (HS-14). `atOnce`: it
   * ends here and now, said to the server or not.
   */
  disconnect(atOnce = false): void {
    this.#leaving = true
    this.current?.step('end')
    if (atOnce) this.ended(true)
    this.#act()
  }

  /** The Channel says that a later life of this client had the session: another document's (HS-13). */
  superseded(): void {
    if (this.status !== DISCONNECTED) this.#displace()
    this.#act()
  }

  #of(socket: S | undefined): Handshake<S> | undefined {
    return this.#sockets.find((each) => each.socket === socket)
  }

  #do<A extends keyof Acts<S>>(act: A, ...args: Parameters<Acts<S>[A]>): void {
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

  // What the machine of a socket tells.

  send({ socket }: Handshake<S>, token: string): void {
    this.#do('send', socket, DOP_EVENT, token)
  }

  connected(handshake: Handshake<S>, how: Connected): void {
    this.token = handshake.token
    for (const oldest of this.#sockets.slice(0, -1 - MAX_DRAINING)) this.#close(oldest, 'stale')
    this.#turn()
    // one that was never there cannot have been renewed
    this.#do('connected', handshake.socket, how === 'renewed' && !this.#known ? 'new' : how)
    this.#known = true
    if (this.#leaving) handshake.step('end')
  }

  broken(handshake: Handshake<S>): void {
    this.#refused(handshake, givenUp('protocol', 'ERR_HANDSHAKE'))
  }

  ended(isOurs: boolean): void {
    if (this.status === DISCONNECTED) return
    this.#turn(DISCONNECTED)
    this.#do('ended', isOurs)
    this.#closeAll('ended')
  }

  /** True beside another socket that carries the session. */
  #isFurther(handshake: Handshake<S>): boolean {
    const { current } = this
    return !!current && handshake !== current
  }

  #refused(handshake: Handshake<S>, close: Close): void {
    const { reason } = close
    const kept = this.#isFurther(handshake)
    // of those that are left: a later one that is gone did not get the session either
    const isNewest = handshake === this.newest
    if (!kept && reason === 'ended') this.ended(false)
    // only the newest socket can be told of a takeover: an older one lost to our own attempt
    else if (isNewest && reason === 'replaced') this.#displace()
    else {
      this.#close(handshake, reason)
      if (isNewest) this.#do('refused', close, kept)
    }
  }

  /** A socket has to go. */
  #close(handshake: Handshake<S>, reason: CloseReason): void {
    this.#do('close', handshake.socket, reason)
    this.#lose(handshake)
  }

  /** A socket is gone. */
  #lose(handshake: Handshake<S> | undefined): void {
    this.#sockets = this.#sockets.filter((each) => each !== handshake)
    // both sides know both halves: the server may have come further than we saw
    this.token ??= handshake?.merged
  }

  #displace(): void {
    this.#closeAll('replaced')
    this.local = this.#newToken()
    this.#known = false
    this.#turn()
    this.#do('displaced')
  }

  #closeAll(reason: CloseReason): void {
    for (const { socket } of this.#sockets) this.#do('close', socket, reason)
    this.#sockets = []
    this.token = undefined
  }

  /** The status is what the sockets make it: a row of `CLIENT_LIFE` each time that it changes. */
  get #standing(): Status {
    return this.current?.status ?? this.newest?.status ?? (this.token ? RECONNECTING : OPEN)
  }

  #turn(status = this.#standing): void {
    if (status === this.status || this.status === DISCONNECTED) return
    this.status = status
    this.#do('tell', 'status', status)
  }
}
