/**
 * What a server decides when a client shows the token of a session (PROTOCOL.md
 * HS-11 to HS-13). A pure function, so that it can be asked twice: once on what
 * the record says before anything is moved, and again on what a store's
 * `acquire` handed over, because another node may have been faster.
 */
import type { CloseReason } from './wire/close.ts'
import type { RenewalReason } from './wire/welcome.ts'

/** Who a socket says it is, and whom the host authenticated. */
export interface Claim {
  /** The owner of the announcement; undefined for a client that made none: nobody's owner. */
  readonly owner: string | undefined
  /** The attempt of the announcement; 0 without one. */
  readonly attempt: number
  /** The principal that `authenticate` gave, in a form that compares by `===`; undefined without one. */
  readonly principal: string | undefined
}

/** What is known about a token. */
export type Standing =
  /** Nothing: never heard of, or collected. */
  | { readonly is: 'unknown' }
  /** A session, and the claim that holds it now. */
  | { readonly is: 'live'; readonly holder: Claim }
  /** Ended formally, and remembered for the resume window. */
  | { readonly is: 'ended' }
  /** Renewed away, and remembered for the resume window: it never resumes. */
  | { readonly is: 'renewed'; readonly reason: RenewalReason }

/** The decision. */
export type Admission =
  /** The session moves to this socket. `attach`: the old one drains. `takeover`: the old one is replaced. */
  | { readonly as: 'resume'; readonly by: 'attach' | 'takeover' }
  /** A new session takes the place of the one that was asked for. */
  | { readonly as: 'fresh'; readonly reason: RenewalReason }
  /** No session on this socket, and no effect on any other. */
  | { readonly as: 'refuse'; readonly reason: CloseReason }

/** Decides on a token that was shown to resume. */
export function admit(standing: Standing, claim: Claim): Admission {
  switch (standing.is) {
    case 'unknown':
      return { as: 'fresh', reason: 'unknown' }
    case 'renewed':
      return { as: 'fresh', reason: standing.reason }
    case 'ended':
      return { as: 'refuse', reason: 'ended' }
    case 'live': {
      const { holder } = standing
      if (holder.principal !== claim.principal) return { as: 'fresh', reason: 'principal' }
      if (claim.owner === undefined || holder.owner !== claim.owner) return { as: 'resume', by: 'takeover' }
      if (claim.attempt > holder.attempt) return { as: 'resume', by: 'attach' }
      return { as: 'refuse', reason: 'stale' }
    }
    default:
      return standing satisfies never
  }
}
