/**
 * How long a change may wait before an audience hears of it (DISC-11): the
 * larger the audience, the more changes share one message, so that the cost of
 * a change falls as its audience grows.
 */
export const MIN_INTERVAL_MS = 50
export const MAX_INTERVAL_MS = 850
/** The longest interval is reached at 1000 members. */
const INTERVAL_PER_MEMBER_MS = 0.85

export function intervalMs(members: number): number {
  return Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, members * INTERVAL_PER_MEMBER_MS))
}
