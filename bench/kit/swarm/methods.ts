import type { Peers } from '../../benches/discovery.ts'
import type { Swarm } from './swarm.ts'

/**
 * What a swarm answers to from another process. Joins may be asked for faster
 * than the benchmark says where no peer's joining time matters later.
 */
export function methodsOf(swarm: Swarm, growMs: number = Number.POSITIVE_INFINITY): Peers {
  return {
    grow: (count, overMs, limitMs) => swarm.grow(count, Math.min(overMs, growMs), limitMs),
    churn: (churn) => swarm.churn(churn),
    events: () => swarm.events(),
    addresses: () => swarm.addresses(),
    latencies: (joins) => swarm.latencies(joins),
    mistakes: (online) => swarm.mistakes(online),
  }
}
