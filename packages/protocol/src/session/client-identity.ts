/**
 * The client's end of a session across its sockets (PROTOCOL.md HS-11 to
 * HS-16): which socket carries it, which one tries to, which ones drain, and
 * what becomes of the token.
 */
import { StarError } from '../errors.ts'
import type { ClientDriver } from './client-driver.ts'
import { type Connected, Handshake, type HandshakeParty } from './handshake.ts'
import { CLIENT_HANDSHAKE } from './handshake-table.ts'
import { MAX_DRAINING } from './limits.ts'
import { CONNECTED, DISCONNECTED, OPEN, RECONNECTING, type Status } from './status.ts'
import type { Announcement } from './wire/announcement.ts'
import type { Close } from './wire/close.ts'
import { SESSION_VERSION } from './wire/events.ts'

/**
 * The client's identity. Every input tells the driver what is to be done now, in order. One alone throws because of a
 * peer: {@link ClientIdentity.receive}.
 */
export class ClientIdentity<S> implements HandshakeParty<S> {
  /** The client's status (HS-1). While cycling it stays CONNECTED. */
  status: Status
  /** What a new session is begun with. A secret. */
  readonly local: string
  /** The session's token, once there is one. A secret: keep it where the application's other secrets are. */
  token: string | undefined
  readonly #driver: ClientDriver<S>
  /** Those that carried the session, in their order, then the one that tries to: its handshake is not CONNECTED. */
  #sockets: readonly Handshake<S>[] = []
  readonly #owner: string
  #attempt = 0
  /** True once a socket carried the session: one that was never there cannot have been renewed. */
  #known: boolean
  #leaving = false
  readonly #acts: ((driver: ClientDriver<S>) => void)[] = []
  #acting = false

  /**
   * @param local a fresh token (HS-2); its length is L
   * @param owner a random id of this wrapped client (HS-12), unguessable
   * @param token of a session to come back to, after a reload for instance; a secret
   */
  constructor(driver: ClientDriver<S>, local: string, owner: string, token?: string | undefined) {
    this.#driver = driver
    this.#owner = owner
    this.local = local
    this.token = token
    this.status = this.#standing
    this.#known = token !== undefined
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
    return [SESSION_VERSION, this.#owner, ++this.#attempt]
  }

  /**
   * A socket is connected. `announced`: its `auth` carried {@link announce}'s
   * answer. One that was opened before and did not get the session yet is given up.
   */
  open(socket: S, announced: boolean): void {
    const { newest, local } = this
    if (this.status === DISCONNECTED) return
    if (newest && newest !== this.current) this.#close(newest)
    const { token = local } = this
    const next = new Handshake(CLIENT_HANDSHAKE, this, socket, token, local.length)
    this.#sockets = [...this.#sockets, next]
    if (!announced) this.#acts.push((driver) => driver.send(socket, this.announce()))
    next.step('open')
    this.#act()
  }

  /** Whatever arrived on a socket's event `dop`. Throws `ERR_HANDSHAKE`: the socket is to be {@link refused}, as `protocol`. */
  receive(socket: S, value: unknown): void {
    this.#hear(socket, (handshake) => {
      const on = handshake.read(value)
      // the present socket still has the session that this one could not get: confirm nothing
      handshake.step(on === 'renewal' && this.#isFurther(handshake) ? 'other' : on, value)
    })
  }

  /** The server said why it closes a socket; or it breaks the rules, and we do. */
  refused(socket: S | undefined, close: Close): void {
    this.#hear(socket, (handshake) => this.#refused(handshake, close))
  }

  /** A socket is gone. */
  closed(socket: S): void {
    this.#hear(socket, (handshake) => this.#lose(handshake))
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

  /** Something came on a socket that is open, or about it. */
  #hear(socket: S | undefined, deal: (handshake: Handshake<S>) => void): void {
    const handshake = this.#sockets.find((each) => each.socket === socket)
    if (!handshake) return
    deal(handshake)
    this.#act()
  }

  /** Lets the driver do what was decided, unless it is at it: then it comes to this, too. */
  #act(): void {
    this.#turn()
    if (this.#acting) return
    this.#acting = true
    try {
      for (const act of this.#acts) act(this.#driver)
    } finally {
      this.#acts.length = 0
      this.#acting = false
    }
  }

  // What the machine of a socket tells.

  send({ socket }: Handshake<S>, token: string): void {
    this.#acts.push((driver) => driver.send(socket, token))
  }

  connected(handshake: Handshake<S>, how: Connected): void {
    this.token = handshake.token
    for (const oldest of this.#sockets.slice(0, -1 - MAX_DRAINING)) this.#close(oldest)
    this.#turn()
    this.#acts.push((driver) => {
      driver.connected(handshake.socket, how === 'renewed' && !this.#known ? 'new' : how)
      this.#known = true
    })
    if (this.#leaving) handshake.step('end')
  }

  broken(): never {
    throw new StarError('ERR_HANDSHAKE')
  }

  ended(isOurs: boolean): void {
    if (this.status === DISCONNECTED) return
    this.#turn(DISCONNECTED)
    this.#acts.push((driver) => driver.ended(isOurs))
    this.#closeAll()
  }

  /** True beside another socket that carries the session. */
  #isFurther(handshake: Handshake<S>): boolean {
    return (this.current ?? handshake) !== handshake
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
      this.#close(handshake, reason === 'forbidden')
      if (isNewest) this.#acts.push((driver) => driver.refused(close, kept))
    }
  }

  /** A socket has to go. */
  #close(handshake: Handshake<S>, stays?: boolean): void {
    this.#acts.push((driver) => driver.close(handshake.socket, stays))
    this.#lose(handshake)
  }

  /** A socket is gone. */
  #lose(handshake: Handshake<S>): void {
    this.#sockets = this.#sockets.filter((each) => each !== handshake)
    // both sides know both halves: the server may have come further than we saw
    this.token ??= handshake.merged
  }

  #displace(): void {
    this.#closeAll()
    this.#turn()
    this.#acts.push((driver) => driver.displaced())
  }

  #closeAll(): void {
    for (const handshake of this.#sockets) this.#close(handshake)
    this.token = undefined
  }

  /** The status is what the sockets make it: a row of `CLIENT_LIFE` each time that it changes. */
  get #standing(): Status {
    return (this.current ?? this.newest)?.status ?? (this.token ? RECONNECTING : OPEN)
  }

  #turn(status = this.#standing): void {
    if (status === this.status || this.status === DISCONNECTED) return
    this.status = status
    this.#acts.push((driver) => driver.tell('status', status))
  }
}
