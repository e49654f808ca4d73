/**
 * Requests that wait for their response (PROTOCOL.md SES-10). The table
 * belongs to the session, not to a socket: it knows nothing of reconnects,
 * because neither a request nor its response is lost by one.
 */
import { StarError } from '../errors.ts'

/** Most requests that may wait at once; one more throws `ERR_QUOTA` (SES-10). */
export const MAX_REQUESTS = 4_096

/** The asking side's table. `T` is whatever the driver keeps beside a request, its callbacks for instance. */
export class Requests<T> {
  readonly #most: number
  readonly #open = new Map<number, { readonly context: T; readonly deadline: number }>()
  #last: number
  /** Never later than the earliest deadline; earlier when the request it belonged to is gone. */
  #next = Number.POSITIVE_INFINITY

  /** `most`: {@link MAX_REQUESTS} unless told. `last`: the last id of an earlier life of this session. */
  constructor(most: number = MAX_REQUESTS, last = 0) {
    this.#most = most
    this.#last = last
  }

  /** The last id that was given out, for a snapshot: ids rise over all lives of a session. */
  get last(): number {
    return this.#last
  }

  /** How many wait. */
  get size(): number {
    return this.#open.size
  }

  /** Begins a request that times out at `deadline` (Infinity: never) and answers with its id. Throws `ERR_QUOTA`. */
  begin(context: T, deadline: number = Number.POSITIVE_INFINITY): number {
    if (this.#open.size >= this.#most) throw new StarError('ERR_QUOTA')
    const id = ++this.#last
    this.#open.set(id, { context, deadline })
    if (deadline < this.#next) this.#next = deadline
    return id
  }

  /** Ends a request, because its response came or nobody waits any more. Undefined when it had ended before. */
  end(id: number): T | undefined {
    const request = this.#open.get(id)
    this.#open.delete(id)
    return request?.context
  }

  /** The ids of those that wait. */
  ids(): number[] {
    return [...this.#open.keys()]
  }

  /** When {@link Requests.timeout} has to be called; undefined while nothing can time out. */
  deadline(): number | undefined {
    if (this.#open.size === 0) this.#next = Number.POSITIVE_INFINITY
    return this.#next === Number.POSITIVE_INFINITY ? undefined : this.#next
  }

  /** Ends and answers with every request whose time is over. Their responses, should they come, are ignored. */
  timeout(now: number): T[] {
    if (now < this.#next) return []
    const late: T[] = []
    this.#next = Number.POSITIVE_INFINITY
    for (const [id, { context, deadline }] of this.#open) {
      if (deadline > now) this.#next = Math.min(this.#next, deadline)
      else {
        this.#open.delete(id)
        late.push(context)
      }
    }
    return late
  }

  /** Ends and answers with all of them: the session is over or was renewed, no response can come. */
  clear(): T[] {
    const contexts = [...this.#open.values()].map(({ context }) => context)
    this.#open.clear()
    return contexts
  }
}
