import type { StarError } from '@socket-star/protocol'
import type {
  CloseReason,
  Listener,
  Names,
  Params,
  RenewalReason,
  RoomPosition,
  SessionEmitter,
  Status,
} from '@socket-star/protocol/session'
import type { ClientSocket, WrapOptions } from '../options.ts'

/** Why the session is another one than before; a later server may say another reason. `replaced`: another owner of its token took it over. */
export type RenewReason = RenewalReason | 'replaced'

/**
 * A session that is gone, and what of it nobody but the application can decide about, at once or later. Until it calls
 * {@link resend} or {@link drop} who waits for a response waits on: to the next renewal (ERR_INTERRUPTED), or the end.
 */
export interface Renewal {
  readonly reason: RenewReason
  /** Events `[name, ...args]` that the server is not known to have received, in order. It may have received some. */
  readonly unacknowledged: unknown[][]
  /**
   * Sends them again, in the new session; once. Called by a `renew` listener
   * they go before whatever was emitted since. Who waits for a response goes on waiting. After the end nothing is sent.
   */
  resend(): void
  /** Gives them up; who waits for a response gets ERR_INTERRUPTED. Does nothing after {@link resend}. */
  drop(): void
}

/** A server that did not give the session a socket, or took it. */
export interface Refusal {
  /** A later server may say another one. */
  readonly reason: CloseReason
  /** True: another attempt follows after a while. False: none does until {@link StarSocket.connect}. */
  readonly retryable: boolean
  readonly error: StarError | undefined
}

/** Why a session ended: {@link StarSocket.disconnect} was called, or the server ended it. */
export type ClientEndReason = 'client' | 'server'

/** What a session tells the application of itself. No event of an application has one of these names (SES-8). */
export interface StarSocketEvents {
  /** The status changed (HS-1). */
  status: (status: Status) => void
  /** The session goes on, on another connection. */
  resume: () => void
  /** After an `emit` answered false: everything accepted now fits the server's credit. */
  drain: () => void
  /** The server has no session of ours any more and gave us a new one. Without a listener the messages are dropped. */
  renew: (renewal: Renewal) => void
  /** Another owner of the token, a copied tab for instance, has the session now. A new one follows, with `renew`. */
  replaced: () => void
  /** The server refused a socket, or, with `protocol`, broke the rules: ERR_BAD_FRAME, ERR_HANDSHAKE. */
  refused: (refusal: Refusal) => void
  /** A message that was accepted before the server's limits were known cannot be sent. */
  undelivered: (error: StarError, message: unknown[]) => void
  /**
   * Messages of a room are lost to this client: what came behind `from`, up to `to`. It was away for longer than the
   * room's history reaches; with another epoch nobody knows how much. Without `to` it is in too many rooms for this one.
   */
  gap: (room: string, from: RoomPosition, to: RoomPosition | undefined) => void
  /** The last event. `unacknowledged`: events `[name, ...args]` that the server is not known to have received. */
  end: (reason: ClientEndReason, unacknowledged: unknown[][]) => void
}

/** What Socket.IO tells of the connection that is there now. */
export interface SocketReservedEvents {
  connect: () => void
  connect_error: (error: Error) => void
  disconnect: (reason: string, description?: unknown) => void
}

type Own = StarSocketEvents & SocketReservedEvents

/** What can be listened to: a session's own events, Socket.IO's, and the server's. */
type HeardEvent<Listen> = keyof Own | Exclude<Names<Listen>, keyof Own>

/** A listener of an event; what it returns is waited for when it is a promise. */
type ListenerOf<Listen, Name extends string> = Name extends keyof Own
  ? Own[Name]
  : Name extends Names<Listen>
    ? (...args: Params<Listen, Name>) => unknown
    : never

/**
 * The session of a wrapped Socket.IO client: what it emits arrives once and in
 * order, and so does what is emitted to it, whatever its connections do. Used
 * like a Socket.IO socket.
 *
 * @typeParam Listen what the server emits
 * @typeParam Emit what is emitted to the server
 */
export interface StarSession<Listen, Emit> extends SessionEmitter<Emit> {
  /** The client's id, a UUID that the server gave; undefined before. Stays the same for the session's life. Not a secret. */
  readonly id: string | undefined
  /** HS-1. While cycling it stays CONNECTED. */
  readonly status: Status

  /**
   * Listens. A listener may be asynchronous: its message's credit goes back to
   * the server when it has settled, so that a slow handler slows the server
   * down. When the server waits for a response, the last argument is the
   * function that gives it; each request is answered once.
   */
  on<Name extends HeardEvent<Listen>>(event: Name, listener: ListenerOf<Listen, Name>): this
  once<Name extends HeardEvent<Listen>>(event: Name, listener: ListenerOf<Listen, Name>): this
  off<Name extends HeardEvent<Listen>>(event?: Name, listener?: ListenerOf<Listen, Name>): this

  /**
   * Resolves when the server has received everything that was emitted so far.
   * Rejects with ERR_INTERRUPTED when the session is renewed first, or some of it turns out to be too large to be
   * delivered, and with ERR_CLOSED when it ends.
   */
  flush(): Promise<void>

  /** Connects the socket, where Socket.IO does not do so by itself. @throws StarError ERR_CLOSED after the end */
  connect(): this
  /**
   * Ends the session for good, and disconnects. What was emitted before is sent as far as the server's credit goes:
   * `await flush()` first to be sure of it. While there is no connection it is said with the next one.
   */
  disconnect(): this
}

/** Whom a {@link ClientSession} tells what comes. */
export interface Audience extends Pick<SessionEmitter<never>, 'onMessage'> {
  listeners(event: string): Listener[]
}

/** What a {@link ClientSession} is made of. */
export interface ClientSessionInit extends WrapOptions {
  readonly star: Audience
  /** Another socket is the session's from now on; without one nothing of this session is left. */
  moved(socket?: ClientSocket): void
}
