import { StarError } from '../errors.ts'
import { parseAddress, type StarAddress } from './parse-address.ts'

/**
 * A peer's own address on a server: the server's address, completed with the peer's id (ADDR-7).
 *
 * @throws StarError ERR_ID_MISMATCH when the address already ends in another peer's id
 */
export function withPeerId(address: StarAddress, peerId: string): StarAddress {
  if (address.peerId === undefined) return parseAddress(`${address.canonical}/p2p/${peerId}`)
  if (address.peerId === peerId) return address
  throw new StarError(
    'ERR_ID_MISMATCH',
    `the address names the peer ${address.peerId}, the key belongs to ${peerId}`,
  )
}
