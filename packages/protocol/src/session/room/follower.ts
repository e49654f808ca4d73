/**
 * A member's side of its rooms (PROTOCOL.md ROOM-4 to ROOM-7). It hands on each
 * message once and in the order of offsets, whatever live messages, replays and
 * two sockets at once bring; what it sees to be missing it asks for, and what
 * cannot be had any more it reports as a gap.
 */
import type { Asking } from '../drive/asking.ts'
import { MAX_AHEAD, MAX_FOLLOWED_ROOMS, MAX_FRUITLESS } from '../limits.ts'
import type { Payload } from '../wire/frame.ts'
import { ROOM } from '../wire/kinds.ts'
import type { RoomBody, RoomNews, RoomPlace, RoomPosition } from '../wire/room.ts'

/** Before everything, in no log. */
const NOWHERE: RoomPosition = { epoch: '', offset: 0 }

/** Whom a {@link RoomFollower} tells what it finds, at once. */
export interface FollowerParty {
  /** The session's requests: questions take their ids from the same row, in which none is used twice. */
  readonly asking: Pick<Asking, 'last'>
  /** To be sent as a message of the session. */
  owe(question: Payload): void
  /**
   * What came behind `from`, up to `to`, is lost to this member; with another
   * epoch, nobody knows how much. Without `to` it is one room too many, and not
   * followed.
   */
  tell(event: 'gap', room: string, from: RoomPosition, to: RoomPosition | undefined): unknown
}

/** What came about a room. A place alone says that the client is a member from there on, or where the log ends for it. */
export type FollowerInput = RoomPlace & Partial<RoomNews>

interface Followed {
  epoch: string
  /** The last offset that was handed on or skipped. */
  offset: number
  /** The id of the question that waits for its answer; 0: none. */
  asked: number
  /** Where the member was when it asked. */
  askedAt: number
  /** Answers in a row that brought nothing. */
  fruitless: number
  /** Bodies that came, by their first offset; what is left is behind a hole. */
  readonly ahead: Map<number, RoomBody>
}

/** Follows the rooms of one session. It outlives sockets and, when the session is renewed, the session. */
export class RoomFollower {
  readonly #party: FollowerParty
  readonly #rooms = new Map<string, Followed>()

  constructor(party: FollowerParty) {
    this.#party = party
  }

  /** Where the member stands in each room. */
  places(): RoomPlace[] {
    return Array.from(this.#rooms, ([room, { epoch, offset }]) => ({ room, epoch, offset }))
  }

  /** Answers with the messages that are for the application now, in order. */
  take({ room, epoch, offset, id = 0, head = offset, bodies = [] }: FollowerInput): Payload[] {
    const followed = this.#rooms.get(room)
    const isTold = !id && !bodies[0]
    if (!followed) {
      // otherwise a live message of a room that is not known yet: where it is followed from will be told
      if (isTold && this.#rooms.size < MAX_FOLLOWED_ROOMS)
        this.#rooms.set(room, { epoch, offset, asked: 0, askedAt: 0, fruitless: 0, ahead: new Map() })
      else if (isTold) this.#party.tell('gap', room, NOWHERE, undefined)
      return []
    }
    if (id && id !== followed.asked) return []
    const { ahead, askedAt, offset: before } = followed
    const isOther = epoch !== followed.epoch
    // unless live messages have closed it since it was asked about
    const isGap = !!id && (isOther || offset > before || (offset < askedAt && before === askedAt))
    if (isGap) {
      this.#party.tell('gap', room, { epoch: followed.epoch, offset: before }, { epoch, offset })
      if (isOther) ahead.clear()
      followed.epoch = epoch
      followed.offset = offset
    }
    if (epoch === followed.epoch) {
      let next = offset + 1
      for (const body of bodies) {
        if (id || next <= before + 1 || ahead.size < MAX_AHEAD) ahead.set(next, body)
        next += lengthOf(body)
      }
    }
    const messages = handOn(followed)
    const isOn = isGap || followed.offset > askedAt
    if (id) {
      followed.fruitless = isOn ? 0 : followed.fruitless + 1
      // what waits is of a life that the log knows nothing of: nobody will ever fill the hole before it
      if (followed.fruitless >= MAX_FRUITLESS) ahead.clear()
    }
    if (id || isTold) followed.asked = 0
    // behind a gap may be what came live before it was told; no step forward would be none the next time either
    const more = isGap || (id ? isOn && followed.offset < head : isTold && offset !== before)
    if (more || ahead.size > 0 || epoch !== followed.epoch) this.#ask(room, followed)
    return messages
  }

  /** The server says that it is no member any more. */
  leave(room: string): void {
    this.#rooms.delete(room)
  }

  /** The session is on a new socket: asks, in every room, for what came meanwhile. */
  resume(): void {
    for (const [room, followed] of this.#rooms) {
      followed.asked = 0
      this.#ask(room, followed)
    }
  }

  /** Asks, unless an answer is waited for already. */
  #ask(room: string, followed: Followed): void {
    if (followed.asked) return
    followed.asked = ++this.#party.asking.last
    followed.askedAt = followed.offset
    this.#party.owe([ROOM, room, followed.epoch, followed.offset, followed.asked])
  }
}

/** Takes out what comes next, once, up to a hole. */
function handOn(followed: Followed): Payload[] {
  const { ahead } = followed
  const messages: Payload[] = []
  // nearly always it is one, and next
  for (const [offset, body] of ahead.size > 1 ? [...ahead].sort(([a], [b]) => a - b) : ahead) {
    if (offset > followed.offset + 1) break
    ahead.delete(offset)
    const last = offset + lengthOf(body) - 1
    if (last <= followed.offset) continue
    followed.offset = last
    if (typeof body !== 'number') messages.push(body)
  }
  return messages
}

function lengthOf(body: RoomBody): number {
  return typeof body === 'number' ? body : 1
}
