import { NEVER } from '@socket-star/protocol/channel'
import type { Sleeper, Waker } from '@socket-star/protocol/session'
import type { Timers } from '@socket-star/pull-stream'

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
      // one that comes a little early finds nothing due, and is set again
      sleeper.wake(timers.now())
    })
  }

  forget(sleeper: Sleeper): void {
    this.stop()
    sleeper.alarmAt = NEVER
  }
}
