import type { Peers } from '../../benches/discovery.ts'
import type { Swarm } from './swarm.ts'

/** What a swarm answers to from another process. */
export function methodsOf(swarm: Swarm): Peers {
  return {
    grow: (...args) => swarm.grow(...args),
    churn: (churn) => swarm.churn(churn),
    events: () => swarm.events(),
    addresses: () => swarm.addresses(),
    latencies: (joins) => swarm.latencies(joins),
    mistakes: (online) => swarm.mistakes(online),
  }
}
