/** How long a list may wait on its socket while others are refused theirs, in milliseconds. */
export const LIST_PATIENCE_MS = 30_000
/** How often all that wait are looked at, in milliseconds, however many ask. */
const LOOK_EVERY_MS = 100

export interface ListBudgetOptions<Member> {
  /** What may wait on all sockets together, in bytes. */
  readonly maxBytes: number
  /** Milliseconds. */
  now(): number
  /** What waits on a member's socket, in bytes. */
  unsentBytes(member: Member): number
  /** What the system has taken from it so far, in bytes from any fixed point. */
  takenBytes(member: Member): number
  /** A list has waited for {@link LIST_PATIENCE_MS}, and others wait for its room. */
  onStuck(member: Member): void
}

/** What waits of the lists that were sent to one socket. */
interface Waiting {
  readonly bytes: number
  /** How many bytes the system has taken from the socket when it has all of them. */
  readonly endsAt: number
  /** Likewise of the oldest one, and since when that waits. */
  readonly oldestEndsAt: number
  readonly sinceMs: number
  /** When the newest one was sent. */
  readonly lastMs: number
}

/**
 * Bounds the peer lists that wait on the sockets of one star together (LIM-7).
 * An `ss-watch` of thirty bytes is answered with the whole list: many sockets
 * that ask and do not read would otherwise fill the memory.
 */
export class ListBudget<Member> {
  readonly #options: ListBudgetOptions<Member>
  readonly #waiting = new Map<Member, Waiting>()
  #bytes = 0
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: ListBudgetOptions<Member>) {
    this.#options = options
  }

  /** Whether a list of that size may be sent now; one may always, however large it is. */
  allows(bytes: number): boolean {
    const { maxBytes } = this.#options
    if (this.#bytes + bytes > maxBytes) this.#look()
    return this.#bytes === 0 || this.#bytes + bytes <= maxBytes
  }

  /** A list of that size was just sent, behind what may wait of those before. */
  sent(member: Member, bytes: number): void {
    if (bytes === 0) return
    const { now, takenBytes, unsentBytes } = this.#options
    const unsent = unsentBytes(member)
    const before = this.#left(member)
    const endsAt = takenBytes(member) + unsent
    const lastMs = now()
    const { oldestEndsAt, sinceMs } = before ?? { oldestEndsAt: endsAt, sinceMs: lastMs }
    const waiting = Math.min(bytes + (before?.bytes ?? 0), unsent)
    this.#replace(member, waiting > 0 ? { bytes: waiting, endsAt, oldestEndsAt, sinceMs, lastMs } : undefined)
  }

  /** The socket is gone, and with it what waited. */
  delete(member: Member): void {
    this.#replace(member, undefined)
  }

  #look(): void {
    const { now, onStuck } = this.#options
    if (now() - this.#lookedAtMs < LOOK_EVERY_MS) return
    this.#lookedAtMs = now()
    for (const member of [...this.#waiting.keys()]) {
      const left = this.#left(member)
      this.#replace(member, left)
      if (left !== undefined && now() - left.sinceMs >= LIST_PATIENCE_MS) onStuck(member)
    }
  }

  /** What waits of it now: what the system took since is gone, and what else was sent is not of a list. */
  #left(member: Member): Waiting | undefined {
    const waiting = this.#waiting.get(member)
    if (waiting === undefined) return undefined
    const taken = this.#options.takenBytes(member)
    const bytes = Math.min(waiting.bytes, waiting.endsAt - taken)
    if (bytes <= 0) return undefined
    if (taken < waiting.oldestEndsAt) return { ...waiting, bytes }
    return { ...waiting, bytes, oldestEndsAt: waiting.endsAt, sinceMs: waiting.lastMs }
  }

  #replace(member: Member, waiting: Waiting | undefined): void {
    this.#bytes += (waiting?.bytes ?? 0) - (this.#waiting.get(member)?.bytes ?? 0)
    if (waiting === undefined) this.#waiting.delete(member)
    else this.#waiting.set(member, waiting)
  }
}
