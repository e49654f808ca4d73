/**
 * The server's end of a session across its sockets (PROTOCOL.md HS-11 to
 * HS-17): who holds it, which socket carries it, which ones drain, and when it
 * is collected. One process owns it at a time; it holds no token and no socket,
 * only the driver's names for sockets.
 */
import { type Admission, admit, type Claim } from './admission.ts'
import { type LifeEvent, SERVER_LIFE } from './life-table.ts'
import { MAX_DRAINING, RESUME_WINDOW_MS, UNCONFIRMED_MS } from './limits.ts'
import { STATUS, type Status, statusName } from './status.ts'
import type { CloseReason } from './wire/close.ts'

/** The driver's name for a socket; none is used twice. */
export type SocketId = string | number

/** What the driver of a server's session has to do, in order. */
export type ServerOutput =
  | { readonly do: 'status'; readonly status: Status }
  /** CONNECTED for the first time: tell the application of its session. */
  | { readonly do: 'session'; readonly socket: SocketId }
  /** On a further socket: write what is new there. `draining`: the socket that carried it until now. */
  | { readonly do: 'resumed'; readonly socket: SocketId; readonly draining: SocketId | undefined }
  /** The socket that carried the session was cut, and this older one that still lives carries it again. */
  | { readonly do: 'promoted'; readonly socket: SocketId }
  /** Tell the socket why and close it. */
  | { readonly do: 'close'; readonly socket: SocketId; readonly reason: CloseReason }
  /** Nobody came back, or confirmed, in time. Forget the session and its token. */
  | { readonly do: 'expired' }
  /** Over for good. Remember its token as ended for the resume window. */
  | { readonly do: 'ended' }

/** Times in milliseconds; each may be left to its default. */
export interface ServerIdentityOptions {
  readonly resumeWindowMs?: number
  readonly unconfirmedMs?: number
}

/** A session at rest. Nothing in it is secret, but it names the owner. */
export interface ServerIdentitySnapshot {
  readonly holder: Claim
  readonly confirmed: boolean
}

/** The server's identity of one session. */
export class ServerIdentity {
  readonly #resumeWindowMs: number
  #status: Status
  #holder: Claim
  #confirmed: boolean
  #current: SocketId | undefined
  #draining: SocketId[] = []
  /** Until when somebody has to come back, or to confirm. */
  #until: number

  /** A session without a socket: restored, or about to be {@link connected}. */
  constructor(snapshot: ServerIdentitySnapshot, now: number, options: ServerIdentityOptions = {}) {
    this.#resumeWindowMs = options.resumeWindowMs ?? RESUME_WINDOW_MS
    this.#holder = snapshot.holder
    this.#confirmed = snapshot.confirmed
    this.#status = snapshot.confirmed ? STATUS.RECONNECTING : STATUS.OPEN
    this.#until =
      now + (snapshot.confirmed ? this.#resumeWindowMs : (options.unconfirmedMs ?? UNCONFIRMED_MS))
  }

  /** The session's status (HS-1). While the client cycles it stays CONNECTED. */
  get status(): Status {
    return this.#status
  }

  /** The claim that holds the session: what the next one is judged against. */
  get holder(): Claim {
    return this.#holder
  }

  /** The socket that carries the session. */
  get current(): SocketId | undefined {
    return this.#current
  }

  /** Sockets that are still read, oldest first. */
  get draining(): readonly SocketId[] {
    return this.#draining
  }

  /** The session at rest. */
  snapshot(): ServerIdentitySnapshot {
    return { holder: this.#holder, confirmed: this.#confirmed }
  }

  /** The handshake that made this session is PRECONNECTED on a socket. From here on it can be resumed (HS-17). */
  preconnected(socket: SocketId): ServerOutput[] {
    const outputs: ServerOutput[] = []
    this.#current = socket
    this.#live(outputs, 'preconnected')
    return outputs
  }

  /** That handshake is CONNECTED. */
  connected(): ServerOutput[] {
    const outputs: ServerOutput[] = []
    // a later socket may have had it since: that was a confirmation, too
    if (this.#current !== undefined && !this.#confirmed) this.#arrive(outputs, this.#current, undefined)
    return outputs
  }

  /** What {@link resume} would answer now. */
  judge(claim: Claim): Admission {
    const over = this.#status === STATUS.DISCONNECTED
    return admit(over ? { is: 'ended' } : { is: 'live', holder: this.#holder }, claim)
  }

  /**
   * A socket shows the session's token. The answer is for its handshake, the
   * outputs for the driver; unless the answer is `resume` there are none. A
   * store's record is written with the new {@link holder} before either is used.
   */
  resume(socket: SocketId, claim: Claim): { admission: Admission; outputs: ServerOutput[] } {
    const outputs: ServerOutput[] = []
    const admission = this.judge(claim)
    if (admission.as !== 'resume') return { admission, outputs }
    this.#holder = claim
    const previous = this.#current
    if (admission.by === 'takeover') {
      for (const old of this.#sockets()) outputs.push({ do: 'close', socket: old, reason: 'replaced' })
      this.#draining = []
    } else if (previous !== undefined) {
      this.#draining.push(previous)
      const oldest = this.#draining.length > MAX_DRAINING ? this.#draining.shift() : undefined
      if (oldest !== undefined) outputs.push({ do: 'close', socket: oldest, reason: 'stale' })
    }
    this.#current = socket
    this.#arrive(outputs, socket, admission.by === 'attach' ? previous : undefined)
    return { admission, outputs }
  }

  /** A socket is gone. */
  closed(socket: SocketId, now: number): ServerOutput[] {
    const outputs: ServerOutput[] = []
    this.#draining = this.#draining.filter((other) => other !== socket)
    if (socket !== this.#current) return outputs
    this.#current = this.#draining.pop()
    if (this.#current !== undefined) {
      outputs.push({ do: 'promoted', socket: this.#current })
      return outputs
    }
    if (this.#confirmed) this.#until = now + this.#resumeWindowMs
    this.#live(outputs, 'cut')
    return outputs
  }

  /** The session is over for good: a side said so, or the operator. Who has to be told is told by its handshake. */
  end(): ServerOutput[] {
    return this.#over('end', 'ended')
  }

  /** When {@link timeout} has to be called; undefined while a confirmed session has a socket. */
  deadline(): number | undefined {
    const waits = this.#status !== STATUS.CONNECTED && this.#status !== STATUS.DISCONNECTED
    return waits ? this.#until : undefined
  }

  /** Forgets the session when its time is over. */
  timeout(now: number): ServerOutput[] {
    const deadline = this.deadline()
    return deadline !== undefined && now >= deadline ? this.#over('expired', 'unavailable') : []
  }

  #sockets(): SocketId[] {
    return this.#current === undefined ? this.#draining : [...this.#draining, this.#current]
  }

  #arrive(outputs: ServerOutput[], socket: SocketId, draining: SocketId | undefined): void {
    // a session that its client never confirmed is resumed by it: that is a confirmation too
    this.#live(outputs, 'connected')
    outputs.push(this.#confirmed ? { do: 'resumed', socket, draining } : { do: 'session', socket })
    this.#confirmed = true
  }

  #over(event: 'end' | 'expired', reason: CloseReason): ServerOutput[] {
    const outputs: ServerOutput[] = []
    if (this.#status === STATUS.DISCONNECTED) return outputs
    this.#status = STATUS.DISCONNECTED
    outputs.push({ do: 'status', status: this.#status }, { do: event === 'end' ? 'ended' : 'expired' })
    for (const socket of this.#sockets()) outputs.push({ do: 'close', socket, reason })
    this.#draining = []
    this.#current = undefined
    return outputs
  }

  #live(outputs: ServerOutput[], event: LifeEvent): void {
    const to = SERVER_LIFE[`${statusName(this.#status)} ${event}`]
    if (to === undefined) return
    this.#status = STATUS[to]
    outputs.push({ do: 'status', status: this.#status })
  }
}
