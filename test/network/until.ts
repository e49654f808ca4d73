const PATIENCE_MS = 8_000

/** Resolves once `holds` is true; rejects when that takes longer than it may. */
export async function until(holds: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
  const end = performance.now() + patienceMs
  while (!holds()) {
    if (performance.now() > end) throw new Error(`still waiting after ${patienceMs} ms: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** Resolves at the turn in which `holds` is true, or after that time. */
export async function atTheTurn(holds: () => boolean, patienceMs: number): Promise<void> {
  const end = performance.now() + patienceMs
  while (!holds() && performance.now() < end) await new Promise((resolve) => setImmediate(resolve))
}
