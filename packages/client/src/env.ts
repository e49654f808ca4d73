import type { Timers } from '@socket-star/pull-stream'
import { systemTimers, wakefulTimers } from './platform.ts'
import { platformTab, type TabEnv } from './session/tab.ts'

/**
 * What the client takes from its surroundings. The defaults are the platform's;
 * tests pass their own and so decide about time and chance.
 */
export interface Env {
  /** The clock that everything waits on. */
  readonly timers: Timers
  /** The same, for delays that keep a Node process alive; {@link timers} when only that is given. */
  readonly wakefulTimers: Timers
  /** The browser tab that a session can be kept in; undefined elsewhere. */
  tab(): TabEnv | undefined
  /** Calls back when the device is on a network again, where that can be known; the returned function stops that. */
  online(callback: () => void): () => void
  /** For whoever develops the application: one line, or an error of the suite's own. */
  say(what: unknown): void
  /** A number from 0 up to, not including, 1; for jitter, and to tell two of a kind apart: no secret is made of it. */
  random(): number
  /** `length` bytes from a cryptographic source. */
  randomBytes(length: number): Uint8Array
}

/** The platform's own clock and randomness: browsers and Node have all of it. */
const platform: Omit<Env, 'wakefulTimers'> = {
  timers: systemTimers,
  tab: platformTab,
  online(callback) {
    // Node has no such events
    globalThis.addEventListener?.('online', callback)
    return () => globalThis.removeEventListener?.('online', callback)
  },
  say: (what) => console.warn(what),
  random: Math.random,
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
}

/** The platform's, with what is given instead. */
export function environment(given: Partial<Env> = {}): Env {
  return { ...platform, wakefulTimers: given.timers ?? wakefulTimers, ...given }
}
