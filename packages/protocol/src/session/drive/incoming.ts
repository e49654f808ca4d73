import { StarError } from '../../errors.ts'
import { MAX_RESPONSES } from '../limits.ts'
import type { Payload } from '../wire/frame.ts'
import { encodeFailure, encodeResponse, type Message } from '../wire/message.ts'
import type { Listeners } from './listeners.ts'

/** What incoming events and requests are handed on with. */
export interface IncomingNeeds {
  readonly listeners: Listeners
  /** Sends a response. @throws StarError as `emit`, and ERR_BACKLOG past what is kept for answers (CH-11) */
  answer(message: Payload): unknown
  /** Sends a failure, which always has room; after the end of the session it does nothing. Never throws. */
  refuse(message: Payload): unknown
  /** A listener threw, or what it returned was rejected. */
  failed(error: unknown, event: string): void
}

/**
 * Hands events and requests to the application's listeners, and their responses
 * back (PROTOCOL.md SES-11): it bounds the requests that are in work, and lets
 * each be answered once.
 */
export class Incoming {
  readonly #needs: IncomingNeeds
  /** The requests in work, by their ids. */
  #open: Set<number> | undefined

  constructor(needs: IncomingNeeds) {
    this.#needs = needs
  }

  /** The requests that are in work, for a snapshot. */
  get inWork(): number[] {
    return [...(this.#open ?? [])]
  }

  /** Calls the listeners of an event; the promise settles when all of them have. `id`: of the request that it is. */
  event(name: string, args: readonly unknown[], id?: number): Promise<unknown> | undefined {
    let settled: Promise<unknown>[] | undefined
    for (const listener of this.#needs.listeners.of(name)) {
      try {
        const result = listener(...args)
        if (isThenable(result)) {
          settled ??= []
          settled.push(Promise.resolve(result).catch((error) => this.#failed(error, name, id)))
        }
      } catch (error) {
        this.#failed(error, name, id)
      }
    }
    return settled && Promise.all(settled)
  }

  /** Calls the listeners of a request with the function that answers it. */
  request({ id, name, args }: Extract<Message, { kind: 'request' }>): Promise<unknown> | undefined {
    this.#open ??= new Set()
    const open = this.#open
    if (open.has(id)) this.#refuse(id, new StarError('ERR_BAD_REQUEST'))
    else {
      // nobody waits for more than that many answers: one of them was given up, and most likely the oldest
      if (open.size >= MAX_RESPONSES) {
        const [oldest = 0] = open
        this.#fail(oldest, new StarError('ERR_QUOTA'))
      }
      open.add(id)
      if (this.#needs.listeners.of(name).length > 0) {
        return this.event(name, [...args, (...answer: unknown[]) => this.#reply(id, answer)], id)
      }
      this.#fail(id, new StarError('ERR_REMOTE', 'nobody listens'))
    }
    return undefined
  }

  #failed(error: unknown, event: string, id: number | undefined): void {
    this.#needs.failed(error, event)
    if (id !== undefined) this.#fail(id, error)
  }

  /** @throws what `emit` throws for such a response. The other side is told then, too. */
  #reply(id: number, answer: readonly unknown[]): void {
    if (!this.#open?.delete(id)) return
    try {
      this.#needs.answer(encodeResponse(id, answer))
    } catch (error) {
      this.#refuse(id, error)
      throw error
    }
  }

  #fail(id: number, error: unknown): void {
    if (this.#open?.delete(id)) this.#refuse(id, error)
  }

  #refuse(id: number, error: unknown): void {
    this.#needs.refuse(encodeFailure(id, error))
  }
}

/** What is sent for requests that were in work in an earlier life: their handlers died with it (SES-11). */
export function interrupted(ids: readonly number[]): Payload[] {
  return ids.map((id) => encodeFailure(id, new StarError('ERR_INTERRUPTED')))
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
