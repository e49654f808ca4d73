/** How an audience writes a peer id in an address (ADDR-3): legacy peers can read `/ipfs/` alone. */
export type Spelling = 'ipfs' | 'p2p'

/** A canonical address in the spelling that an audience reads (ADDR-3). */
export function spell(canonical: string, spelling: Spelling): string {
  return spelling === 'ipfs' ? canonical.replaceAll('/p2p/', '/ipfs/') : canonical
}
