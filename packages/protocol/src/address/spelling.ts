/** How an audience writes a peer id in an address (ADDR-3): legacy peers can read `/ipfs/` alone. */
export type Spelling = 'ipfs' | 'p2p'

/** A peer id in a canonical address. A host may be called `p2p` too; no component's name begins like an id. */
const PEER_ID = /\/p2p\/(?=(?:Qm|1)[1-9A-HJ-NP-Za-km-z]*(?:\/|$))/g

/** A canonical address in the spelling that an audience reads (ADDR-3). */
export function spell(canonical: string, spelling: Spelling): string {
  return spelling === 'ipfs' ? canonical.replace(PEER_ID, '/ipfs/') : canonical
}
