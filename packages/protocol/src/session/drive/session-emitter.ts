import type {
  AllButLast,
  AnsweredNames,
  FirstAnswer,
  Last,
  Names,
  Params,
  TimedParams,
  UnansweredParams,
} from './events-map.ts'

/** Emits that are waited for no longer than a time. */
export interface TimedEmitter<Emit> {
  /** The last argument is called with an error, or with null and the response. */
  emit<Name extends Names<Emit>>(event: Name, ...args: TimedParams<Params<Emit, Name>>): boolean
  emitWithAck<Name extends AnsweredNames<Emit>>(
    event: Name,
    ...args: AllButLast<Params<Emit, Name>>
  ): Promise<FirstAnswer<Last<Params<Emit, Name>>>>
}

/**
 * What either end of a session says something to the other end with: a client
 * to its server, a server to its client.
 *
 * @typeParam Emit what is emitted to the other end
 */
export interface SessionEmitter<Emit> {
  /** Bytes that were accepted and that the other end has not acknowledged. */
  readonly bufferedAmount: number
  /**
   * Emits that are dropped unless they can leave at once; they go around the session's sequence (SES-13). Nobody can
   * answer one: a callback is ERR_BAD_REQUEST.
   */
  readonly volatile: {
    emit<Name extends Names<Emit>>(event: Name, ...args: UnansweredParams<Params<Emit, Name>>): boolean
  }
  /** Called with the text of the other end's `send`; also reached by `on('message')`. */
  onMessage: ((text: string) => void) | undefined
  /**
   * Sends an event, also while there is no connection. With a function as its
   * last argument it is a request, and the function gets the response.
   * @returns false when it exceeds the other end's credit: accepted, but wait for `drain`
   * @throws StarError ERR_BACKLOG past the hard limit, ERR_TOO_LARGE, ERR_CLOSED after the end,
   *   ERR_BAD_REQUEST for a name that no event may have, ERR_QUOTA past 4,096 waiting requests. Nothing was sent then.
   */
  emit<Name extends Names<Emit>>(event: Name, ...args: Params<Emit, Name>): boolean
  /**
   * A request; resolves with the first value of the response. It survives reconnects.
   * Rejects as {@link emit} throws, with the error that the other end answered, with ERR_INTERRUPTED when a server that
   * worked on it was lost, and with ERR_CLOSED when the session ends first.
   */
  emitWithAck<Name extends AnsweredNames<Emit>>(
    event: Name,
    ...args: AllButLast<Params<Emit, Name>>
  ): Promise<FirstAnswer<Last<Params<Emit, Name>>>>
  /** Requests that fail with ERR_TIMEOUT after so many milliseconds; ERR_BAD_REQUEST where that is no number. */
  timeout(ms: number): TimedEmitter<Emit>
  /** Sends a text to the other end's `onMessage`; false, and nothing is sent, while there is no connection. */
  send(text: string): boolean
  /** Whether the session has a connection now. */
  isConnected(): boolean
}
