/**
 * Requests that came in and are not answered yet (PROTOCOL.md SES-11). It
 * bounds them, lets each be answered once, and knows after a restore which ones
 * the handler of an earlier life can never answer.
 */
import { StarError } from '../errors.ts'
import type { Payload } from './wire/frame.ts'
import { encodeFailure, encodeResponse } from './wire/message.ts'

/** Most requests of one session that may be in work at once; one more is answered `ERR_QUOTA` (SES-11). */
export const MAX_RESPONSES = 4_096

/** The answering side's table. */
export class Responses {
  readonly #most: number
  readonly #open = new Set<number>()

  /** `most`: {@link MAX_RESPONSES} unless told. */
  constructor(most: number = MAX_RESPONSES) {
    this.#most = most
  }

  /** How many are in work. */
  get size(): number {
    return this.#open.size
  }

  /**
   * A request arrived. Undefined: hand it to its handler. A payload: send that
   * instead, there are too many, or one with this id is in work.
   */
  begin(id: number): Payload | undefined {
    const full = this.#open.size >= this.#most
    if (full || this.#open.has(id))
      return encodeFailure(id, new StarError(full ? 'ERR_QUOTA' : 'ERR_BAD_REQUEST'))
    this.#open.add(id)
    return undefined
  }

  /** The payload of a response; undefined when the request was answered before. */
  respond(id: number, args: readonly unknown[]): Payload | undefined {
    return this.#open.delete(id) ? encodeResponse(id, args) : undefined
  }

  /** The payload of a failure; undefined when the request was answered before. */
  fail(id: number, error: unknown): Payload | undefined {
    return this.#open.delete(id) ? encodeFailure(id, error) : undefined
  }

  /** The ids in work, for a snapshot. */
  snapshot(): number[] {
    return [...this.#open]
  }

  /**
   * After a restore: what to send for the requests of a snapshot, whose
   * handlers died with the process that ran them: `ERR_INTERRUPTED` to each.
   */
  static interrupted(ids: readonly number[]): Payload[] {
    return ids.map((id) => encodeFailure(id, new StarError('ERR_INTERRUPTED')))
  }
}
