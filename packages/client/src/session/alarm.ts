import { ASLEEP, type Sleeper, type Waker } from '@socket-star/protocol/session'
import type { Timers } from '@socket-star/pull-stream'

/** Wakes one sleeper. A timer that fires earlier than it must is left alone. */
export class Alarm implements Waker {
  readonly #timers: Timers
  #cancel: (() => void) | undefined

  constructor(timers: Timers) {
    this.#timers = timers
  }

  by(sleeper: Sleeper, at: number): void {
    if (at >= sleeper.alarmAt) return
    this.#cancel?.()
    sleeper.alarmAt = at
    this.#cancel = this.#timers.after(Math.max(0, at - this.#timers.now()), () => {
      this.#cancel = undefined
      sleeper.alarmAt = ASLEEP.alarmAt
      // a timer may come a fraction of a millisecond early
      sleeper.wake(Math.max(this.#timers.now(), at))
    })
  }

  forget(sleeper: Sleeper): void {
    this.#cancel?.()
    this.#cancel = undefined
    sleeper.alarmAt = ASLEEP.alarmAt
  }
}
