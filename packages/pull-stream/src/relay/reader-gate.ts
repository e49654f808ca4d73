import type { SocketLike } from '@socket-star/protocol'
import { HoldStretch } from '../hold-stretch.ts'
import { BACKLOG_POLL_MS, BUDGET_FLOOR_BYTES } from '../limits.ts'
import { pressureOf, type Release, type SocketPressure } from '../pressure/index.ts'
import { terminate } from '../pressure/terminate.ts'
import type { Timers } from '../timers.ts'
import type { BudgetUser, RelayBudget } from './budget.ts'
import { corkFlushes } from './cork.ts'
import { Patience } from './patience.ts'

/** A relayed stream, as its reader's gate sees it. */
export interface GatedStream {
  readonly writer: SocketLike
  readonly policy: BacklogPolicy
  /** Ends the stream because its reader is too far behind; `why` where it is not the stream's own doing. */
  cut(why?: string): void
  /** Lets the writer hear something: its connection is held, and whatever it asks there waits. */
  giveLifeSign(): void
}

/** The limits of one relayed stream; sizes in bytes. */
export interface BacklogPolicy {
  readonly timers: Timers
  readonly budget: RelayBudget
  readonly markBytes: number
  readonly overrunBytes: number
  readonly releaseBytes: number
  readonly holdTimeoutMs: number
}

/** How often the backlog of a reader without streams is looked at, until it is gone. */
const SETTLE_POLL_MS = 1000

const gates = new WeakMap<SocketLike, ReaderGate>()

/** The gate of a socket: one for all streams that it reads. */
export function gateOf(reader: SocketLike): ReaderGate {
  const gate = gates.get(reader) ?? new ReaderGate(reader)
  gates.set(reader, gate)
  return gate
}

/**
 * True while writers are held for what waits on this socket. Whoever reads it is
 * slow or stopped, and the relay cuts its streams in time; that it answers
 * nothing meanwhile says no more.
 */
export function isReaderBehind(reader: SocketLike): boolean {
  return gates.get(reader)?.behind === true
}

/**
 * Watches what waits on one reader's socket, and holds those who write to it
 * while that is too much (PS-42 to PS-45), or closes it when it takes none of
 * that (PS-52).
 */
export class ReaderGate implements BudgetUser {
  readonly #reader: SocketLike
  readonly #pressure: SocketPressure
  readonly #patience: Patience
  readonly #streams = new Set<GatedStream>()
  readonly #held = new Map<GatedStream, Release>()
  #stretch: HoldStretch | undefined
  #budget: RelayBudget | undefined
  #stopWatching = () => {}
  #uncork: (() => void) | undefined
  #cancelSettle = () => {}

  constructor(reader: SocketLike) {
    this.#reader = reader
    this.#pressure = pressureOf(reader)
    this.#patience = new Patience(this.#pressure, () => this.drop())
  }

  /** Writers are held for it. */
  get behind(): boolean {
    return this.#held.size > 0
  }

  get stuck(): boolean {
    return this.#patience.stuck
  }

  /** Cuts all that its reader reads, and closes the connection: only that gives back what waits there. */
  drop(): void {
    const why = 'the reader left too much waiting on the server, and its connection was closed'
    for (const stream of [...this.#streams]) stream.cut(why)
    this.#forget()
    terminate(this.#reader)
  }

  measure(): number {
    return this.#reader.connected ? this.#pressure.bufferedBytes() : 0
  }

  add(stream: GatedStream): void {
    this.#budget = stream.policy.budget
    this.#cancelSettle()
    this.#streams.add(stream)
    this.#uncork ??= corkFlushes(this.#reader)
  }

  remove(stream: GatedStream): void {
    this.#streams.delete(stream)
    this.#held.get(stream)?.()
    this.#held.delete(stream)
    if (this.#held.size === 0) this.#endStretch()
    if (this.#streams.size > 0) return
    this.#uncork?.()
    this.#uncork = undefined
    this.#settle(stream.policy)
  }

  /** To be called after each frame that was sent to the reader. */
  forwarded(stream: GatedStream): void {
    const { budget, timers, markBytes, overrunBytes } = stream.policy
    const bytes = this.#pressure.bufferedBytes()
    budget.report(this, bytes)
    if (bytes > BUDGET_FLOOR_BYTES) this.#patience.begin(timers)
    const mark = Math.min(markBytes, budget.share(timers))
    // it may have been this one who had to go
    if (bytes <= mark || !this.#streams.has(stream)) return
    if (bytes > markBytes + overrunBytes) stream.cut()
    else this.#hold(stream, mark)
  }

  #hold(stream: GatedStream, markBytes: number): void {
    const stretch = this.#stretch ?? this.#createStretch(stream.policy, markBytes)
    if (!stretch.begin()) return
    if (this.#stretch === undefined) {
      this.#stretch = stretch
      this.#watch(stream.policy.timers, stretch)
    }
    if (this.#held.has(stream)) return
    stream.giveLifeSign()
    this.#held.set(stream, pressureOf(stream.writer).hold())
  }

  #createStretch(policy: BacklogPolicy, markBytes: number): HoldStretch {
    return new HoldStretch({
      timers: policy.timers,
      markBytes,
      releaseBytes: policy.releaseBytes,
      timeoutMs: policy.holdTimeoutMs,
      waiting: () => this.#pressure.unsentBytes(),
      taken: () => this.#pressure.takenBytes(),
      onHeld: () => {
        for (const stream of this.#held.keys()) stream.giveLifeSign()
      },
      onRelease: () => this.#releaseAll(),
      onExpire: () => {
        const streams = [...this.#held.keys()]
        this.#releaseAll()
        for (const stream of streams) stream.cut()
      },
    })
  }

  #watch(timers: Timers, stretch: HoldStretch): void {
    const stopListening = this.#pressure.onDrain(() => stretch.check())
    let cancelTimer = () => {}
    const poll = () => {
      cancelTimer = timers.after(BACKLOG_POLL_MS, poll)
      stretch.check()
    }
    cancelTimer = timers.after(BACKLOG_POLL_MS, poll)
    this.#stopWatching = () => {
      stopListening()
      cancelTimer()
    }
  }

  #releaseAll(): void {
    this.#endStretch()
    for (const release of this.#held.values()) release()
    this.#held.clear()
  }

  #endStretch(): void {
    this.#stretch?.stop()
    this.#stretch = undefined
    this.#stopWatching()
    this.#stopWatching = () => {}
  }

  /** Keeps counting what its streams left behind until that is gone too. */
  #settle(policy: BacklogPolicy): void {
    const bytes = this.measure()
    if (bytes > 0) {
      policy.budget.report(this, bytes)
      this.#cancelSettle = policy.timers.after(SETTLE_POLL_MS, () => this.#settle(policy))
    } else {
      this.#forget()
    }
  }

  #forget(): void {
    this.#cancelSettle()
    this.#patience.stop()
    this.#budget?.remove(this)
    gates.delete(this.#reader)
  }
}
