import { createHash } from 'node:crypto'
import { StarError } from '@socket-star/protocol'
import type { StarAddress } from '@socket-star/protocol/address'
import { type ChallengeStep, JoinChallenge } from '@socket-star/protocol/rendezvous'
import type { StarEnvironment } from '../environment.ts'
import { type PublicKey, readPublicKey, verifies } from '../security/public-key.ts'

export interface JoinSlotOptions {
  readonly environment: StarEnvironment
  readonly timeoutMs: number
  /** Called when nothing waits any longer. */
  onIdle(): void
}

/** How one `ss-join` ends: with a challenge to be answered, or with the address proven. */
export type Proof = { readonly type: 'challenge'; readonly nonce: string } | { readonly type: 'accept' }

/**
 * The joins of one address on one socket that have not ended (JOIN-5): drives
 * the protocol's challenge with a clock and real keys.
 */
export class JoinSlot {
  readonly #challenge: JoinChallenge
  readonly #options: JoinSlotOptions
  #key: PublicKey | undefined
  #cancelTimer = (): void => {}
  #running = 0
  #cancelled = false

  constructor(address: StarAddress, options: JoinSlotOptions) {
    this.#challenge = new JoinChallenge(address, { sha256, timeoutMs: options.timeoutMs })
    this.#options = options
  }

  /** Runs one join from its first await to its end; the slot is idle when none runs and no challenge waits. */
  async run<T>(join: () => Promise<T> | T): Promise<T> {
    this.#running += 1
    try {
      return await join()
    } finally {
      this.#running -= 1
      this.#settle()
    }
  }

  /**
   * Feeds the data of one join. What the machine decides is decided before the
   * first await: a nonce is taken before its signature is looked at.
   *
   * @throws StarError the code that the join is refused with
   */
  async prove(data: Uint8Array): Promise<Proof> {
    const { environment } = this.#options
    if (this.#challenge.state === 'idle' && data.length > 0) this.#key = readPublicKey(data)
    const step = this.#challenge.join(data, environment.now(), () => environment.randomBytes(32))
    if (step.type !== 'verify') return this.#conclude(step)
    this.#cancelTimer()
    const valid = this.#key !== undefined && (await verifies(this.#key, step.nonce, step.signature))
    return this.#conclude(this.#challenge.verdict(step.ticket, valid))
  }

  /** The address was left, or the socket is gone: whatever still runs must fail. */
  cancel(): void {
    this.#cancelled = true
    this.#cancelTimer()
    this.#challenge.cancel()
  }

  /** @throws StarError ERR_ABORTED after {@link cancel} */
  throwIfCancelled(): void {
    if (this.#cancelled) throw new StarError('ERR_ABORTED', 'the address was left while it was being joined')
  }

  #conclude(step: ChallengeStep): Proof {
    switch (step.type) {
      case 'challenge':
        this.#cancelTimer = this.#options.environment.after(this.#options.timeoutMs, () => this.#expire())
        return step
      case 'accept':
        return step
      case 'refuse':
        throw step.error
      case 'ignore':
        throw new StarError('ERR_ABORTED', 'the address was left while it was being joined')
      case 'verify':
        throw new StarError('ERR_BAD_REQUEST', 'an answer for this address is being verified')
      default:
        return step satisfies never
    }
  }

  #expire(): void {
    this.#challenge.timeout(this.#options.environment.now())
    this.#settle()
  }

  #settle(): void {
    if (this.#running === 0 && this.#challenge.state === 'idle') this.#options.onIdle()
  }
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
