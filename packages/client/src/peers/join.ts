import { StarError } from '@socket-star/protocol'
import { type StarAddress, spell } from '@socket-star/protocol/address'
import {
  type Capabilities,
  checkNonce,
  EVENTS,
  type JoinOutcome,
  parseJoinReply,
} from '@socket-star/protocol/rendezvous'
import { throwIfAborted } from '../abort.ts'
import type { Wire } from '../wire.ts'
import type { Identity } from './identity.ts'
import type { SignatureMemory } from './signature-memory.ts'

/** What an address is joined with. */
export interface JoinTerms {
  readonly address: StarAddress
  readonly identity: Identity | undefined
  /** Sign also a challenge of the server's choice (JOIN-8). */
  readonly allowLegacyChallenge: boolean
  /** Join also where nobody has to prove an identity (JOIN-13). */
  readonly allowNoChallenge: boolean
  /** How long the server may take over one request, in milliseconds. */
  readonly replyTimeoutMs: number
}

/** What the server said when the address was joined. */
export interface Joined {
  readonly peers: readonly string[]
  readonly capabilities: Capabilities | undefined
}

/**
 * One attempt to join an address on the current connection (PROTOCOL.md, JOIN-3
 * to JOIN-8, JOIN-13). When it fails after the server may have let us in, the
 * address is left again.
 *
 * @param signal MUST be aborted when the connection is lost: a signature must
 * not be sent on another connection than the challenge came from
 * @throws StarError what the server reported, ERR_CHALLENGE, ERR_LEGACY_CHALLENGE,
 * ERR_CHALLENGE_DISABLED, ERR_KEY_REQUIRED, ERR_TIMEOUT, ERR_DISCONNECTED, ERR_ABORTED
 */
export async function join(
  wire: Wire,
  terms: JoinTerms,
  signatures: SignatureMemory,
  signal: AbortSignal,
): Promise<Joined> {
  try {
    return await exchange(wire, terms, signatures, signal)
  } catch (error) {
    wire.emit(EVENTS.leave, wireAddress(terms.address.canonical))
    throw error
  }
}

/**
 * How an address is written in what we send (JOIN-17): every server reads
 * `/ipfs/`, and shipped ones read nothing else.
 */
export function wireAddress(canonical: string): string {
  return spell(canonical, 'ipfs')
}

async function exchange(
  wire: Wire,
  terms: JoinTerms,
  signatures: SignatureMemory,
  signal: AbortSignal,
): Promise<Joined> {
  const { address, identity, allowLegacyChallenge, allowNoChallenge, replyTimeoutMs } = terms
  const ask = async (data: string): Promise<JoinOutcome> => {
    const args = [wireAddress(address.canonical), data]
    return parseJoinReply(await wire.request(EVENTS.join, args, { timeoutMs: replyTimeoutMs, signal }))
  }
  const remembered = signatures.recall(wire.connectionId, address.canonical)
  const first = await ask(remembered ?? identity?.publicKey ?? '')
  if (first.type === 'joined') {
    if (remembered === undefined && !allowNoChallenge) throw new StarError('ERR_CHALLENGE_DISABLED')
    return first
  }
  if (identity === undefined) throw new StarError('ERR_KEY_REQUIRED')
  checkNonce(first.nonce, address.canonical, allowLegacyChallenge)
  const signature = await identity.sign(first.nonce)
  throwIfAborted(signal)
  const second = await ask(signature)
  if (second.type === 'challenge') {
    throw new StarError('ERR_CHALLENGE', 'the server answered a signature with another challenge')
  }
  if (second.capabilities === undefined) signatures.remember(wire.connectionId, address.canonical, signature)
  return second
}
