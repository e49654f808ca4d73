import type { StarSocket } from '@socket-star/client'

/** Waits until a condition holds, looked at each turn of the loop; fails with what it waited for. */
export async function until(condition: () => boolean, timeoutMs = 5_000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain for: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Waits until the session has its welcome, or has it again after a cut. */
export const ready = (star: StarSocket): Promise<void> =>
  until(() => star.isConnected() && star.id !== undefined)

/** The next call of an event's listeners. */
export function next<T extends unknown[]>(
  target: { once(event: string, listener: (...args: never[]) => void): unknown },
  event: string,
): Promise<T> {
  return new Promise((resolve) => target.once(event, (...args: never[]) => resolve(args as unknown as T)))
}
