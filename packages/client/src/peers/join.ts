import { StarError } from '@socket-star/protocol'
import { type StarAddress, spell } from '@socket-star/protocol/address'
import {
  type Capabilities,
  checkNonce,
  EVENTS,
  isOwnNonce,
  type JoinOutcome,
  type JoinRequestOptions,
  type KnownList,
  parseJoinReply,
} from '@socket-star/protocol/rendezvous'
import { throwIfAborted } from '../abort.ts'
import type { Identity } from './identity.ts'
import type { PeerWire } from './peer-wire.ts'
import { type RequestOptions, request } from './request.ts'
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

/** Whether a join that is about to be sent asks for the peer list as well (DISC-15). */
export interface Watching {
  /**
   * @param ours the server has shown itself to be one of ours just now
   * @returns undefined where it does not
   */
  asksWithJoin(ours: boolean): Question | undefined
}

/** What a join asks for beside the address. */
export interface Question {
  readonly watch: true | KnownList
  /** To be called once: with the answer of the join, or when that is given up. */
  ended(reply?: readonly unknown[]): void
}

/** What the server said when the address was joined. */
export interface Joined {
  readonly peers: readonly string[]
  readonly capabilities: Capabilities | undefined
}

/**
 * One attempt to join an address on the current connection (PROTOCOL.md, JOIN-3
 * to JOIN-8, JOIN-13). When it fails while the server may keep something of it,
 * the address is left (JOIN-15).
 *
 * @param signal MUST be aborted when the connection is lost: a signature must
 * not be sent on another connection than the challenge came from
 * @throws StarError what the server reported, ERR_CHALLENGE, ERR_LEGACY_CHALLENGE,
 * ERR_CHALLENGE_DISABLED, ERR_KEY_REQUIRED, ERR_TIMEOUT, ERR_DISCONNECTED, ERR_ABORTED
 */
export async function join(
  wire: PeerWire,
  terms: JoinTerms,
  signatures: SignatureMemory,
  watching: Watching,
  signal: AbortSignal,
): Promise<Joined> {
  const attempt = new Attempt(wire, terms, watching, signal)
  // at once: a leave that follows a later join of the address would end that one
  const onAbort = (): void => attempt.abandon()
  signal.addEventListener('abort', onAbort)
  try {
    const joined = await exchange(attempt, terms, signatures, wire.socket.id)
    throwIfAborted(signal)
    return joined
  } catch (error) {
    attempt.abandon()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
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
  attempt: Attempt,
  terms: JoinTerms,
  signatures: SignatureMemory,
  connectionId: string | undefined,
): Promise<Joined> {
  const { identity, allowLegacyChallenge, allowNoChallenge } = terms
  const { canonical } = terms.address
  const remembered = signatures.recall(connectionId, canonical)
  const first = await attempt.ask(remembered ?? identity?.publicKey ?? '')
  if (first.type === 'joined') {
    if (remembered === undefined && !allowNoChallenge) throw new StarError('ERR_CHALLENGE_DISABLED')
    return first
  }
  if (identity === undefined) throw new StarError('ERR_KEY_REQUIRED')
  checkNonce(first.nonce, canonical, allowLegacyChallenge)
  const signature = await identity.sign(first.nonce)
  const second = await attempt.ask(signature, isOwnNonce(first.nonce))
  if (second.type === 'challenge') {
    throw new StarError('ERR_CHALLENGE', 'the server answered a signature with another challenge')
  }
  if (second.capabilities === undefined) signatures.remember(connectionId, canonical, signature)
  return second
}

class Attempt {
  readonly #wire: PeerWire
  readonly #address: string
  readonly #options: RequestOptions
  readonly #connectionId: string | undefined
  readonly #watching: Watching
  /** Whether the server may hold a challenge or a membership for us. */
  #pending = false

  constructor(
    wire: PeerWire,
    { address, replyTimeoutMs }: JoinTerms,
    watching: Watching,
    signal: AbortSignal,
  ) {
    this.#wire = wire
    this.#watching = watching
    this.#connectionId = wire.socket.id
    this.#address = wireAddress(address.canonical)
    this.#options = { timeoutMs: replyTimeoutMs, signal }
  }

  async ask(data: string, ours = false): Promise<JoinOutcome> {
    throwIfAborted(this.#options.signal)
    this.#pending = true
    const question = this.#watching.asksWithJoin(ours)
    const args = question
      ? [this.#address, data, { watch: question.watch } satisfies JoinRequestOptions]
      : [this.#address, data]
    const asked = request(this.#wire, EVENTS.join, args, this.#options)
    asked.then(
      (reply) => question?.ended(reply),
      () => question?.ended(),
    )
    const reply = await asked
    // an error of the server's own leaves nothing behind there
    this.#pending = false
    const outcome = parseJoinReply(reply)
    throwIfAborted(this.#options.signal)
    this.#pending = true
    return outcome
  }

  abandon(): void {
    // what an earlier connection left behind ended with it
    if (!this.#pending || this.#wire.socket.id !== this.#connectionId) return
    this.#pending = false
    this.#wire.emit(EVENTS.leave, this.#address)
  }
}
