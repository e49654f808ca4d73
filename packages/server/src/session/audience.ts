import { Listeners } from '@socket-star/protocol/session'
import { callGuarded } from '../call-guarded.ts'

/** The event of `send`. */
export const TEXT_EVENT = 'message'

/** The application's listeners of one session. None that throws stops the session. */
export class Audience {
  readonly listeners = new Listeners()
  readonly #failed: (error: unknown, handler: string) => void

  /** `failed`: told which handler threw. */
  constructor(failed: (error: unknown, handler: string) => void) {
    this.#failed = failed
  }

  /** Tells one of a session's own events. */
  tell(event: string, ...args: unknown[]): void {
    for (const listener of this.listeners.of(event)) this.call(event, () => listener(...args))
  }

  /** Calls one of them. */
  call(handler: string, listener: () => unknown): void {
    callGuarded(listener, (error) => this.#failed(error, handler))
  }
}
