import { NEVER } from '@socket-star/protocol/channel'
import type { Sleeper, Waker } from '@socket-star/protocol/session'
import type { Timers } from '@socket-star/pull-stream'
import { EARLY_MS } from './limits.ts'

/** Something that is due once; what is set takes the place of what was set before. */
export class Timer {
  protected readonly timers: Timers
  #cancel: (() => void) | undefined

  constructor(timers: Timers) {
    this.timers = timers
  }

  set(ms: number, callback: () => void): void {
    this.stop()
    this.#cancel = this.timers.after(ms, () => {
      this.stop()
      callback()
    })
  }

  get waits(): boolean {
    return !!this.#cancel
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}

/** Wakes one sleeper at a time. */
export class Alarm extends Timer implements Waker {
  by(sleeper: Sleeper, at: number): void {
    if (at >= sleeper.alarmAt) return
    const { timers } = this
    sleeper.alarmAt = at
    this.set(Math.max(0, at - timers.now()), () => {
      this.forget(sleeper)
      const now = timers.now()
      // a timer may come a little early; for one that cannot wait so long, and comes much earlier, nothing is due
      sleeper.wake(Math.max(now, Math.min(at, now + EARLY_MS)))
    })
  }

  forget(sleeper: Sleeper): void {
    this.stop()
    sleeper.alarmAt = NEVER
  }
}
