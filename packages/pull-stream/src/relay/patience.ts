import { BUDGET_FLOOR_BYTES, DEFAULT_RELEASE_BYTES, READER_PATIENCE_MS, STUCK_AFTER_MS } from '../limits.ts'
import type { SocketPressure } from '../pressure/index.ts'
import type { Timers } from '../timers.ts'

/** How often a reader's progress is looked at while something waits for it. */
const LOOK_EVERY_MS = 1_000

/**
 * Watches whether what waits on one reader's connection becomes less, with
 * streams or without: someone who reads nothing but answers every ping keeps
 * it for ever (PS-45, PS-52). Looks are counted, not the time between them:
 * nobody takes anything while this process sleeps.
 */
export class Patience {
  readonly #pressure: SocketPressure
  readonly #onExhausted: () => void
  #cancel: (() => void) | undefined
  #takenBytes = 0
  #looksWithoutMove = 0
  /** A stretch of too little progress. */
  #stretchTakenBytes = 0
  #looksInStretch = 0

  /** `onExhausted` learns that the reader took nothing for {@link READER_PATIENCE_MS}. */
  constructor(pressure: SocketPressure, onExhausted: () => void) {
    this.#pressure = pressure
    this.#onExhausted = onExhausted
  }

  /** It took hardly anything for {@link STUCK_AFTER_MS}. */
  get stuck(): boolean {
    return this.#looksInStretch * LOOK_EVERY_MS >= STUCK_AFTER_MS
  }

  /** Much waits: watches until it does not any more. Does nothing while it watches. */
  begin(timers: Timers): void {
    if (this.#cancel !== undefined) return
    this.#takenBytes = this.#pressure.takenBytes()
    this.#stretchTakenBytes = this.#takenBytes
    this.#schedule(timers)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#looksWithoutMove = 0
    this.#looksInStretch = 0
  }

  #schedule(timers: Timers): void {
    this.#cancel = timers.after(LOOK_EVERY_MS, () => this.#look(timers))
  }

  #look(timers: Timers): void {
    const takenBytes = this.#pressure.takenBytes()
    this.#looksWithoutMove = takenBytes === this.#takenBytes ? this.#looksWithoutMove + 1 : 0
    this.#takenBytes = takenBytes
    this.#looksInStretch += 1
    if (takenBytes - this.#stretchTakenBytes >= DEFAULT_RELEASE_BYTES) {
      this.#stretchTakenBytes = takenBytes
      this.#looksInStretch = 0
    }
    if (this.#pressure.bufferedBytes() <= BUDGET_FLOOR_BYTES) {
      this.stop()
    } else if (this.#looksWithoutMove * LOOK_EVERY_MS >= READER_PATIENCE_MS) {
      this.stop()
      this.#onExhausted()
    } else {
      this.#schedule(timers)
    }
  }
}
