import { LOCK_WAIT_MS } from '../../packages/client/src/session/limits.ts'
import type { Owner } from './clock.ts'
import type { Context } from './context.ts'

/** How long a browser takes to hand out a lock, and to notice that a document is gone, in milliseconds. */
const HANDING_MS = 5
/** See {@link HANDING_MS}. */
const GONE_MS = 300

interface Request {
  readonly document: Owner
  readonly held: () => unknown
  readonly settle: (error?: Error) => void
  /** Withdraws it when it has waited for too long. */
  readonly cancel: () => void
}

/**
 * The Web Locks of one browser, shared by its tabs: one document at a time has
 * the lock of a name, the others wait, and a document that is gone has none.
 */
export class Locks {
  readonly #context: Context
  readonly #queues = new Map<string, Request[]>()

  constructor(context: Context) {
    this.#context = context
  }

  /** Resolves when the lock was given back, and rejects when it was waited for too long. */
  request(document: Owner, name: string, held: () => unknown): Promise<void> {
    const { clock, faults } = this.#context
    if (faults.ignoresLocks) return Promise.resolve(held()).then(() => {})
    return new Promise((resolve, reject) => {
      const request: Request = {
        document,
        held,
        settle: (error) => (error ? reject(error) : resolve()),
        // the signal that the client gives along tells real time
        cancel: clock.after(LOCK_WAIT_MS, () => this.#withdraw(name, request), undefined, document.machine),
      }
      const queue = this.#queues.get(name) ?? []
      this.#queues.set(name, queue)
      if (queue.push(request) === 1) this.#hand(name, request)
    })
  }

  /** A document is gone. */
  leave(document: Owner): void {
    const { clock, random } = this.#context
    clock.after(random.next() * GONE_MS, () => {
      for (const [name, queue] of this.#queues) {
        for (const request of queue) if (request.document === document) this.#remove(name, request)
      }
    })
  }

  /** Locks that somebody has, or waits for. */
  get count(): number {
    return this.#queues.size
  }

  #hand(name: string, request: Request): void {
    const { clock, random } = this.#context
    const { document } = request
    clock.after(
      random.next() * HANDING_MS,
      () => {
        if (document.gone || this.#queues.get(name)?.[0] !== request) return
        request.cancel()
        const released = (): void => {
          this.#remove(name, request)
          request.settle()
        }
        Promise.resolve(request.held()).then(released, released)
      },
      undefined,
      document.machine,
    )
  }

  #withdraw(name: string, request: Request): void {
    if (request.document.gone) return
    this.#remove(name, request)
    request.settle(new DOMException('waited for too long', 'TimeoutError'))
  }

  #remove(name: string, request: Request): void {
    const queue = this.#queues.get(name) ?? []
    const [first] = queue
    const left = queue.filter((each) => each !== request)
    if (left.length === 0) this.#queues.delete(name)
    else this.#queues.set(name, left)
    request.cancel()
    const [next] = left
    if (next !== undefined && next !== first) this.#hand(name, next)
  }
}
