/**
 * How long to wait before the next attempt: doubled with each failure up to a
 * limit, and of that between a half and the whole at random, so that clients
 * that failed together do not come back together.
 *
 * @param failures how many attempts in a row have failed, 1 or more
 * @param random a number from 0 up to, not including, 1
 */
export function backoffMs(failures: number, random: number, firstMs: number, mostMs: number): number {
  return Math.min(mostMs, firstMs * 2 ** (failures - 1)) * (0.5 + random / 2)
}
