/**
 * A member's side of its rooms (PROTOCOL.md ROOM-4 to ROOM-7). It hands on each
 * message once and in the order of offsets, whatever live messages, replays and
 * two sockets at once bring; what it sees to be missing it asks for, and what
 * cannot be had any more it reports as a gap.
 */
import type { Payload } from '../wire/frame.ts'
import type { RoomBody, RoomControl, RoomItem, RoomPosition } from '../wire/room.ts'
import type { RoomFetch } from './replay.ts'

/** Rooms that one session follows; the client refuses to be joined to more (ROOM-1). */
export const MAX_FOLLOWED_ROOMS = 4_096
/** Live messages of a room that wait behind a hole; what does not fit is asked for again (ROOM-7). */
export const MAX_AHEAD = 64

/** What the driver has to do, in order. */
export type FollowerOutput =
  /** A message for the application. */
  | { readonly do: 'deliver'; readonly room: string; readonly message: Payload }
  /** Send this as a message of the session. */
  | { readonly do: 'fetch'; readonly control: RoomFetch }
  /** What came behind `from`, up to `to`, is lost to this member; with another epoch, nobody knows how much. */
  | { readonly do: 'gap'; readonly room: string; readonly from: RoomPosition; readonly to: RoomPosition }
  /** Everything that the room's log had when it was asked has been handed on. */
  | { readonly do: 'caught-up'; readonly room: string }
  /** One room too many: this one is not followed. */
  | { readonly do: 'refused'; readonly room: string }

/** What came in a session for its follower: everything but the member's own question. */
export type FollowerInput = Exclude<RoomControl, { kind: 'fetch' }>

interface Followed {
  epoch: string
  /** The last offset that was handed on or skipped. */
  offset: number
  /** The id of the question that waits for its answer; 0: none. */
  asked: number
  /** Live bodies behind a hole, by their first offset. */
  ahead: Map<number, RoomBody>
}

/** Follows the rooms of one session. It outlives sockets and, when the session is renewed, the session. */
export class RoomFollower {
  readonly #rooms = new Map<string, Followed>()
  readonly #most: number
  #lastId = 0

  /** `most`: {@link MAX_FOLLOWED_ROOMS} unless told. */
  constructor(most: number = MAX_FOLLOWED_ROOMS) {
    this.#most = most
  }

  /** Where the member stands in each room. */
  positions(): Map<string, RoomPosition> {
    return new Map(Array.from(this.#rooms, ([room, { epoch, offset }]) => [room, { epoch, offset }]))
  }

  /** A live message arrived on a socket. */
  item(item: RoomItem): FollowerOutput[] {
    const followed = this.#rooms.get(item.room)
    const outputs: FollowerOutput[] = []
    // a room that is not known yet: its `joined` says from where on it is followed
    if (followed === undefined) return outputs
    if (item.epoch !== followed.epoch) this.#ask(item.room, followed, outputs)
    else if (item.offset <= followed.offset + 1) {
      this.#take(item.room, followed, item.offset, item.body, outputs)
      if (followed.ahead.size > 0) this.#drain(item.room, followed, outputs)
    } else {
      if (followed.ahead.size < MAX_AHEAD) followed.ahead.set(item.offset, item.body)
      this.#ask(item.room, followed, outputs)
    }
    return outputs
  }

  /** A message of the session that concerns a room. */
  control(control: FollowerInput): FollowerOutput[] {
    const outputs: FollowerOutput[] = []
    const { room } = control
    const followed = this.#rooms.get(room)
    if (control.kind === 'joined') this.#joined(control, followed, outputs)
    else if (control.kind === 'left') this.#rooms.delete(room)
    else if (followed !== undefined && control.id === followed.asked) {
      followed.asked = 0
      if (control.kind === 'gap') this.#gap(control, followed, outputs)
      else this.#replay(control, followed, outputs)
    }
    return outputs
  }

  /** The session is on a new socket: asks, in every room, for what came meanwhile. */
  resume(): FollowerOutput[] {
    const outputs: FollowerOutput[] = []
    for (const [room, followed] of this.#rooms) {
      followed.asked = 0
      this.#ask(room, followed, outputs)
    }
    return outputs
  }

  #joined(
    { room, epoch, offset }: Extract<RoomControl, { kind: 'joined' }>,
    followed: Followed | undefined,
    outputs: FollowerOutput[],
  ): void {
    if (followed !== undefined) {
      // joined again, by a renewed session: what came in between may still be in the log
      followed.asked = 0
      if (followed.epoch !== epoch || followed.offset !== offset) this.#ask(room, followed, outputs)
    } else if (this.#rooms.size < this.#most) {
      this.#rooms.set(room, { epoch, offset, asked: 0, ahead: new Map() })
    } else outputs.push({ do: 'refused', room })
  }

  #gap(
    { room, epoch, offset }: Extract<RoomControl, { kind: 'gap' }>,
    followed: Followed,
    outputs: FollowerOutput[],
  ): void {
    outputs.push({
      do: 'gap',
      room,
      from: { epoch: followed.epoch, offset: followed.offset },
      to: { epoch, offset },
    })
    if (epoch !== followed.epoch) followed.ahead.clear()
    followed.epoch = epoch
    followed.offset = offset
    this.#drain(room, followed, outputs)
    // a gap may end before the head: what is behind it is still to be had
    this.#ask(room, followed, outputs)
  }

  #replay(
    { room, epoch, first, head, bodies }: Extract<RoomControl, { kind: 'replay' }>,
    followed: Followed,
    outputs: FollowerOutput[],
  ): void {
    const before = followed.offset
    // an answer for another place would leave a hole: it is no answer
    if (epoch !== followed.epoch || first > before + 1) return
    let offset = first
    for (const body of bodies) {
      this.#take(room, followed, offset, body, outputs)
      offset += typeof body === 'number' ? body : 1
    }
    this.#drain(room, followed, outputs)
    if (followed.offset >= head) outputs.push({ do: 'caught-up', room })
    // no step forward would be none the next time either
    else if (followed.offset > before) this.#ask(room, followed, outputs)
  }

  /** Hands on what comes next; what was handed on before is dropped. */
  #take(room: string, followed: Followed, offset: number, body: RoomBody, outputs: FollowerOutput[]): void {
    const last = typeof body === 'number' ? offset + body - 1 : offset
    if (last <= followed.offset) return
    followed.offset = last
    if (typeof body !== 'number') outputs.push({ do: 'deliver', room, message: body })
  }

  /** Hands on what waited behind a hole that is closed now, and asks again when another one is open. */
  #drain(room: string, followed: Followed, outputs: FollowerOutput[]): void {
    const { ahead } = followed
    for (;;) {
      const next = followed.offset + 1
      const body = ahead.get(next)
      if (body === undefined) break
      this.#take(room, followed, next, body, outputs)
    }
    for (const offset of ahead.keys()) if (offset <= followed.offset) ahead.delete(offset)
    if (ahead.size > 0) this.#ask(room, followed, outputs)
  }

  #ask(room: string, followed: Followed, outputs: FollowerOutput[]): void {
    if (followed.asked !== 0) return
    followed.asked = ++this.#lastId
    const { epoch, offset } = followed
    outputs.push({ do: 'fetch', control: { kind: 'fetch', id: followed.asked, room, epoch, offset } })
  }
}
