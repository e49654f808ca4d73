const MANNERS =
  'Amber Bold Brisk Calm Clear Distant Early Fair Gentle Keen Lucky Mellow Nimble Quiet Ready Swift'.split(
    ' ',
  )
const STARS =
  'Altair Antares Arcturus Bellatrix Capella Castor Deneb Electra Maia Mira Pollux Procyon Regulus Rigel Sirius Vega'.split(
    ' ',
  )

/** The last characters of a peer id: short enough to compare at a glance. */
export function shortId(peerId: string): string {
  return peerId.slice(-6)
}

/** The peer id that an address ends in. */
export function idOf(address: string): string {
  return address.slice(address.lastIndexOf('/') + 1)
}

/** A name to start with. The same id always gets the same one, so it needs no asking. */
export function starName(peerId: string): string {
  const number = numberOf(peerId)
  return `${MANNERS[number % 16]} ${STARS[(number >>> 4) % 16]}`
}

/** A number that an id always gives: FNV-1a, for names and colours only. */
export function numberOf(peerId: string): number {
  let hash = 0x811c9dc5
  for (const letter of peerId) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}
