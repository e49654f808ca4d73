import { StarError } from '@socket-star/protocol'
import {
  type Encoded,
  MAX_EXCEPT,
  payloadBytes,
  type RoomLog,
  type RoomPosition,
} from '@socket-star/protocol/session'
import type { AnyNamespace } from '../../socket-types.ts'
import { ItemFrames } from './item-frames.ts'
import { answersAtOnce } from './log-now.ts'
import type { Member } from './member.ts'

export interface RoomHubNeeds {
  readonly namespace: AnyNamespace
  readonly log: RoomLog<Encoded>
  now(): number
  /** The log failed. */
  failed(error: unknown): void
}

/** The rooms of a star (ROOM clauses): who is in them, and how what is said there reaches everybody. */
export class RoomHub {
  readonly log: RoomLog<Encoded>
  readonly #needs: RoomHubNeeds
  readonly #rooms = new Map<string, Set<Member>>()
  #members = 0

  constructor(needs: RoomHubNeeds) {
    this.#needs = needs
    this.log = needs.log
  }

  /** Rooms that have a member of this process. */
  get rooms(): number {
    return this.#rooms.size
  }

  /** Members of this process in all rooms. */
  get members(): number {
    return this.#members
  }

  /** How many members of this process a room has. */
  sizeOf(room: string): number {
    return this.#rooms.get(room)?.size ?? 0
  }

  enter(member: Member): void {
    this.#members += 1
    const members = this.#rooms.get(member.room)
    if (members === undefined) this.#rooms.set(member.room, new Set([member]))
    else members.add(member)
  }

  leave(member: Member): void {
    const members = this.#rooms.get(member.room)
    if (members?.delete(member)) this.#members -= 1
    if (members?.size === 0) this.#rooms.delete(member.room)
  }

  /** The log failed. */
  failed(error: unknown): void {
    this.#needs.failed(error)
  }

  /** Where a room's log ends: at once, when the log can tell. `otherwise`: it failed. */
  head(room: string, then: (head: RoomPosition) => void, otherwise?: () => void): void {
    const { log } = this
    if (answersAtOnce(log)) then(log.headNow(room))
    else {
      log
        .head(room)
        .then(then)
        .catch((error) => {
          this.failed(error)
          otherwise?.()
        })
    }
  }

  /** Appends a message to a room's log and sends it to the members. @throws StarError ERR_QUOTA past {@link MAX_EXCEPT} */
  say(room: string, body: Encoded, except: readonly string[]): void {
    if (except.length > MAX_EXCEPT) {
      throw new StarError('ERR_QUOTA', `a room message can leave out ${MAX_EXCEPT} members at most`)
    }
    const { log } = this
    const message = { body, bytes: payloadBytes(body), ...(except.length > 0 && { except }) }
    if (answersAtOnce(log)) this.#spread(room, log.appendNow(room, message), body, except)
    else {
      log
        .append(room, message)
        .then((position) => this.#spread(room, position, body, except))
        .catch((error) => this.failed(error))
    }
  }

  #spread(room: string, position: RoomPosition, body: Encoded, except: readonly string[]): void {
    const members = this.#rooms.get(room)
    if (members === undefined) return
    const now = this.#needs.now()
    const frames = new ItemFrames(this.#needs.namespace, room, position, body)
    const skips = except.length > 0 ? new ItemFrames(this.#needs.namespace, room, position, 1) : undefined
    for (const member of members) {
      const link = member.ready(position, now)
      if (link === undefined) continue
      if (skips !== undefined && except.includes(member.session.id)) skips.write(link)
      else frames.write(link)
    }
    frames.finish()
    skips?.finish()
  }
}
