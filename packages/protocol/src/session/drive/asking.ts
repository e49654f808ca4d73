import { NEVER } from '../../channel/limits.ts'
import { type ErrorCode, StarError } from '../../errors.ts'
import { MAX_REQUESTS } from '../limits.ts'
import type { Payload } from '../wire/frame.ts'
import { encodeRequest } from '../wire/message.ts'

/** Called once, as Socket.IO calls who set a timeout: with an error, or with null and the values of a response. */
export type Waiting = (error: Error | null, ...answer: unknown[]) => unknown

/** Who sends requests. */
interface Sender {
  say(message: Payload): boolean
}

/** A response, or an error in its place. */
interface Answer {
  readonly id: number
  readonly error: Error | null
  readonly args?: readonly unknown[]
}

/**
 * The requests of one session that wait for their responses (PROTOCOL.md
 * SES-10). They belong to the session, not to a socket: neither a request nor
 * its response is lost by a reconnect.
 */
export class Asking {
  /** The last id that was given out, for a snapshot: ids rise over all lives of a session. */
  last: number
  /** When {@link Asking.timeout} has to be called: never later than the earliest deadline. */
  deadline = NEVER
  readonly #sender: Sender
  readonly #open = new Map<number, { readonly deadline: number; readonly waiting: Waiting }>()

  /** `last`: the last id of an earlier life of this session. */
  constructor(sender: Sender, last = 0) {
    this.#sender = sender
    this.last = last
  }

  /**
   * Sends a request; when it cannot be sent nobody waits.
   *
   * @param deadline when it times out; Infinity: never
   * @throws StarError ERR_BAD_REQUEST for a deadline that is no number, ERR_QUOTA past {@link MAX_REQUESTS}, and as `send`
   */
  ask(name: string, args: readonly unknown[], deadline: number, waiting: Waiting): boolean {
    // the earliest of all deadlines would be none from then on
    if (deadline !== Number(deadline)) throw new StarError('ERR_BAD_REQUEST')
    if (this.#open.size >= MAX_REQUESTS) throw new StarError('ERR_QUOTA')
    const id = ++this.last
    const more = this.#sender.say(encodeRequest(id, name, args))
    this.#open.set(id, { deadline, waiting })
    this.deadline = Math.min(this.deadline, deadline)
    return more
  }

  /** Ends a request. One that nobody waits for any more is ignored. */
  settle({ id, error, args = [] }: Answer): void {
    const request = this.#open.get(id)
    this.#open.delete(id)
    request?.waiting(error, ...args)
  }

  /** Fails every request whose time is over. Their responses, should they come, are ignored. */
  timeout(now: number): void {
    if (now >= this.deadline) this.fail('ERR_TIMEOUT', (_, deadline) => deadline <= now)
  }

  /** Fails requests, all of them unless told. Who is told may ask again: that one waits. */
  fail(code: ErrorCode, which: (id: number, deadline: number) => boolean = () => true): void {
    this.deadline = NEVER
    for (const [id, { deadline }] of [...this.#open]) {
      if (!which(id, deadline)) this.deadline = Math.min(this.deadline, deadline)
      else this.settle({ id, error: new StarError(code) })
    }
  }
}

/** A listener's way of waiting: Socket.IO calls it with the response alone, and never when there is none. */
export function waitWith(callback: (...args: unknown[]) => unknown): Waiting {
  return (error, ...answer) => error ?? callback(...answer)
}

/** A promise's way: it takes the first value of the response. */
export function waitIn(resolve: (first: never) => void, reject: (error: Error) => void): Waiting {
  return (error, first) => (error ? reject(error) : resolve(first as never))
}
