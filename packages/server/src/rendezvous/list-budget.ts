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
  /** A list has waited for {@link LIST_PATIENCE_MS}, and others wait for its room. */
  onStuck(member: Member): void
}

interface Waiting {
  bytes: number
  readonly sinceMs: number
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

  /** A list of that size was just sent, behind what may wait of the one before. */
  sent(member: Member, bytes: number): void {
    const { now, unsentBytes } = this.#options
    const before = this.#waiting.get(member)
    const unsent = Math.min(bytes + (before?.bytes ?? 0), unsentBytes(member))
    this.delete(member)
    if (unsent === 0) return
    const sinceMs = before !== undefined && unsent > bytes ? before.sinceMs : now()
    this.#waiting.set(member, { bytes: unsent, sinceMs })
    this.#bytes += unsent
  }

  /** The socket is gone, and with it what waited. */
  delete(member: Member): void {
    this.#bytes -= this.#waiting.get(member)?.bytes ?? 0
    this.#waiting.delete(member)
  }

  /** What waits only ever falls: what came later is not of the list. */
  #look(): void {
    const { now, onStuck, unsentBytes } = this.#options
    if (now() - this.#lookedAtMs < LOOK_EVERY_MS) return
    this.#lookedAtMs = now()
    for (const [member, waiting] of [...this.#waiting]) {
      const bytes = Math.min(waiting.bytes, unsentBytes(member))
      this.#bytes += bytes - waiting.bytes
      waiting.bytes = bytes
      if (bytes === 0) this.#waiting.delete(member)
      else if (now() - waiting.sinceMs >= LIST_PATIENCE_MS) onStuck(member)
    }
  }
}
