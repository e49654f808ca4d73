import { ASLEEP, type Sleeper, type Waker } from '@socket-star/protocol/session'
import type { Timers } from '@socket-star/pull-stream'

/** A timer that comes less than this before its time, in milliseconds, has come in time. */
const EARLY_MS = 2

/**
 * The alarms of many sleepers behind one timer: a binary heap, ordered by time.
 * An alarm that is set earlier than asked is left alone, so that a busy session
 * does not pay for its timers with each message.
 */
export class Alarms implements Waker {
  readonly #timers: Timers
  readonly #failed: (error: unknown) => void
  readonly #heap: Sleeper[] = []
  #timerAt = Number.POSITIVE_INFINITY
  #cancel: (() => void) | undefined
  #ringing = false

  /** `failed`: told of what goes wrong with one of them, so that the others are woken none the less. */
  constructor(timers: Timers, failed: (error: unknown) => void) {
    this.#timers = timers
    this.#failed = failed
  }

  /** How many sleepers have an alarm. */
  get size(): number {
    return this.#heap.length
  }

  /** Wakes the sleeper at that time at the latest. Infinity asks for nothing. */
  by(sleeper: Sleeper, at: number): void {
    if (at >= sleeper.alarmAt) return
    sleeper.alarmAt = at
    if (sleeper.alarmIndex < 0) {
      sleeper.alarmIndex = this.#heap.length
      this.#heap.push(sleeper)
    }
    this.#rise(sleeper)
    if (at < this.#timerAt && !this.#ringing) this.#arm(at)
  }

  /** Forgets the sleeper's alarm. */
  forget(sleeper: Sleeper): void {
    const { alarmIndex: index } = sleeper
    if (index < 0) return
    sleeper.alarmIndex = -1
    sleeper.alarmAt = Number.POSITIVE_INFINITY
    const last = this.#heap.pop()
    if (last === undefined || last === sleeper) return
    last.alarmIndex = index
    this.#heap[index] = last
    this.#rise(last)
    this.#sink(last)
  }

  /** Forgets everything. */
  close(): void {
    for (const sleeper of this.#heap) Object.assign(sleeper, ASLEEP)
    this.#heap.length = 0
    this.#cancel?.()
    this.#cancel = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  #arm(at: number): void {
    this.#cancel?.()
    this.#timerAt = at
    this.#cancel = this.#timers.after(Math.max(0, at - this.#timers.now()), () => this.#ring())
  }

  #ring(): void {
    this.#cancel = undefined
    const clock = this.#timers.now()
    // a timer may come a little early; one that cannot wait so long comes much earlier
    const now = this.#timerAt - clock < EARLY_MS ? Math.max(clock, this.#timerAt) : clock
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#ringing = true
    for (let first = this.#heap[0]; first !== undefined && first.alarmAt <= now; first = this.#heap[0]) {
      this.forget(first)
      try {
        first.wake(now)
      } catch (error) {
        this.#failed(error)
      }
    }
    this.#ringing = false
    const [next] = this.#heap
    if (next !== undefined) this.#arm(next.alarmAt)
  }

  #rise(sleeper: Sleeper): void {
    const heap = this.#heap
    let index = sleeper.alarmIndex
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || parent.alarmAt <= sleeper.alarmAt) break
      heap[index] = parent
      parent.alarmIndex = index
      index = above
    }
    heap[index] = sleeper
    sleeper.alarmIndex = index
  }

  #sink(sleeper: Sleeper): void {
    const heap = this.#heap
    let index = sleeper.alarmIndex
    for (;;) {
      const left = heap[2 * index + 1]
      const right = heap[2 * index + 2]
      const child = left && right && right.alarmAt < left.alarmAt ? right : left
      if (child === undefined || child.alarmAt >= sleeper.alarmAt) break
      const below = child.alarmIndex
      heap[index] = child
      child.alarmIndex = index
      index = below
    }
    heap[index] = sleeper
    sleeper.alarmIndex = index
  }
}
