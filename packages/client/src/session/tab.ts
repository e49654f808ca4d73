import { LOCK_WAIT_MS } from './limits.ts'
import { decodeSaved, encodeSaved, type Saved } from './saved.ts'

/** What a tab of a browser has for a session; tests bring their own. */
export interface TabEnv {
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
  /** Without locks a copied tab is noticed by the server alone: it takes the session over. */
  readonly locks: Pick<LockManager, 'request'> | undefined
  readonly page: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>
}

/** The browser's own; undefined where there is no tab. */
export function platformTab(): TabEnv | undefined {
  try {
    if (typeof document === 'undefined') return undefined
    return { storage: sessionStorage, locks: navigator.locks, page: globalThis }
  } catch {
    // storage that the user forbids
    return undefined
  }
}

/** Keeps a session over a reload of its page (PROTOCOL.md SES-18): saved when the page goes, taken when it comes. */
export class Tab {
  readonly #env: TabEnv
  readonly #key: string
  readonly #onHide: () => void
  readonly #onShow = (): void => this.#env.storage.removeItem(this.#key)
  #release: (() => void) | undefined
  #closed = false

  /** `save` is called when the page goes; undefined: there is nothing to keep. */
  constructor(env: TabEnv, key: string, save: () => Saved | undefined) {
    this.#env = env
    this.#key = `socket-star ${key}`
    this.#onHide = () => this.#save(save())
    env.page.addEventListener('pagehide', this.#onHide)
    // the same document again: it has the session itself
    env.page.addEventListener('pageshow', this.#onShow)
  }

  /** Takes what was saved: a copy of this tab that is made from now on does not find it. */
  take(): Saved | undefined {
    const { storage } = this.#env
    const saved = decodeSaved(storage.getItem(this.#key))
    storage.removeItem(this.#key)
    return saved
  }

  /**
   * Holds a lock as long as the document lives. Resolves with false when
   * another one has it: this tab is a copy. One that was left a moment ago is
   * waited for.
   */
  hold(name: string): Promise<boolean> {
    const { locks } = this.#env
    if (locks === undefined) return Promise.resolve(true)
    const signal = AbortSignal.timeout(LOCK_WAIT_MS)
    return new Promise((resolve) => {
      const held = (): Promise<void> | undefined => {
        resolve(true)
        if (this.#closed) return undefined
        return new Promise((release) => {
          this.#release = () => release()
        })
      }
      locks.request(`socket-star ${name}`, { signal }, held).catch(() => resolve(false))
    })
  }

  /** The session is over. */
  close(): void {
    this.#closed = true
    this.#env.page.removeEventListener('pagehide', this.#onHide)
    this.#env.page.removeEventListener('pageshow', this.#onShow)
    this.#release?.()
  }

  #save(saved: Saved | undefined): void {
    if (saved === undefined) return
    try {
      this.#env.storage.setItem(this.#key, encodeSaved(saved))
    } catch {
      // more waits than the storage holds: the next document begins a session of its own
    }
  }
}
