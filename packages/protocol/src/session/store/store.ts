/**
 * Where a server keeps its sessions (PROTOCOL.md HS-18). Asynchronous and
 * fenced: one node owns a session at a time, each change of owner raises the
 * fence, and a write with an old fence does nothing. Every implementation runs
 * the contract suite in `test/session/store/store-contract.ts`.
 */
import type { Admission, Claim, Standing } from '../admission.ts'

/** Sessions that one store keeps; one more is refused with `ERR_QUOTA` (HS-18). */
export const MAX_SESSIONS = 1_000_000
/** Tokens that a store remembers as ended or renewed away; the oldest is forgotten first (HS-18). */
export const MAX_REMEMBERED = 1_000_000

/** A session at rest. */
export interface SessionRecord<S> {
  /** The claim that holds it: what the next one is judged against. */
  readonly holder: Claim
  /** Whether its client ever confirmed it. */
  readonly confirmed: boolean
  /** Whatever its owner restores it from; undefined before its first write. */
  readonly snapshot: S | undefined
}

/** How a token is remembered when its session is over. */
export type Remembered = Extract<Standing, { is: 'ended' | 'renewed' }>

/** What {@link SessionStore.acquire} answers: with `resume` the session is this node's. */
export type Acquired<S> =
  | Exclude<Admission, { as: 'resume' }>
  | (Extract<Admission, { as: 'resume' }> & { readonly fence: number; readonly record: SessionRecord<S> })

/**
 * Asked on the node that owns a session when another one takes it: freeze it,
 * and answer with its last record. Its fence is void by then. It may be asked
 * before the answer that made it the owner has reached it; it then waits for that.
 */
export type HandOver<S> = (hash: string) => Promise<SessionRecord<S> | undefined>

/** The sessions of one server, or of all its nodes. `hash` is that of a merged token. */
export interface SessionStore<S> {
  /** Makes this node reachable for hand-overs. The answer takes it back. */
  serve(node: string, handOver: HandOver<S>): () => void
  /**
   * Begins a session that `node` owns, and answers its fence. Rejects with
   * `ERR_QUOTA` past {@link MAX_SESSIONS}, and with `ERR_BAD_REQUEST` when there is one.
   */
  create(hash: string, node: string, record: SessionRecord<S>): Promise<number>
  /**
   * Decides on a claim as {@link admit} does, and in the same step, if it gets
   * the session, makes `node` the owner and the claim the holder. A live owner
   * elsewhere is frozen first, and the answer holds its last record; one that
   * does not answer loses what it did not write. A node that has the session
   * itself does not ask: it resumes it and writes the new holder.
   */
  acquire(hash: string, node: string, claim: Claim): Promise<Acquired<S>>
  /** Writes a record; false, and nothing written, when the fence is not the present one. */
  write(hash: string, fence: number, record: SessionRecord<S>): Promise<boolean>
  /** Ends a session and remembers its token for so long; false when the fence is not the present one. */
  end(hash: string, fence: number, as: Remembered, rememberMs: number): Promise<boolean>
  /** Forgets a session that was not confirmed, or not resumed, in time; false when the fence is not the present one. */
  remove(hash: string, fence: number): Promise<boolean>
}
