import type {
  EventsMap,
  Names,
  OWN_EVENTS,
  Params,
  RenewalReason,
  SessionEmitter,
  Status,
  UnansweredParams,
} from '@socket-star/protocol/session'

export type { EventsMap }

/** Any event, any arguments: what Socket.IO's own types default to. Not every version of it exports them. */
export interface DefaultEvents {
  // biome-ignore lint/suspicious/noExplicitAny: an application without event types gets Socket.IO's own default
  [event: string]: (...args: any[]) => void
}

/** Anything under any name: what Socket.IO's own type of a socket's data defaults to. */
export interface DefaultData {
  // biome-ignore lint/suspicious/noExplicitAny: so that a function that takes any session takes one whose data has a type
  [name: string]: any
}

/** Why a process owns a session now. */
export type SessionCause =
  /** A client came without a session, or asked for one that it did not get. */
  | 'new'
  /** From a snapshot: a state file, or a store. */
  | 'restored'
  /** From another node that gave it up. */
  | 'moved'

/** What the `session` event says beside the session. */
export interface SessionStart {
  readonly cause: SessionCause
  /** Set when the client asked for a session that it did not get. */
  readonly renewed?: RenewalReason | undefined
}

/** Why a session ended, or why this process stopped owning it. */
export type EndReason =
  /** The client disconnected formally. */
  | 'client'
  /** {@link Session.disconnect} was called. */
  | 'server'
  /** Nobody came back within the resume window. */
  | 'expired'
  /** The two sides' cursors could not both be true; the client goes on with a new session. */
  | 'state-lost'
  /** More waited for all clients together than may, and it was one of those for which the most did (LIM-11). */
  | 'backlog'
  /** The client gave the session up against the rules. */
  | 'protocol'
  /** The star was closed. With a state file the next process goes on with the session. */
  | 'closed'
  /** Another process owns the session now. */
  | 'moved'

/** What a session tells the application of itself. No event of an application has one of these names (SES-8). */
export interface SessionEvents {
  /** The status changed (HS-1). */
  status: (status: Status) => void
  /** The session is on another socket now. */
  resume: () => void
  /** After an `emit` answered false: everything accepted now fits the client's credit. */
  drain: () => void
  /** The last event. `unacknowledged`: events `[name, ...args]` that the client is not known to have received. */
  end: (reason: EndReason, unacknowledged: unknown[][]) => void
}

/** Listeners of both, a session's own events and the client's. */
type ListenerOf<Listen extends EventsMap, Name extends string> = Name extends keyof SessionEvents
  ? SessionEvents[Name]
  : Name extends Names<Listen>
    ? (...args: Params<Listen, Name>) => unknown
    : never

type Listenable<Listen extends EventsMap> = keyof SessionEvents | Exclude<Names<Listen>, OwnEvent>
type OwnEvent = (typeof OWN_EVENTS)[number]

/** Emits to members of rooms, except some. */
export interface RoomEmitter<Emit extends EventsMap> {
  to(room: string | readonly string[]): RoomEmitter<Emit>
  /** Client ids, or sessions, that are left out: at most 64. @throws StarError ERR_BAD_REQUEST for anything else */
  except(
    who: string | { readonly id: string } | readonly (string | { readonly id: string })[],
  ): RoomEmitter<Emit>
  /**
   * Appends the message to each room's log and sends it to the members there.
   * @throws StarError ERR_TOO_LARGE, ERR_QUOTA past 64 exceptions, ERR_BAD_REQUEST without a room, or with a callback
   */
  emit<Name extends Names<Emit>>(event: Name, ...args: UnansweredParams<Params<Emit, Name>>): boolean
}

/**
 * One client, across its sockets: what it emits arrives here once and in
 * order, and so does what is emitted to it, whatever its connections do.
 * Used like a Socket.IO socket.
 *
 * @typeParam Listen what the client emits
 * @typeParam Emit what is emitted to the client
 * @typeParam Data what {@link Session.data} holds
 */
export interface Session<
  Listen extends EventsMap = DefaultEvents,
  Emit extends EventsMap = DefaultEvents,
  Data extends object = DefaultData,
> extends SessionEmitter<Emit> {
  /** The client's id, a UUID; stays the same for the session's life. Not a secret. */
  readonly id: string
  /** Anything of the application's own that JSON can carry: it is part of a snapshot. */
  data: Data
  /** HS-1. While the client cycles it stays CONNECTED. */
  readonly status: Status
  /** Whom `authenticate` named; a session is only ever resumed by the same (HS-11). */
  readonly principal: string | undefined
  /** The rooms that the session is a member of; from its end on those that it was in then. */
  readonly rooms: ReadonlySet<string>

  /**
   * Listens. A listener may be asynchronous: its message's credit goes back to
   * the client when it has settled, so that a slow handler slows its client
   * down and not the process. When the client waits for a response, the last
   * argument is the function that gives it; each request is answered once.
   * @throws StarError ERR_BAD_REQUEST for an event that never comes, as `disconnect` does not, and for no function
   */
  on<Name extends Listenable<Listen>>(event: Name, listener: ListenerOf<Listen, Name>): this
  once<Name extends Listenable<Listen>>(event: Name, listener: ListenerOf<Listen, Name>): this
  off<Name extends Listenable<Listen>>(event?: Name, listener?: ListenerOf<Listen, Name>): this

  /** Resolves when the client has received everything that was emitted so far. Rejects with ERR_CLOSED. */
  flush(): Promise<void>

  /** Makes the client a member of rooms. What is emitted to a room from now on reaches it, also after an absence. */
  join(rooms: string | readonly string[]): void
  leave(room: string): void
  /** Emits to a room, without this session. */
  to(room: string | readonly string[]): RoomEmitter<Emit>

  /** Ends the session for good: what was emitted before is sent, a client that is away is refused when it comes. */
  disconnect(): void
}

/** The sessions that this process owns. */
export interface SessionList<
  Listen extends EventsMap = DefaultEvents,
  Emit extends EventsMap = DefaultEvents,
  Data extends object = DefaultData,
> extends Iterable<Session<Listen, Emit, Data>> {
  readonly size: number
  /** By client id. */
  get(id: string): Session<Listen, Emit, Data> | undefined
}
