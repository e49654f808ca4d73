import type { RoomPosition } from '@socket-star/protocol/session'
import type { Log, Oracle } from './oracle.ts'

/** A message of a room. */
interface Said {
  /** The session that is left out. */
  readonly except: string | undefined
}

/** Where a member is in each room: what comes next, as an index into what was said. */
export type Places = Map<string, number>

/** A log that keeps so many messages forgets none in a run. */
const MANY = 1_000

/** Knows what was said in rooms, and what every member heard of it. */
export class RoomOracle {
  /** A stale log was restored: what it says again is something else. */
  unsure = false
  gaps = 0
  readonly #oracle: Oracle
  readonly #history: number | undefined
  readonly #said = new Map<string, Said[]>()
  /** What had been said in each room when the logs of a process began, in the order of the processes. */
  readonly #bases: { readonly process: number; readonly said: ReadonlyMap<string, number> }[] = []

  /** `history`: messages that can be read again; undefined: all, until the server dies. */
  constructor(oracle: Oracle, history: number | undefined) {
    this.#oracle = oracle
    this.#history = history
  }

  /** Something is said in a room. Answers its index. */
  said(room: string, except: string | undefined): number {
    const said = this.#said.get(room) ?? []
    this.#said.set(room, said)
    return said.push({ except }) - 1
  }

  /** What was said in a room so far. */
  saidIn(room: string): number {
    return this.#said.get(room)?.length ?? 0
  }

  /** A member hears one message of a room: later than all before, and none between was for it. */
  heard(log: Log, places: Places, room: string, index: number): void {
    this.#oracle.delivered += 1
    if (this.unsure) return
    const place = this.#placeOf(log, places, room)
    if (index < place)
      this.#oracle.fail(`page ${log.page} heard ${index} of ${room} again, or late: it is at ${place}`)
    const missed = this.#missed(log, room, place, index)
    if (missed.length > 0)
      this.#oracle.fail(`page ${log.page} missed ${missed} of ${room}, and hears ${index}`)
    places.set(room, index + 1)
  }

  /**
   * A member is told that it missed something: what the log has forgotten, what
   * was said before it was a member of this session, or in a log that is gone.
   */
  gap(log: Log, places: Places, room: string, from: RoomPosition, to: RoomPosition | undefined): void {
    this.gaps += 1
    if (this.unsure) return
    if (to === undefined) {
      this.#oracle.fail(`page ${log.page} cannot follow ${room}`)
      return
    }
    const same = from.epoch === to.epoch
    const forgets = this.#history !== undefined && this.#history < MANY
    if (same && places.has(room) && !forgets) {
      this.#oracle.fail(`page ${log.page} has a gap in ${room}, whose log has everything`)
    }
    const place = this.#placeOf(log, places, room)
    // where the log began again nobody knows how much is lost
    const missed = same ? this.#missed(log, room, place, this.#indexOf(log, room, from)) : []
    if (missed.length > 0) {
      this.#oracle.fail(`page ${log.page} missed ${missed} of ${room}, and its gap begins at ${from.offset}`)
    }
    places.set(room, Math.max(place, this.#indexOf(log, room, to)))
  }

  /** The server's own logs of rooms begin anew with a process, and so do their offsets. */
  begin(process: number): void {
    this.#bases.push({
      process,
      said: new Map(Array.from(this.#said, ([room, { length }]) => [room, length])),
    })
  }

  /** Whether a member has everything that was said. */
  hasAll(log: Log, places: Places, room: string): boolean {
    if (this.unsure) return true
    return this.#missed(log, room, this.#placeOf(log, places, room), this.saidIn(room)).length === 0
  }

  #placeOf(log: Log, places: Places, room: string): number {
    return places.get(room) ?? this.#oracle.lifeOf(log.session() ?? '')?.joined[room] ?? 0
  }

  /** The index of what comes behind a position, in the log of the process that the session was in. */
  #indexOf(log: Log, room: string, { offset }: RoomPosition): number {
    const process = this.#oracle.lifeOf(log.session() ?? '')?.process ?? 0
    const base = this.#bases.findLast((each) => each.process <= process)
    return (base?.said.get(room) ?? 0) + offset
  }

  #missed(log: Log, room: string, from: number, to: number): number[] {
    const session = log.session()
    const said = this.#said.get(room) ?? []
    const missed: number[] = []
    for (let index = from; index < to; index++) if (said[index]?.except !== session) missed.push(index)
    return missed
  }
}
