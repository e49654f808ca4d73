import { StarError } from '@socket-star/protocol'
import type { Claim, CloseReason, Question, RenewalReason } from '@socket-star/protocol/session'
import type { Timers } from '@socket-star/pull-stream'
import type { Counters } from '../counters.ts'
import { type Admission, isForbidden, type Principal } from '../security/admission.ts'
import { EarlyFrames } from './early-frames.ts'
import type { Entrance } from './entrance.ts'
import type { Link } from './link.ts'
import type { SessionRecords } from './records.ts'
import type { SessionCore } from './session-core.ts'

export interface ReceptionNeeds {
  readonly admission: Admission
  readonly counters: Counters
  readonly environment: Timers
  readonly records: SessionRecords
  /** Nobody gets a session any more when it says no. */
  isOpen(): boolean
  maxSessions(): number
  readonly entrance: Pick<Entrance, 'blame' | 'follow' | 'frame' | 'refuse'>
}

/** Answers what a handshake asks (HS-6 to HS-13): who is this, and which session is it given? */
export class Reception {
  readonly #needs: ReceptionNeeds

  constructor(needs: ReceptionNeeds) {
    this.#needs = needs
  }

  ask(link: Link, question: Question): void {
    const { admission } = this.#needs
    if (question.kind === 'find') link.early = new EarlyFrames()
    try {
      const verdict = admission.admit(link.socket)
      if (verdict === undefined) this.#decide(link, question, undefined)
      else {
        verdict.then(
          (principal) => this.#decide(link, question, principal),
          (error) => this.#turnAway(link, error),
        )
      }
    } catch (error) {
      this.#turnAway(link, error)
    }
  }

  /** It may not have a session, or nobody can tell now: then it comes again. */
  #turnAway(link: Link, error: unknown): void {
    const { entrance } = this.#needs
    entrance.blame(error)
    if (isForbidden(error)) entrance.refuse(link, 'forbidden', error)
    else entrance.refuse(link, 'unavailable', new StarError('ERR_SESSION_REFUSED'))
  }

  async #decide(link: Link, question: Question, principal: Principal): Promise<void> {
    if (link.closed) return
    try {
      await this.#give(link, question, principal)
    } catch (error) {
      this.#turnAway(link, error)
    }
  }

  /** Rejects when the store does. */
  async #give(link: Link, question: Question, principal: Principal): Promise<void> {
    const { counters, entrance, environment, isOpen, records } = this.#needs
    link.claim = { ...link.claim, principal }
    if (!isOpen()) return this.#deny(link, 'drain')
    if (question.kind === 'create') return this.#fresh(link, question.freshHash, undefined)
    const finding = records.find(question.hash)
    // one that is here does not give way to another one meanwhile
    const found = finding instanceof Promise ? await finding : finding
    if (link.closed) return
    if (typeof found !== 'object') {
      return found === 'ended' ? this.#deny(link, found) : this.#fresh(link, question.freshHash, found)
    }
    const { early } = link
    if (early && isTakeover(found, link.claim)) {
      // it may be a copy whose state is an old one: before it takes anything from anybody it says what it has
      if (early.isAwaited) {
        await early.wait(environment)
        return link.closed ? undefined : this.#give(link, question, principal)
      }
      const { first } = early
      const { channel, current = link } = found.conduit
      // whoever came later has it by now, or it is a copy
      if (current.id > link.id || (first && channel.isOutdated(first))) return this.#deny(link, 'replaced')
    }
    const { admission, outputs } = found.identity.resume(link.id, link.claim)
    switch (admission.as) {
      case 'resume': {
        link.early = undefined
        link.session = found
        entrance.follow(link, link.handshake.answer({ as: 'resume' }))
        found.life.follow(outputs)
        counters.resume()
        // all that this asks for leaves at the end of this turn, right behind the token (SES-19)
        early?.replay((frame) => entrance.frame(link, frame))
        return
      }
      case 'fresh':
        return this.#fresh(link, question.freshHash, admission.reason)
      case 'refuse':
        return this.#deny(link, admission.reason)
      default:
        return admission satisfies never
    }
  }

  /** Rejects when the store does. */
  async #fresh(link: Link, hash: string, renewed: RenewalReason | undefined): Promise<void> {
    const { entrance, records } = this.#needs
    if (!this.#hasRoom()) return this.#deny(link, 'quota')
    const session = await records.create(hash, link.claim, renewed)
    // it was said to the session that was asked for
    link.early = undefined
    // a session that its client does not know of yet is of no use to it
    if (link.closed) return session.over('expired')
    session.preconnected(link)
    entrance.follow(link, link.handshake.answer({ as: 'fresh' }))
  }

  /** Whether there is room for one more (HS-19). */
  #hasRoom(): boolean {
    const { counters, maxSessions, records } = this.#needs
    if (records.count < maxSessions()) return true
    const reason = records.makeRoom()
    if (reason !== undefined) counters.eviction(reason)
    return reason !== undefined
  }

  #deny(link: Link, reason: CloseReason): void {
    this.#needs.entrance.follow(link, link.handshake.answer({ as: 'refuse', reason }))
  }
}

/** Whether this owner, which says so, would take the session from another one (HS-13). */
function isTakeover({ identity }: SessionCore, claim: Claim): boolean {
  const admission = identity.judge(claim)
  return claim.owner !== undefined && admission.as === 'resume' && admission.by === 'takeover'
}
