import { StarError } from '../../errors.ts'
import { Responses } from '../responses.ts'
import type { Payload } from '../wire/frame.ts'
import { encodeFailure, type Message } from '../wire/message.ts'
import type { Listener, Listeners } from './listeners.ts'

/** What incoming events and requests are handed on with. */
export interface IncomingNeeds {
  readonly listeners: Listeners
  /** Sends a message of the session. @throws StarError as `emit` */
  send(message: Payload): boolean
  /** A listener threw, or what it returned was rejected. */
  failed(error: unknown, event: string): void
}

/** Hands events and requests to the application's listeners, and their responses back. */
export class Incoming {
  readonly #needs: IncomingNeeds
  #responses: Responses | undefined

  constructor(needs: IncomingNeeds) {
    this.#needs = needs
  }

  /** The requests that are in work, for a snapshot. */
  get inWork(): number[] {
    return this.#responses?.snapshot() ?? []
  }

  /** Calls the listeners of an event; the promise settles when all of them have. */
  event(name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    return this.#call(this.#needs.listeners.of(name), name, args, () => {})
  }

  /** Calls the listeners of a request with the function that answers it. */
  request({ id, name, args }: Extract<Message, { kind: 'request' }>): Promise<unknown> | undefined {
    this.#responses ??= new Responses()
    const responses = this.#responses
    const { listeners } = this.#needs
    const refusal = responses.begin(id)
    if (refusal !== undefined) {
      this.#say(refusal)
      return undefined
    }
    const called = listeners.of(name)
    if (called.length === 0) this.#fail(id, new StarError('ERR_REMOTE', 'nobody listens to this request'))
    const reply = (...answer: unknown[]): void => this.#reply(id, answer)
    return this.#call(called, name, [...args, reply], (error) => this.#fail(id, error))
  }

  #call(
    listeners: readonly Listener[],
    event: string,
    args: readonly unknown[],
    onFailure: (error: unknown) => void,
  ): Promise<unknown> | undefined {
    let settled: Promise<unknown>[] | undefined
    const failed = (error: unknown): void => {
      this.#needs.failed(error, event)
      onFailure(error)
    }
    for (const listener of listeners) {
      try {
        const result = listener(...args)
        if (isThenable(result)) {
          settled ??= []
          settled.push(Promise.resolve(result).catch(failed))
        }
      } catch (error) {
        failed(error)
      }
    }
    return settled === undefined ? undefined : Promise.all(settled)
  }

  /** @throws what `emit` throws for such a response; the client is told then, too */
  #reply(id: number, answer: readonly unknown[]): void {
    const message = this.#responses?.respond(id, answer)
    if (message === undefined) return
    try {
      this.#needs.send(message)
    } catch (error) {
      this.#say(encodeFailure(id, error))
      throw error
    }
  }

  #fail(id: number, error: unknown): void {
    const message = this.#responses?.fail(id, error)
    if (message !== undefined) this.#say(message)
  }

  /** What cannot be said any more, past the backlog or after the end, is not said: a client's requests never throw here. */
  #say(message: Payload): void {
    try {
      this.#needs.send(message)
    } catch {}
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}
