import { StarError } from '../../errors.ts'
import { MAX_REQUESTS, Requests } from '../requests.ts'
import type { Payload } from '../wire/frame.ts'
import { encodeRequest } from '../wire/message.ts'

/** Who waits for a response. */
export interface Waiting {
  resolve(args: readonly unknown[]): void
  reject(error: Error): void
}

/** The requests of one session that wait for their responses, with the functions that wait. */
export class Asking {
  readonly #requests: Requests<Waiting>

  constructor(last = 0) {
    this.#requests = new Requests(MAX_REQUESTS, last)
  }

  get last(): number {
    return this.#requests.last
  }

  /** Sends a request; when it cannot be sent nobody waits. @throws StarError ERR_QUOTA, and as `send` */
  ask(
    name: string,
    args: readonly unknown[],
    deadline: number,
    waiting: Waiting,
    send: (message: Payload) => boolean,
  ): boolean {
    const id = this.#requests.begin(waiting, deadline)
    try {
      return send(encodeRequest(id, name, args))
    } catch (error) {
      this.#requests.end(id)
      throw error
    }
  }

  answered(id: number, args: readonly unknown[]): void {
    this.#requests.end(id)?.resolve(args)
  }

  failed(id: number, error: Error): void {
    this.#requests.end(id)?.reject(error)
  }

  deadline(): number {
    return this.#requests.deadline() ?? Number.POSITIVE_INFINITY
  }

  timeout(now: number): void {
    for (const waiting of this.#requests.timeout(now)) waiting.reject(new StarError('ERR_TIMEOUT'))
  }

  /** Fails every request but some: the session that could answer them is gone. */
  interrupt(except: ReadonlySet<number>): void {
    for (const id of this.#requests.ids()) {
      if (!except.has(id)) this.failed(id, new StarError('ERR_INTERRUPTED'))
    }
  }

  close(): void {
    for (const waiting of this.#requests.clear()) waiting.reject(new StarError('ERR_CLOSED'))
  }
}

/** A listener's way of waiting: Socket.IO calls it with the response alone, and never when there is none. */
export function waitWith(callback: (...args: unknown[]) => unknown): Waiting {
  return { resolve: (args) => void callback(...args), reject: () => {} }
}

/** With a timeout an error comes first. */
export function waitWithError(callback: (...args: unknown[]) => unknown): Waiting {
  return { resolve: (args) => void callback(null, ...args), reject: (error) => void callback(error) }
}
