import { callGuarded } from './call-guarded.ts'

/**
 * The shape of an event map, in Socket.IO's own style: an interface whose
 * members are the listeners' signatures.
 */
export type EventMap<Events> = { [Name in keyof Events]: (...args: never[]) => void }

/** The names of a map's events. */
export type EventName<Events> = keyof Events & string

/** What a listener of an event is called with. */
export type EventArgs<Events, Name extends keyof Events> = Events[Name] extends (...args: infer Args) => void
  ? Args
  : never

/** The listening half of an emitter: what an object with events shows to its user. */
export interface Listenable<Events extends EventMap<Events>> {
  /** Calls `listener` at every `event`. @throws StarError ERR_BAD_REQUEST for an event that there is not, and for no function */
  on<Name extends EventName<Events>>(event: Name, listener: Events[Name]): this
  /** Calls `listener` at the next `event` only. @throws as {@link on} */
  once<Name extends EventName<Events>>(event: Name, listener: Events[Name]): this
  /** Takes a listener away, also one that was added by {@link once}. */
  off<Name extends EventName<Events>>(event: Name, listener: Events[Name]): this
  /** How many listeners an event has. */
  listenerCount(event: EventName<Events>): number
}

type AnyListener = (...args: never[]) => void
interface Entry {
  readonly listener: AnyListener
  readonly once: boolean
}

/**
 * A small typed emitter for browser and Node. A listener that throws stops
 * neither the other listeners nor the code that emits: its error is reported
 * as an uncaught one, as the platform's own `EventTarget` does.
 */
export class Emitter<Events extends EventMap<Events>> implements Listenable<Events> {
  readonly #entries = new Map<string, readonly Entry[]>()

  on<Name extends EventName<Events>>(event: Name, listener: Events[Name]): this {
    return this.#add(event, { listener, once: false })
  }

  once<Name extends EventName<Events>>(event: Name, listener: Events[Name]): this {
    return this.#add(event, { listener, once: true })
  }

  off<Name extends EventName<Events>>(event: Name, listener: Events[Name]): this {
    const entries = this.#entries.get(event) ?? []
    this.#remove(
      event,
      entries.findIndex((entry) => entry.listener === listener),
    )
    return this
  }

  listenerCount(event: EventName<Events>): number {
    return this.#entries.get(event)?.length ?? 0
  }

  /** Calls the listeners of `event`; true when there was one. */
  emit<Name extends EventName<Events>>(event: Name, ...args: EventArgs<Events, Name>): boolean {
    const entries = this.#entries.get(event)
    if (entries === undefined) return false
    for (const entry of entries) {
      if (entry.once) this.#remove(event, this.#entries.get(event)?.indexOf(entry) ?? -1)
      callGuarded(entry.listener, args)
    }
    return true
  }

  /** Takes every listener of every event away. */
  clear(): void {
    this.#entries.clear()
  }

  // lists are replaced, never changed, so that emit walks the one it began with
  #add(event: string, entry: Entry): this {
    this.#entries.set(event, [...(this.#entries.get(event) ?? []), entry])
    return this
  }

  #remove(event: string, index: number): void {
    if (index < 0) return
    const rest = (this.#entries.get(event) ?? []).toSpliced(index, 1)
    if (rest.length === 0) this.#entries.delete(event)
    else this.#entries.set(event, rest)
  }
}
