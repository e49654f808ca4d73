import type { TabEnv } from '@socket-star/client'

/** How a document asks its browser for a lock. */
type RequestLock = (name: string, held: () => unknown) => Promise<unknown>

/** A tab of a browser: what it stores outlives its documents. */
export class Tab {
  readonly env: TabEnv
  readonly #storage: Map<string, string>
  readonly #document = new DocumentEvents()

  /**
   * `storage`: what an earlier document left, or the tab that this one is a copy of. `requestLock`: undefined in a
   * browser without locks, where a copy is found out by the server alone.
   */
  constructor(storage: ReadonlyMap<string, string> = new Map(), requestLock?: RequestLock) {
    const own = new Map(storage)
    this.#storage = own
    this.env = {
      storage: {
        getItem: (key) => own.get(key) ?? null,
        setItem: (key, value) => void own.set(key, value),
        removeItem: (key) => void own.delete(key),
      },
      locks: requestLock && { request: (name, _, held) => requestLock(name, held) },
      page: this.#document,
    }
  }

  /** The document goes. Answers what is stored then. */
  hide(): ReadonlyMap<string, string> {
    this.#document.dispatch(new Event('pagehide'))
    return new Map(this.#storage)
  }

  /** The same document is there again. */
  show(): void {
    this.#document.dispatch(new Event('pageshow'))
  }
}

/**
 * A document's events. Node's own EventTarget is kept for ever by a listener
 * that has a `signal` and leads back to it: thousands of schedules fill the
 * memory with documents that are gone.
 */
class DocumentEvents implements Pick<EventTarget, 'addEventListener' | 'removeEventListener'> {
  readonly #listeners = new Map<string, Set<(event: Event) => void>>()

  addEventListener(type: string, listener: unknown, options?: unknown): void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners.add(listener as (event: Event) => void))
    const { signal } = (options ?? {}) as { signal?: AbortSignal }
    signal?.addEventListener('abort', () => this.removeEventListener(type, listener))
  }

  removeEventListener(type: string, listener: unknown): void {
    this.#listeners.get(type)?.delete(listener as (event: Event) => void)
  }

  dispatch(event: Event): void {
    for (const listener of [...(this.#listeners.get(event.type) ?? [])]) listener(event)
  }
}
