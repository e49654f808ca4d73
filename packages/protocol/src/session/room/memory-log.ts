import { StarError } from '../../errors.ts'
import type { Payload } from '../wire/frame.ts'
import type { RoomPosition } from '../wire/room.ts'
import {
  ENTRY_OVERHEAD_BYTES,
  EXCEPT_BYTES,
  MAX_EXCEPT,
  MAX_LOGGED_ROOMS,
  ROOM_HISTORY_BYTES,
  ROOM_HISTORY_MESSAGES,
  ROOM_LOG_BYTES,
  type RoomEntry,
  type RoomLog,
  type RoomMessage,
  type RoomRead,
} from './log.ts'

/** Limits of a {@link MemoryRoomLog}, and where its epochs come from. */
export interface MemoryRoomLogOptions {
  /** An unguessable text that was never answered before. */
  readonly newEpoch: () => string
  /** {@link ROOM_HISTORY_MESSAGES} unless told. */
  readonly historyMessages?: number
  /** {@link ROOM_HISTORY_BYTES} unless told. */
  readonly historyBytes?: number
  /** {@link ROOM_LOG_BYTES} unless told. */
  readonly totalBytes?: number
  /** {@link MAX_LOGGED_ROOMS} unless told. */
  readonly maxRooms?: number
}

/** One room of a log at rest. */
export interface RoomSnapshot<B = Payload> {
  readonly room: string
  readonly epoch: string
  readonly head: number
  readonly entries: readonly RoomEntry<B>[]
}

interface Room<B> {
  readonly epoch: string
  head: number
  entries: RoomEntry<B>[]
  bytes: number
  /** What they take in memory. */
  weight: number
}

/** The log of every room in this process' memory. */
export class MemoryRoomLog<B = Payload> implements RoomLog<B> {
  readonly #newEpoch: () => string
  readonly #historyMessages: number
  readonly #historyBytes: number
  readonly #totalBytes: number
  readonly #maxRooms: number
  /** The quietest room stands first. */
  readonly #rooms = new Map<string, Room<B>>()
  #bytes = 0
  #weight = 0

  constructor(options: MemoryRoomLogOptions) {
    this.#newEpoch = options.newEpoch
    this.#historyMessages = options.historyMessages ?? ROOM_HISTORY_MESSAGES
    this.#historyBytes = options.historyBytes ?? ROOM_HISTORY_BYTES
    this.#totalBytes = options.totalBytes ?? ROOM_LOG_BYTES
    this.#maxRooms = options.maxRooms ?? MAX_LOGGED_ROOMS
  }

  /** Rooms that are known. */
  get rooms(): number {
    return this.#rooms.size
  }

  /** Bytes that can be read again. */
  get bytes(): number {
    return this.#bytes
  }

  async append(name: string, message: RoomMessage<B>): Promise<RoomPosition> {
    return this.appendNow(name, message)
  }

  async head(name: string): Promise<RoomPosition> {
    return this.headNow(name)
  }

  /** {@link MemoryRoomLog.head} without the wait. */
  headNow(name: string): RoomPosition {
    const { epoch, head } = this.#room(name)
    return { epoch, offset: head }
  }

  async read(name: string, after: RoomPosition, most: number): Promise<RoomRead<B>> {
    const { epoch, head, entries } = this.#room(name)
    const behind = head - entries.length
    if (after.epoch !== epoch || after.offset < behind) return { is: 'gap', epoch, head, behind }
    // it may have been handed what is there
    if (after.offset > head) return { is: 'gap', epoch, head, behind: head }
    const start = after.offset - behind
    return { is: 'entries', epoch, head, entries: entries.slice(start, start + most) }
  }

  /** {@link MemoryRoomLog.append} without the wait, for a server that has no other log. */
  appendNow(name: string, message: RoomMessage<B>): RoomPosition {
    if ((message.except?.length ?? 0) > MAX_EXCEPT) {
      throw new StarError('ERR_QUOTA', `a room message can leave out ${MAX_EXCEPT} members at most`)
    }
    const room = this.#room(name)
    room.head++
    this.#push(room, { ...message, offset: room.head })
    while (room.entries.length > this.#historyMessages || room.bytes > this.#historyBytes) this.#drop(room)
    for (const quiet of this.#rooms.values()) {
      if (this.#weight <= this.#totalBytes) break
      while (quiet.entries.length > 0 && this.#weight > this.#totalBytes) this.#drop(quiet)
    }
    return { epoch: room.epoch, offset: room.head }
  }

  /** Forgets a room. Used again, it begins a new epoch. */
  forget(name: string): void {
    const room = this.#rooms.get(name)
    if (room === undefined) return
    this.#bytes -= room.bytes
    this.#weight -= room.weight
    this.#rooms.delete(name)
  }

  /** Everything, for a server that stops in good order. */
  snapshot(): RoomSnapshot<B>[] {
    return Array.from(this.#rooms, ([room, { epoch, head, entries }]) => ({
      room,
      epoch,
      head,
      entries: [...entries],
    }))
  }

  /**
   * Takes a snapshot over, once, before anything else. It has to be the latest:
   * offsets that members have seen must never be given out a second time.
   */
  restore(snapshot: readonly RoomSnapshot<B>[]): void {
    for (const { room: name, epoch, head, entries } of snapshot) {
      const room: Room<B> = { epoch, head, entries: [], bytes: 0, weight: 0 }
      this.#rooms.set(name, room)
      for (const entry of entries) this.#push(room, entry)
    }
  }

  #room(name: string): Room<B> {
    let room = this.#rooms.get(name)
    if (room === undefined) {
      room = { epoch: this.#newEpoch(), head: 0, entries: [], bytes: 0, weight: 0 }
      const [quietest] = this.#rooms.keys()
      if (this.#rooms.size >= this.#maxRooms && quietest !== undefined) this.forget(quietest)
    } else this.#rooms.delete(name)
    this.#rooms.set(name, room)
    return room
  }

  #push(room: Room<B>, entry: RoomEntry<B>): void {
    room.entries.push(entry)
    this.#weigh(room, entry, 1)
  }

  #drop(room: Room<B>): void {
    const entry = room.entries.shift()
    if (entry !== undefined) this.#weigh(room, entry, -1)
  }

  #weigh(room: Room<B>, { bytes, except }: RoomEntry<B>, sign: 1 | -1): void {
    const weight = bytes + ENTRY_OVERHEAD_BYTES + EXCEPT_BYTES * (except?.length ?? 0)
    room.bytes += sign * bytes
    room.weight += sign * weight
    this.#bytes += sign * bytes
    this.#weight += sign * weight
  }
}
