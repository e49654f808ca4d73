/** Something that wants to be woken at times. The two fields are its {@link Waker}'s own. */
export interface Sleeper {
  alarmAt: number
  alarmIndex: number
  /** Its time has come, or came earlier than asked: it looks at what is due and sets its next alarm. */
  wake(now: number): void
}

/** A {@link Sleeper} without an alarm. */
export const ASLEEP = { alarmAt: Infinity, alarmIndex: -1 } as const

/** Who wakes sleepers. An alarm that is earlier than the one asked for may stay: a busy session sets none anew. */
export interface Waker {
  /** Wakes the sleeper at that time at the latest. Infinity asks for nothing. */
  by(sleeper: Sleeper, at: number): void
  /** Forgets the sleeper's alarm. */
  forget(sleeper: Sleeper): void
}
