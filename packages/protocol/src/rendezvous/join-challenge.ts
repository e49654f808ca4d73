/**
 * The server's side of the join challenge, for one address on one socket
 * (PROTOCOL.md, JOIN-5), without I/O.
 *
 * A client that joins first shows its public key and gets a nonce; it then
 * shows a signature of that nonce. The nonce leaves the machine with the first
 * answer, whatever comes of it, so none is good twice. Verifying takes time,
 * so the driver is handed a ticket: a verdict with a ticket that is no longer
 * the current one (the client left, or was gone) changes nothing.
 *
 * | state      | input          | becomes    | action                        |
 * |------------|----------------|------------|-------------------------------|
 * | idle       | join, no data  | idle       | refuse ERR_KEY_REQUIRED       |
 * | idle       | join, bad id   | idle       | refuse ERR_ID_MISMATCH        |
 * | idle       | join, key      | challenged | challenge                     |
 * | challenged | join, in time  | verifying  | verify                        |
 * | challenged | join, late     | idle       | refuse ERR_CHALLENGE_EXPIRED  |
 * | challenged | timeout        | idle       | forget                        |
 * | verifying  | join           | verifying  | refuse ERR_BAD_REQUEST        |
 * | verifying  | verdict, true  | idle       | accept                        |
 * | verifying  | verdict, false | idle       | refuse ERR_SIGNATURE          |
 * | any        | cancel         | idle       | forget                        |
 */

import type { StarAddress } from '../address/index.ts'
import { peerIdMatchesKey } from '../address/peer-id.ts'
import { StarError } from '../errors.ts'
import { CHALLENGE_TIMEOUT_MS } from './limits.ts'
import { createNonce } from './nonce.ts'

/** What the driver does next. */
export type ChallengeStep =
  | { readonly type: 'challenge'; readonly nonce: string }
  | {
      readonly type: 'verify'
      readonly ticket: number
      readonly publicKey: Uint8Array
      readonly nonce: string
      readonly signature: Uint8Array
    }
  | { readonly type: 'accept' }
  | { readonly type: 'refuse'; readonly error: StarError }
  | { readonly type: 'ignore' }

interface ChallengeOptions {
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  /** How long the answer may take, in milliseconds; {@link CHALLENGE_TIMEOUT_MS} unless given. */
  readonly timeoutMs?: number
}

type State =
  | { readonly name: 'idle' }
  | {
      readonly name: 'challenged'
      readonly nonce: string
      readonly publicKey: Uint8Array
      readonly deadline: number
    }
  | { readonly name: 'verifying'; readonly ticket: number }

const IDLE: State = { name: 'idle' }

/** See the table at the top of the file. Times are milliseconds of the driver's clock. */
export class JoinChallenge {
  readonly #address: StarAddress
  readonly #options: ChallengeOptions
  #state: State = IDLE
  #tickets = 0

  constructor(address: StarAddress, options: ChallengeOptions) {
    this.#address = address
    this.#options = options
  }

  get state(): State['name'] {
    return this.#state.name
  }

  /** When {@link timeout} is due; undefined while nothing waits. */
  get deadline(): number | undefined {
    return this.#state.name === 'challenged' ? this.#state.deadline : undefined
  }

  /**
   * A join for this address arrived.
   *
   * @param data its decoded second argument: a public key in libp2p's protobuf encoding, or a signature
   * @param random {@link NONCE_RANDOM_BYTES} fresh random bytes
   */
  join(data: Uint8Array, now: number, random: () => Uint8Array): ChallengeStep {
    const state = this.#state
    switch (state.name) {
      case 'idle':
        return this.#challenge(data, now, random)
      case 'challenged':
        return this.#answer(state, data, now)
      case 'verifying':
        return refuse('ERR_BAD_REQUEST', 'an answer for this address is being verified')
      default:
        return state satisfies never
    }
  }

  /** The outcome of a `verify` step. */
  verdict(ticket: number, valid: boolean): ChallengeStep {
    if (this.#state.name !== 'verifying' || this.#state.ticket !== ticket) return { type: 'ignore' }
    this.#state = IDLE
    return valid ? { type: 'accept' } : refuse('ERR_SIGNATURE')
  }

  /** Forgets a challenge whose time is over. */
  timeout(now: number): void {
    if (this.#state.name === 'challenged' && now >= this.#state.deadline) this.#state = IDLE
  }

  /** The client left or is gone: nothing of this challenge may still count. */
  cancel(): void {
    this.#state = IDLE
  }

  #challenge(publicKey: Uint8Array, now: number, random: () => Uint8Array): ChallengeStep {
    const { canonical, peerId } = this.#address
    if (publicKey.length === 0) return refuse('ERR_KEY_REQUIRED')
    if (peerId === undefined) {
      return refuse('ERR_ID_MISMATCH', 'the address does not end in a peer id that a key could prove')
    }
    if (!peerIdMatchesKey(peerId, publicKey, this.#options.sha256)) return refuse('ERR_ID_MISMATCH')
    const nonce = createNonce(canonical, random())
    const deadline = now + (this.#options.timeoutMs ?? CHALLENGE_TIMEOUT_MS)
    this.#state = { name: 'challenged', nonce, publicKey, deadline }
    return { type: 'challenge', nonce }
  }

  #answer(state: State & { name: 'challenged' }, signature: Uint8Array, now: number): ChallengeStep {
    if (now >= state.deadline) {
      this.#state = IDLE
      return refuse('ERR_CHALLENGE_EXPIRED')
    }
    this.#tickets += 1
    this.#state = { name: 'verifying', ticket: this.#tickets }
    const { publicKey, nonce } = state
    return { type: 'verify', ticket: this.#tickets, publicKey, nonce, signature }
  }
}

function refuse(code: ConstructorParameters<typeof StarError>[0], message?: string): ChallengeStep {
  return { type: 'refuse', error: new StarError(code, message) }
}
