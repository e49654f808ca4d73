import type { StarOptions } from '@socket-star/server'
import { KEEP_ALIVE_MS, legacyEvents, type Peers, type Server } from '../../benches/discovery.ts'
import { startLegacyServer } from '../legacy.ts'
import { startServerAtRest } from '../ours.ts'
import { methodsOf } from './methods.ts'
import { type Ears, Swarm, type SwarmPeer } from './swarm.ts'

/** What plays the server in our stacks: it sends all that its protocol asks of it. */
export function ourServer(options: StarOptions): () => Promise<Server> {
  return serverAt(async () => (await startServerAtRest(options, KEEP_ALIVE_MS)).url)
}

/** The legacy one, with the challenge off; `slowedBy`: see `SLOWED_BY`. */
export function legacyServer(slowedBy = 1): () => Promise<Server> {
  return async () => {
    const { url } = await startLegacyServer({ challenge: false, slowedBy })
    return { url: () => url, owed: legacyEvents, slowedBy: () => slowedBy }
  }
}

/** Any other one that keeps up: at the url that `start` answers with. */
export function serverAt(start: () => Promise<string>): () => Promise<Server> {
  return async () => {
    const url = await start()
    return { url: () => url, owed: () => undefined, slowedBy: () => 1 }
  }
}

/** What plays peers of one kind; `msPerPeer`: see {@link methodsOf}. */
export function peersOf(
  joinOne: (url: string, ears: Ears) => Promise<SwarmPeer>,
  msPerPeer?: number,
): (params: { url: string }) => Promise<Peers> {
  return async ({ url }) => methodsOf(new Swarm((ears) => joinOne(url, ears)), msPerPeer)
}
