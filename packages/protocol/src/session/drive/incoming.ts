import { ANSWER } from '../../channel/limits.ts'
import { StarError } from '../../errors.ts'
import { MAX_RESPONSES } from '../limits.ts'
import { bad } from '../wire/check.ts'
import type { Payload } from '../wire/frame.ts'
import { encodeFailure, encodeResponse, type Message } from '../wire/message.ts'
import type { Listener } from './listeners.ts'

/**
 * Hands events and requests to the application's listeners, and their responses
 * back (PROTOCOL.md SES-11): it bounds the requests that are in work, and lets
 * each be answered once.
 */
export abstract class Incoming {
  /** The requests in work, by their ids. */
  #open: Set<number> | undefined

  /** The listeners of an event as they are now: what one of them changes counts from the next event on. */
  protected abstract listenersOf(event: string): readonly Listener[]
  /** Sends a response. @throws StarError as `emit`, and ERR_BACKLOG past what is kept for answers (CH-11) */
  abstract say(message: Payload, owed: typeof ANSWER): void
  /** Sends a failure, which always has room; after the end of the session it does nothing. Never throws. */
  abstract owe(message: Payload): void
  /** A listener threw, or what it returned was rejected. */
  protected abstract failed(error: unknown, event: string): void

  /** The requests that are in work, for a snapshot. */
  get inWork(): number[] {
    return [...(this.#open ?? [])]
  }

  /** The handlers of what is in work may be gone in a moment (SES-18). */
  interrupt(): void {
    for (const message of interrupted(this.inWork)) this.owe(message)
    this.forget()
  }

  /** Another session takes over: what answers a request of the one before is answered to nobody. */
  protected forget(): void {
    this.#open?.clear()
    this.#open = undefined
  }

  /**
   * Calls the listeners of an event; the promise settles when all of them have. `fail`: called as well when one of them
   * fails.
   */
  call(
    name: string,
    args: readonly unknown[],
    fail?: (error: unknown) => void,
  ): Promise<unknown> | undefined {
    let settled: Promise<unknown>[] | undefined
    for (const listener of this.listenersOf(name)) {
      try {
        const result = listener(...args) as PromiseLike<unknown> | null | undefined
        if (typeof result?.then === 'function') {
          settled ??= []
          settled.push(Promise.resolve(result).catch((error) => this.#failed(error, name, fail)))
        }
      } catch (error) {
        this.#failed(error, name, fail)
      }
    }
    return settled && Promise.all(settled)
  }

  /** Calls the listeners of a request with the function that answers it. */
  request({ id, name, args }: Extract<Message, { kind: 'request' }>): Promise<unknown> | undefined {
    this.#open ??= new Set()
    const open = this.#open
    const fail = (error: unknown, which = id): unknown =>
      open.delete(which) && this.owe(encodeFailure(which, error))
    if (open.has(id)) bad()
    // nobody waits for more than that many answers: one of them was given up, and most likely the oldest
    if (open.size >= MAX_RESPONSES) {
      const [oldest = 0] = open
      fail(new StarError('ERR_QUOTA'), oldest)
    }
    open.add(id)
    /** @throws what `emit` throws for such a response. The other side is told then, too. */
    const reply = (...answer: unknown[]): void => {
      if (!open.delete(id)) return
      try {
        this.say(encodeResponse(id, answer), ANSWER)
      } catch (error) {
        this.owe(encodeFailure(id, error))
        throw error
      }
    }
    if (this.listenersOf(name).length > 0) return this.call(name, [...args, reply], fail)
    fail(new StarError('ERR_REMOTE', 'nobody listens'))
    return undefined
  }

  #failed(error: unknown, event: string, fail: ((error: unknown) => void) | undefined): void {
    this.failed(error, event)
    fail?.(error)
  }
}

/** What is sent for requests that were in work in an earlier life: their handlers died with it (SES-11). */
export function interrupted(ids: readonly number[]): Payload[] {
  return ids.map((id) => encodeFailure(id, new StarError('ERR_INTERRUPTED')))
}
