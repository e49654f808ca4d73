import type { Peers } from '../../benches/discovery.ts'
import type { Swarm } from './swarm.ts'

/** How long each peer's joining takes where it does not matter later when a peer joined, in milliseconds. */
export const QUICK_GROWTH_MS = 6

/**
 * What a swarm answers to from another process. Joins may be asked for faster
 * than the benchmark says: {@link QUICK_GROWTH_MS}.
 */
export function methodsOf(swarm: Swarm, msPerPeer: number = Number.POSITIVE_INFINITY): Peers {
  return {
    grow: (count, overMs, limitMs) => swarm.grow(count, Math.min(overMs, count * msPerPeer), limitMs),
    churn: (churn) => swarm.churn(churn),
    events: () => swarm.events(),
    addresses: () => swarm.addresses(),
    latencies: (joins) => swarm.latencies(joins),
    mistakes: (online) => swarm.mistakes(online),
  }
}
