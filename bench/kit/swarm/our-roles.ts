import type { StarOptions } from '@socket-star/server'
import { KEEP_ALIVE_MS, type Peers, type Server } from '../../benches/discovery.ts'
import { startServerAtRest } from '../ours.ts'
import { methodsOf, QUICK_GROWTH_MS } from './methods.ts'
import { type Ears, Swarm, type SwarmPeer } from './swarm.ts'

/** What plays the server in our stacks: it sends all that its protocol asks of it. */
export function ourServer(options: StarOptions): () => Promise<Server> {
  return async () => {
    const { url } = await startServerAtRest(options, KEEP_ALIVE_MS)
    return { url: () => url, owed: () => undefined }
  }
}

/** What plays their peers, of one kind. */
export function peersOf(
  joinOne: (url: string, ears: Ears) => Promise<SwarmPeer>,
): (params: { url: string }) => Promise<Peers> {
  return async ({ url }) => methodsOf(new Swarm((ears) => joinOne(url, ears)), QUICK_GROWTH_MS)
}
