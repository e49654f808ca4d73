import { LOCK_WAIT_MS } from './limits.ts'
import type { Outgoing } from './outgoing.ts'
import { decodeSaved, encodeSaved, type Saved, TOO_LARGE } from './saved.ts'
import { newSecret } from './secrets.ts'

/** What a tab of a browser has for a session; tests bring their own. */
export interface TabEnv {
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
  /** Without locks a copied tab is noticed by the server alone: it takes the session over. */
  readonly locks: Locks | undefined
  readonly page: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>
}

/** What is used of the browser's `LockManager`, which programs without its types, in Node, cannot name. */
interface Locks {
  request(name: string, options: { readonly signal: AbortSignal }, held: () => unknown): Promise<unknown>
}

/** The browser's own; undefined where there is no tab. */
export function platformTab(): TabEnv | undefined {
  try {
    return document && { storage: sessionStorage, locks: navigator.locks, page: globalThis }
  } catch {
    // no document, or storage that the user forbids
    return undefined
  }
}

/** The keys that are in use, by document: sockets that lead to the same place take theirs in the order of their wrapping. */
const keysOf = new WeakMap<object, Set<string>>()

/** A session that is kept over a reload of its page. */
export interface Tab {
  /** What was saved: a copy of this tab that is made from now on does not find it. */
  readonly saved: Partial<Saved> | undefined
  /**
   * Holds the session's lock as long as the document lives. Resolves with false
   * when another one has it: this tab is a copy, with a lock of its own. One
   * that was left a moment ago is waited for.
   */
  hold(): Promise<boolean>
  /** The session is over. */
  close(): void
}

/** Keeps a session over a reload of its page (PROTOCOL.md SES-18): saved when the page goes, taken when it comes. */
export function keepInTab({ storage, locks, page }: TabEnv, session: Outgoing): Tab {
  const { io, nsp } = session.first.wire.socket
  const keys = keysOf.get(page) ?? new Set()
  keysOf.set(page, keys)
  let key = `socket-star ${io?.uri}${nsp}`
  while (keys.has(key)) key += '+'
  keys.add(key)
  const over = new AbortController()
  const { signal } = over
  const closed = new Promise((resolve) => signal.addEventListener('abort', resolve))

  const saved = decodeSaved(storage.getItem(key))
  storage.removeItem(key)
  /** The name of the lock that whoever has the session holds. */
  let lock = saved?.lock ?? newSecret(session.env)

  const onHide = (): void => {
    const { identity, parameters: welcome } = session
    const { token } = identity
    if (!token || !welcome || session.over) return
    // whoever works on a request may not come back
    session.interrupt()
    session.flush()
    // what would still be sent or heard is not in it
    session.first.cut()
    try {
      // where it does not hold the second, the first stays
      for (const what of [TOO_LARGE, { v: 3, token, lock, welcome, ...session.save() } as const])
        storage.setItem(key, encodeSaved(what))
    } catch {}
  }
  page.addEventListener('pagehide', onHide, { signal })
  // the same document again: it has the session itself
  page.addEventListener(
    'pageshow',
    () => {
      // whoever waits for the present lock has a copy of what was saved, and does not keep our next document from its session
      if (storage.getItem(key)) void anew()
      storage.removeItem(key)
    },
    { signal },
  )

  const request = (): Promise<boolean> =>
    new Promise((resolve) => {
      const held = (): unknown => {
        resolve(true)
        return closed
      }
      if (!locks) held()
      else
        locks
          .request(`socket-star ${lock}`, { signal: AbortSignal.timeout(LOCK_WAIT_MS) }, held)
          .catch(() => resolve(false))
    })

  /** Another lock from now on. */
  const anew = (): Promise<boolean> => {
    lock = newSecret(session.env)
    return request()
  }

  return {
    saved,
    async hold() {
      const ours = await request()
      // the other one's lock would stand in the way of our own next document
      if (!ours) void anew()
      return ours
    },
    close() {
      keys.delete(key)
      over.abort()
    },
  }
}
