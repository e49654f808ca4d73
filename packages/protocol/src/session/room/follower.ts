/**
 * A member's side of its rooms (PROTOCOL.md ROOM-4 to ROOM-7). It hands on each
 * message once and in the order of offsets, whatever live messages, replays and
 * two sockets at once bring; what it sees to be missing it asks for, and what
 * cannot be had any more it reports as a gap.
 */
import { MAX_AHEAD, MAX_FOLLOWED_ROOMS, MAX_FRUITLESS } from '../limits.ts'
import type { Payload } from '../wire/frame.ts'
import { FETCH } from '../wire/kinds.ts'
import type { RoomBody, RoomControl, RoomItem, RoomPosition } from '../wire/room.ts'

/** Before everything, in no log. */
const NOWHERE: RoomPosition = { epoch: '', offset: 0 }

/** Whom a {@link RoomFollower} tells what it finds, at once and in order. */
export interface FollowerParty {
  /** A message for the application. */
  deliver(message: Payload): void
  /** To be sent as a message of the session. */
  owe(question: Payload): void
  /**
   * What came behind `from`, up to `to`, is lost to this member; with another
   * epoch, nobody knows how much. Without `to` it is one room too many, and not
   * followed.
   */
  tell(event: 'gap', room: string, from: RoomPosition, to: RoomPosition | undefined): unknown
}

/** What came in a session for its follower: everything but the member's own question. */
export type FollowerInput = Exclude<RoomControl, { kind: 'fetch' }>

interface Followed {
  readonly room: string
  epoch: string
  /** The last offset that was handed on or skipped. */
  offset: number
  /** The id of the question that waits for its answer; 0: none. */
  asked: number
  /** Where the member was when it asked. */
  askedAt: number
  /** Answers in a row that brought nothing. */
  fruitless: number
  /** Live bodies behind a hole, by their first offset. */
  readonly ahead: Map<number, RoomBody>
}

/** Follows the rooms of one session. It outlives sockets and, when the session is renewed, the session. */
export class RoomFollower {
  readonly #party: FollowerParty
  readonly #rooms = new Map<string, Followed>()
  /** The id of the last question. An earlier document's questions may still be answered: theirs are not used again. */
  lastId = 0

  constructor(party: FollowerParty) {
    this.#party = party
  }

  /** Where the member stands in each room. */
  positions(): [string, RoomPosition][] {
    return Array.from(this.#rooms, ([room, followed]) => [room, placeIn(followed)])
  }

  /** A live message arrived on a socket. */
  item({ room, epoch, offset, body }: RoomItem): void {
    const followed = this.#rooms.get(room)
    // a room that is not known yet: its `joined` says from where on it is followed
    if (!followed) return
    const { ahead } = followed
    const isOther = epoch !== followed.epoch
    if (!isOther && (offset <= followed.offset + 1 || ahead.size < MAX_AHEAD)) ahead.set(offset, body)
    if (isOther || this.#handOn(followed)) this.#ask(followed)
  }

  /** A message of the session that concerns a room. */
  control(control: FollowerInput): void {
    const { kind, room } = control
    const followed = this.#rooms.get(room)
    if (kind === 'joined') this.#joined(control, followed)
    else if (kind === 'left') this.#rooms.delete(room)
    else if (followed && control.id === followed.asked) {
      followed.asked = 0
      if (kind === 'gap') this.#gap(control, followed)
      else this.#replay(control, followed)
    }
  }

  /** The session is on a new socket: asks, in every room, for what came meanwhile. */
  resume(): void {
    for (const followed of this.#rooms.values()) {
      followed.asked = 0
      this.#ask(followed)
    }
  }

  #joined({ room, epoch, offset }: RoomPosition & { room: string }, followed: Followed | undefined): void {
    if (followed) {
      // joined again, by a renewed session: what came in between may still be in the log
      followed.asked = 0
      if (followed.epoch !== epoch || followed.offset !== offset) this.#ask(followed)
    } else if (this.#rooms.size < MAX_FOLLOWED_ROOMS) {
      this.#rooms.set(room, { room, epoch, offset, asked: 0, askedAt: 0, fruitless: 0, ahead: new Map() })
    } else this.#party.tell('gap', room, NOWHERE, undefined)
  }

  #gap({ epoch, offset }: RoomPosition, followed: Followed): void {
    const isOther = epoch !== followed.epoch
    // unless live messages have closed it since it was asked about
    if (isOther || offset > followed.offset || followed.offset === followed.askedAt) {
      this.#party.tell('gap', followed.room, placeIn(followed), { epoch, offset })
      if (isOther) followed.ahead.clear()
      followed.epoch = epoch
      followed.offset = offset
      this.#handOn(followed)
    }
    // a gap may end before the head: what is behind it is still to be had
    this.#ask(followed)
  }

  #replay(
    { epoch, first, head, bodies }: Extract<RoomControl, { kind: 'replay' }>,
    followed: Followed,
  ): void {
    const { ahead, offset: before } = followed
    // an answer for another place would leave a hole: it is no answer
    if (epoch !== followed.epoch || first > before + 1) return
    let offset = first
    for (const body of bodies) {
      ahead.set(offset, body)
      offset += lengthOf(body)
    }
    this.#handOn(followed)
    // no step forward would be none the next time either
    const more = followed.offset > before && followed.offset < head
    followed.fruitless = followed.offset > before ? 0 : followed.fruitless + 1
    // what waits is of a life that the log knows nothing of: nobody will ever fill the hole before it
    if (followed.fruitless >= MAX_FRUITLESS) ahead.clear()
    if (more || ahead.size > 0) this.#ask(followed)
  }

  /** Hands on what comes next, once. True when a hole is left. */
  #handOn(followed: Followed): boolean {
    const { ahead } = followed
    // nearly always it is one, and next
    for (const [offset, body] of ahead.size > 1 ? [...ahead].sort(([a], [b]) => a - b) : ahead) {
      if (offset > followed.offset + 1) return true
      ahead.delete(offset)
      const last = offset + lengthOf(body) - 1
      if (last <= followed.offset) continue
      followed.offset = last
      if (typeof body !== 'number') this.#party.deliver(body)
    }
    return false
  }

  /** Asks, unless an answer is waited for already. */
  #ask(followed: Followed): void {
    if (followed.asked) return
    followed.asked = ++this.lastId
    followed.askedAt = followed.offset
    this.#party.owe([FETCH, followed.room, followed.epoch, followed.offset, followed.asked])
  }
}

function lengthOf(body: RoomBody): number {
  return typeof body === 'number' ? body : 1
}

function placeIn({ epoch, offset }: Followed): RoomPosition {
  return { epoch, offset }
}
