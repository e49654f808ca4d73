import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 20

/** Asks until the answer is yes. Throws, with what was waited for, when time is up. */
export async function until(
  what: string,
  limitMs: number,
  ask: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`no ${what} within ${limitMs} ms`)
    await delay(POLL_MS)
  }
}
