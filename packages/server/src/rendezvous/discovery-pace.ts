/**
 * How long a change may wait before an audience hears of it (DISC-11): the
 * larger the audience, the more changes share one message, so that the cost of
 * a change falls as its audience grows. Beyond a thousand it takes a while to
 * send to all of them, and as much less is waited.
 */
export const MIN_INTERVAL_MS = 50
export const MAX_INTERVAL_MS = 820
/** The longest interval is reached at 1000 members. */
const INTERVAL_PER_MEMBER_MS = 0.82
const CROWD_MEMBERS = 1000
/** What it takes to send to one more, where whoever reads it has no cores of their own. */
const SENDING_PER_MEMBER_MS = 0.08
/** The interval of the largest audiences. */
const CROWD_INTERVAL_MS = 500

export function intervalMs(members: number): number {
  const sendingMs = Math.max(0, members - CROWD_MEMBERS) * SENDING_PER_MEMBER_MS
  const longestMs = Math.max(CROWD_INTERVAL_MS, MAX_INTERVAL_MS - sendingMs)
  return Math.min(longestMs, Math.max(MIN_INTERVAL_MS, members * INTERVAL_PER_MEMBER_MS))
}
