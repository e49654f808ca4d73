import { StarError } from '@socket-star/protocol'
import {
  encodeLeft,
  MAX_FOLLOWED_ROOMS,
  type RoomQuestion,
  replay,
  roomName,
} from '@socket-star/protocol/session'
import type { RoomAtRest } from '../../store/session-store.ts'
import type { SessionCore } from '../session-core.ts'
import type { RoomHub } from './hub.ts'
import { Member } from './member.ts'
import { replayPayload } from './replay-payload.ts'

/** What may wait for a client before its questions about rooms are answered no further. */
const ANSWER_BACKLOG_BYTES = 262_144

/** The rooms of one session. */
export class SessionRooms {
  readonly #session: SessionCore
  readonly #hub: RoomHub
  readonly #members = new Map<string, Member | 'entering'>()
  /** The last question in each room: an earlier one needs no answer (ROOM-6). */
  readonly #questions = new Map<string, RoomQuestion>()
  /** Rooms that it is to enter, and whose log could not tell where it ends. */
  readonly #unlocated = new Set<string>()
  #answering = false
  #atTheEnd: ReadonlySet<string> | undefined

  constructor(session: SessionCore, hub: RoomHub) {
    this.#session = session
    this.#hub = hub
  }

  /** Once the session is over, those that it was in: whoever hears of its end tells the others there. */
  get names(): ReadonlySet<string> {
    return this.#atTheEnd ?? new Set(this.#members.keys())
  }

  /** @throws StarError ERR_QUOTA past {@link MAX_FOLLOWED_ROOMS} */
  join(name: string): void {
    const room = checkedRoom(name)
    if (this.#members.has(room)) return
    if (this.#members.size >= MAX_FOLLOWED_ROOMS) {
      throw new StarError('ERR_QUOTA', `a session is in ${MAX_FOLLOWED_ROOMS} rooms at most`)
    }
    this.#members.set(room, 'entering')
    this.#locate(room)
  }

  /** A member's place is where the log ends. While the log fails it is asked again, see {@link lookAgain}. */
  #locate(room: string): void {
    this.#hub.head(
      room,
      (since) => {
        if (this.#members.get(room) === 'entering') this.#enter(new Member(this.#session, room, since))
      },
      () => this.#unlocated.add(room),
    )
  }

  leave(room: string): void {
    const member = this.#members.get(room)
    if (member === undefined) return
    this.#members.delete(room)
    this.#questions.delete(room)
    if (member === 'entering') return
    this.#hub.leave(member)
    this.#session.tellRoom(encodeLeft(room))
  }

  /** The client asks what it missed. */
  asked(question: RoomQuestion): void {
    // of a room that it left, or was never in, it learns nothing
    if (typeof this.#members.get(question.room) !== 'object') {
      this.#session.tellRoom(encodeLeft(question.room))
      return
    }
    this.#questions.delete(question.room)
    this.#questions.set(question.room, question)
    this.#answer()
  }

  /** The client has received more. */
  acknowledged(): void {
    this.lookAgain()
    for (const member of this.#members.values()) {
      if (member !== 'entering') member.catchUp((room, then) => this.#hub.head(room, then))
    }
    this.#answer()
  }

  /** Asks logs again that failed: whenever the client has received more, and with each heartbeat where nothing is said. */
  lookAgain(): void {
    for (const room of this.#unlocated) {
      this.#unlocated.delete(room)
      if (this.#members.get(room) === 'entering') this.#locate(room)
    }
  }

  snapshot(): RoomAtRest[] {
    return Array.from(this.#members, ([room, member]) =>
      member === 'entering' ? { room } : { room, since: member.since },
    )
  }

  /** After a restore: the client knows its rooms, and asks in each when it comes. */
  restore(rooms: readonly RoomAtRest[]): void {
    for (const { room, since } of rooms) {
      if (since === undefined) this.join(room)
      else this.#enter(new Member(this.#session, room, since, false))
    }
  }

  close(): void {
    this.#atTheEnd = this.names
    for (const member of this.#members.values()) if (member !== 'entering') this.#hub.leave(member)
    this.#members.clear()
    this.#questions.clear()
    this.#unlocated.clear()
  }

  #enter(member: Member): void {
    // telling its client of it was more than the session may owe
    if (this.#atTheEnd !== undefined) return
    this.#members.set(member.room, member)
    this.#hub.enter(member)
  }

  /** Answers one question after the other, and waits while too much is on its way. */
  #answer(): void {
    const { conduit, debt } = this.#session
    if (this.#answering || debt.isOpen || conduit.channel.bufferedBytes > ANSWER_BACKLOG_BYTES) return
    const [question] = this.#questions.values()
    if (question === undefined) return
    this.#questions.delete(question.room)
    const member = this.#members.get(question.room)
    if (typeof member !== 'object') return
    this.#answering = true
    replay(this.#hub.log, this.#session.id, question, member.since)
      .then((answer) => {
        this.#answering = false
        if (this.#members.get(question.room) !== member) return
        this.#session.say(replayPayload(answer))
      })
      .catch((error) => {
        this.#hub.failed(error)
        this.#session.failed(error)
      })
      .finally(() => {
        this.#answering = false
        this.#answer()
      })
  }
}

/** @throws StarError ERR_BAD_REQUEST for what cannot name a room */
export function checkedRoom(name: unknown): string {
  try {
    return roomName(name)
  } catch {
    throw new StarError('ERR_BAD_REQUEST', 'a room has a name of 1 to 256 characters')
  }
}
