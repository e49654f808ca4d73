import {
  encodeRoomControl,
  type FollowerInput,
  type FollowerOutput,
  type Payload,
  parseRoomItem,
  RoomFollower,
  type RoomPosition,
} from '@socket-star/protocol/session'

import type { Saved } from './saved.ts'

/** What {@link Rooms} needs of its session. */
export interface RoomsNeeds {
  /** Hands an event to the application; the promise settles when its listeners have. */
  deliver(name: string, args: readonly unknown[]): Promise<unknown> | undefined
  /** Sends a message of the session. */
  ask(message: Payload): void
  gap(room: string, from: RoomPosition, to: RoomPosition | undefined): void
}

/** The rooms that the server made this client a member of (PROTOCOL.md ROOM-4 to ROOM-7). */
export class Rooms {
  readonly #needs: RoomsNeeds
  #follower: RoomFollower | undefined

  constructor(needs: RoomsNeeds) {
    this.#needs = needs
  }

  /** What came on `star-room`. Throws `ERR_BAD_FRAME`. */
  item(args: readonly unknown[]): void {
    const item = parseRoomItem(args)
    if (this.#follower !== undefined) this.#follow(this.#follower.item(item))
  }

  /** A message of the session about a room; the promise settles when what it brought was taken. */
  control(control: FollowerInput): Promise<unknown> | undefined {
    this.#follower ??= new RoomFollower()
    return this.#follow(this.#follower.control(control))
  }

  /** Where the client stands in each room. */
  positions(): [string, RoomPosition][] {
    return [...(this.#follower?.positions() ?? [])]
  }

  /** Goes on where {@link positions} were taken. */
  restore(positions: Saved['rooms']): void {
    for (const [room, { epoch, offset }] of positions) this.control({ kind: 'joined', room, epoch, offset })
  }

  /** The session is on another connection. */
  resume(): void {
    if (this.#follower !== undefined) this.#follow(this.#follower.resume())
  }

  /** The session is one with nothing in common with the one before. */
  forget(): void {
    this.#follower = undefined
  }

  #follow(outputs: readonly FollowerOutput[]): Promise<unknown> | undefined {
    let taken: Promise<unknown>[] | undefined
    for (const output of outputs) {
      switch (output.do) {
        case 'deliver': {
          const [name, ...args] = output.message
          const settled = this.#needs.deliver(name as string, args)
          if (settled !== undefined) {
            taken ??= []
            taken.push(settled)
          }
          break
        }
        case 'fetch':
          this.#needs.ask(encodeRoomControl(output.control))
          break
        case 'gap':
          this.#needs.gap(output.room, output.from, output.to)
          break
        case 'refused':
          // followed by nobody: everything in it is lost to this client
          this.#needs.gap(output.room, { epoch: '', offset: 0 }, undefined)
          break
        case 'caught-up':
          break
        default:
          output satisfies never
      }
    }
    return taken && Promise.all(taken)
  }
}
