import { pressureOf, type Timers } from '@socket-star/pull-stream'
import { DISCOVERY_BACKLOG_BYTES } from '../limits.ts'
import type { AnySocket } from '../socket-types.ts'

/** How often audiences are looked over for sockets that do not read, in milliseconds. */
const SWEEP_MS = 10_000

export interface LaggardsOptions<Member> {
  readonly timers: Timers
  /** More than {@link DISCOVERY_BACKLOG_BYTES} wait on the socket: send it nothing for now. */
  onLagging(member: Member): void
  /** Half of that has gone: go on. */
  onCaughtUp(member: Member): void
}

/**
 * Finds members of an audience that do not read (DISC-12). A broadcast goes out
 * whoever reads it, and a client may keep its connection alive without
 * reading: without this its backlog would grow for ever.
 */
export class Laggards<Member extends { readonly socket: AnySocket }> {
  readonly #options: LaggardsOptions<Member>
  readonly #members = new Set<Member>()
  readonly #lagging = new Map<Member, () => void>()
  #cancelSweep: (() => void) | undefined

  constructor(options: LaggardsOptions<Member>) {
    this.#options = options
  }

  add(member: Member): void {
    this.#members.add(member)
    this.#cancelSweep ??= this.#schedule()
  }

  delete(member: Member): void {
    this.#members.delete(member)
    this.#lagging.get(member)?.()
    this.#lagging.delete(member)
  }

  close(): void {
    this.#cancelSweep?.()
    for (const member of [...this.#members]) this.delete(member)
  }

  #schedule(): () => void {
    return this.#options.timers.after(SWEEP_MS, () => this.#sweep())
  }

  #sweep(): void {
    this.#cancelSweep = this.#members.size > 0 ? this.#schedule() : undefined
    for (const member of this.#members) {
      const pressure = pressureOf(member.socket)
      if (this.#lagging.has(member) || pressure.bufferedBytes() <= DISCOVERY_BACKLOG_BYTES) continue
      const stop = pressure.onDrain(() => {
        if (pressure.bufferedBytes() > DISCOVERY_BACKLOG_BYTES / 2) return
        stop()
        this.#lagging.delete(member)
        this.#options.onCaughtUp(member)
      })
      this.#lagging.set(member, stop)
      this.#options.onLagging(member)
    }
  }
}
