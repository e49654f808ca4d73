import type { Clock } from '../clock.ts'

/** From and until when an address was there, in milliseconds; `until` is undefined while it is. */
interface Stay {
  readonly from: number
  until: number | undefined
}

/**
 * Who has which address, by the clauses (JOIN-11, JOIN-12, JOIN-14): made of the
 * answers that the server gave and of what ended them, apart from its registry.
 */
export class Truth {
  readonly #clock: Clock
  readonly #holders = new Map<string, string>()
  readonly #stays = new Map<string, Stay[]>()
  /** How often somebody came, or was gone. */
  changes = 0
  lastChangeMs = 0
  /** Told of each socket that has no address any more. */
  onEmpty = (_socket: string): void => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Each address that is there, and the socket that has it. */
  get addresses(): ReadonlyMap<string, string> {
    return this.#holders
  }

  holder(address: string): string | undefined {
    return this.#holders.get(address)
  }

  joined(address: string, socket: string): void {
    if (!this.#holders.has(address)) {
      this.#staysOf(address).push({ from: this.#clock.now, until: undefined })
      this.#changed()
    }
    const before = this.#holders.get(address)
    this.#holders.set(address, socket)
    if (before !== undefined) this.#lost(before)
  }

  left(address: string, socket: string): void {
    if (this.#holders.get(address) !== socket) return
    this.#holders.delete(address)
    const stay = this.#staysOf(address).at(-1)
    if (stay !== undefined) stay.until = this.#clock.now
    this.#changed()
    this.#lost(socket)
  }

  /** The socket is gone. */
  gone(socket: string): void {
    for (const [address, holder] of [...this.#holders]) if (holder === socket) this.left(address, socket)
  }

  /** The process that knew of them is gone. */
  forgotten(): void {
    for (const [address, holder] of [...this.#holders]) this.left(address, holder)
  }

  /** How often the address came to be there after an instant. */
  appearances(address: string, after: number): number {
    return this.#staysOf(address).filter(({ from }) => from > after).length
  }

  /** Whether it was there at some instant from then on. */
  wasThere(address: string, since: number): boolean {
    return this.#staysOf(address).some(({ until }) => until === undefined || until >= since)
  }

  /** Whether it was not there at some instant from then on. */
  wasAway(address: string, since: number): boolean {
    return !this.#staysOf(address).some(({ from, until }) => from < since && until === undefined)
  }

  #lost(socket: string): void {
    for (const holder of this.#holders.values()) if (holder === socket) return
    this.onEmpty(socket)
  }

  #staysOf(address: string): Stay[] {
    const stays = this.#stays.get(address) ?? []
    this.#stays.set(address, stays)
    return stays
  }

  #changed(): void {
    this.changes += 1
    this.lastChangeMs = this.#clock.now
  }
}
