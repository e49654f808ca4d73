import type { TabEnv } from '@socket-star/client'

/** A tab of a browser: what it stores outlives its documents. Without locks, so that a copy is found out by the server alone. */
export class Tab {
  readonly env: TabEnv
  readonly #storage: Map<string, string>
  readonly #document = new EventTarget()

  /** `storage`: what an earlier document left, or the tab that this one is a copy of. */
  constructor(storage: ReadonlyMap<string, string> = new Map()) {
    const own = new Map(storage)
    this.#storage = own
    this.env = {
      storage: {
        getItem: (key) => own.get(key) ?? null,
        setItem: (key, value) => void own.set(key, value),
        removeItem: (key) => void own.delete(key),
      },
      locks: undefined,
      page: this.#document,
    }
  }

  /** The document goes. Answers what is stored then. */
  hide(): ReadonlyMap<string, string> {
    this.#document.dispatchEvent(new Event('pagehide'))
    return new Map(this.#storage)
  }

  /** The same document is there again. */
  show(): void {
    this.#document.dispatchEvent(new Event('pageshow'))
  }
}
