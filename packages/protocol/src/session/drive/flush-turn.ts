/** Something to be done once at the end of a turn. */
export interface Flushable {
  flush(now: number): void
}

/** Gathers what one turn of the event loop wants flushed. */
export interface FlushTurn {
  /** The caller remembers that it waits already. */
  add(flushable: Flushable): void
}
