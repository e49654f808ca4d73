// biome-ignore lint/suspicious/noExplicitAny: listeners of any event; the public types know their parameters
export type Listener = (...args: any[]) => unknown

/** The listeners of one session, by event; nothing is allocated for an event that nobody listens to. */
export class Listeners {
  #byEvent: Map<string, readonly Listener[]> | undefined

  add(event: string, listener: Listener): void {
    this.#byEvent ??= new Map()
    this.#byEvent.set(event, [...(this.#byEvent.get(event) ?? []), listener])
  }

  addOnce(event: string, listener: Listener): void {
    const once: Listener & { listener?: Listener } = (...args) => {
      this.remove(event, once)
      return listener(...args)
    }
    once.listener = listener
    this.add(event, once)
  }

  /** Without a listener: all of the event. Without an event: all. */
  remove(event?: string, listener?: Listener): void {
    if (event === undefined) this.#byEvent = undefined
    else if (listener === undefined) this.#byEvent?.delete(event)
    else {
      const listeners = this.#byEvent?.get(event) ?? []
      const at = listeners.findLastIndex(
        (each: Listener & { listener?: Listener }) => each === listener || each.listener === listener,
      )
      if (at < 0) return
      if (listeners.length === 1) this.#byEvent?.delete(event)
      else this.#byEvent?.set(event, listeners.toSpliced(at, 1))
    }
  }

  /** The listeners of an event as they are now; what one of them changes counts from the next event on. */
  of(event: string): readonly Listener[] {
    return this.#byEvent?.get(event) ?? NONE
  }
}

const NONE: readonly Listener[] = []
