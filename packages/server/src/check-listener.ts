import { StarError } from '@socket-star/protocol'
import { isEventName } from '@socket-star/protocol/session'
import type { SessionEvents } from './session/types.ts'
import type { StarEvents } from './star-middleware.ts'

type Told<Events> = Readonly<Record<keyof Events, true>>

const BY_SESSIONS: Told<SessionEvents> = { status: true, resume: true, drain: true, end: true }
// biome-ignore lint/suspicious/noExplicitAny: the names alone
const BY_STARS: Told<StarEvents<any, any, any>> = { session: true, error: true }

/**
 * Whoever listens to an event that never comes would wait for it in vain, and what cannot be called would fail far from
 * where it was given.
 *
 * @throws StarError ERR_BAD_REQUEST
 */
export function checkSessionListener(event: string, listener: unknown): void {
  if (!Object.hasOwn(BY_SESSIONS, event) && !isEventName(event)) {
    throw new StarError(
      'ERR_BAD_REQUEST',
      `a session has no event "${String(event)}": beside what its client emits it tells of status (of its connection), ` +
        'resume, drain and end (of the session)',
    )
  }
  checkFunction(event, listener)
}

/** @throws StarError ERR_BAD_REQUEST, likewise */
export function checkStarListener(event: string, listener: unknown): void {
  if (!Object.hasOwn(BY_STARS, event)) {
    throw new StarError(
      'ERR_BAD_REQUEST',
      `a star has no event "${String(event)}": it tells of session and error`,
    )
  }
  checkFunction(event, listener)
}

function checkFunction(event: string, listener: unknown): void {
  if (typeof listener === 'function') return
  throw new StarError(
    'ERR_BAD_REQUEST',
    `the listener of "${event}" has to be a function, not ${typeof listener}`,
  )
}
