/**
 * Addresses of peers (PROTOCOL.md, ADDR clauses): one canonical form, the
 * spelling that each audience reads, and the URL of the server in them.
 *
 * @packageDocumentation
 */
export { hasCanonicalShape, MAX_ADDRESS_LENGTH, parseAddress, type StarAddress } from './parse-address.ts'
export { canonicalPeerId, peerIdMatchesKey } from './peer-id.ts'
export { type Spelling, spell } from './spelling.ts'
export { urlOf } from './url-of.ts'
export { withPeerId } from './with-peer-id.ts'
