import { type ErrorCode, errorFromWire, errorToWire, StarError } from '@socket-star/protocol'
import { type DialReply, EVENTS } from '@socket-star/protocol/rendezvous'
import {
  createRelay,
  type Relay,
  type RelayEnd,
  type RelayOptions,
  type StreamEnd,
} from '@socket-star/pull-stream'
import type { Member } from './member.ts'

export interface DialRequest {
  readonly id: string
  readonly dialler: Member
  readonly listener: Member
  /** The dialler's address, as the listener reads it. */
  readonly from: string
  /** The dialled address, likewise. */
  readonly to: string
  readonly reply: DialReply
}

export interface DialOptions {
  readonly timeoutMs: number
  /** The options of the relay that carries what a member writes. */
  relay(writer: Member): RelayOptions
  /** The listener accepted, or the dial failed. Called once. */
  onAnswer(error?: StarError): void
  /** Nothing of the dial is left; `wasOpen` when the listener had accepted. Called once, after {@link onAnswer}. */
  onEnd(wasOpen: boolean): void
}

/** Ends of one direction that end the other as well (DIAL-12): the relay cut it, or its reader did. */
const CUTS: ReadonlySet<RelayEnd['cause']> = new Set(['backlog', 'too-large'])
const READER_CUTS: ReadonlySet<ErrorCode> = new Set(['ERR_STREAM_BACKLOG', 'ERR_TOO_LARGE'])

/**
 * One dial (DIAL clauses), from `ss-dial` until both directions have ended.
 * Two relays carry it: `<id>.dialer` from the dialler to the listener, and
 * `<id>.listener` back. Both are there before the listener hears of the dial,
 * so that a dial that fails is over for both peers (DIAL-14).
 */
export class Dial {
  readonly request: DialRequest
  readonly #options: DialOptions
  #state: 'pending' | 'open' | 'ended' = 'pending'
  readonly #relays: Relay[] = []

  constructor(request: DialRequest, options: DialOptions) {
    this.request = request
    this.#options = options
  }

  /** Asks the listener. */
  start(): void {
    const { id, dialler, listener, from, to } = this.request
    this.#relay(dialler, listener, `${id}.dialer`)
    this.#relay(listener, dialler, `${id}.listener`)
    const answered = (timeout: Error | null, answer?: unknown): void => {
      if (timeout !== null) this.#answered(new StarError('ERR_DIAL_TIMEOUT'))
      else if (isRefusal(answer)) this.#answered(errorFromWire(answer, 'ERR_DIAL_REFUSED'))
      else this.#answered()
    }
    // the timeout also makes socket.io forget the callback of a listener that never answers
    const socket = listener.socket.timeout(this.#options.timeoutMs)
    // only a client that watches is known to be ours: legacy ones take arguments by position (DIAL-6)
    if (listener.hasWatched) socket.emit(EVENTS.incoming, id, from, to, answered)
    else socket.emit(EVENTS.incoming, id, from, answered)
  }

  /** Ends the dial in whatever state it is, and tells both peers why. */
  close(error: StarError): void {
    if (this.#state === 'pending') this.#answered(error)
    else this.#closeRelays(error)
  }

  #answered(error?: StarError): void {
    if (this.#state !== 'pending') return
    const { reply } = this.request
    if (error !== undefined) {
      this.#state = 'ended'
      this.#closeRelays(error)
      this.#options.onAnswer(error)
      this.#options.onEnd(false)
      reply(errorToWire(error))
      return
    }
    this.#state = 'open'
    this.#options.onAnswer()
    reply()
    this.#endIfOver()
  }

  #relay(writer: Member, reader: Member, name: string): void {
    const options = this.#options.relay(writer)
    const onEnd = (end: RelayEnd): void => {
      options.onEnd?.(end)
      if (isCut(end)) this.close(end.error ?? new StarError('ERR_STREAM_RESET'))
      this.#endIfOver()
    }
    const onEarlyEnd = (end: StreamEnd): void => {
      // the dialler gave the dial up
      if (this.#state === 'pending' && end !== true) this.close(end)
    }
    this.#relays.push(createRelay(writer.socket, reader.socket, name, { ...options, onEnd, onEarlyEnd }))
  }

  #closeRelays(error: StarError): void {
    for (const relay of this.#relays) relay.close(error)
  }

  #endIfOver(): void {
    if (this.#state !== 'open' || this.#relays.some(({ end }) => end === undefined)) return
    this.#state = 'ended'
    this.#options.onEnd(true)
  }
}

function isCut({ cause, error }: RelayEnd): boolean {
  return CUTS.has(cause) || (cause === 'reader-abort' && error !== undefined && READER_CUTS.has(error.code))
}

/** A legacy `Error` arrives as `{}`: anything but nothing is a refusal (DIAL-7). */
function isRefusal(answer: unknown): boolean {
  return answer !== undefined && answer !== null && answer !== false && answer !== ''
}
