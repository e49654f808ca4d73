import {
  type FollowerInput,
  type FollowerParty,
  type Payload,
  parseMessage,
  RoomFollower,
  type RoomNews,
  type RoomPosition,
} from '@socket-star/protocol/session'

/** What a follower told, in order. */
export type FollowerOutput =
  | { readonly do: 'deliver'; readonly message: Payload }
  | { readonly do: 'fetch'; readonly control: RoomNews }
  | {
      readonly do: 'gap'
      readonly room: string
      readonly from: RoomPosition
      readonly to: RoomPosition | undefined
    }

/** What a server says that makes a member, or tells one where the log ends. */
export const told = (room: string, { epoch, offset }: RoomPosition): FollowerInput => ({
  room,
  epoch,
  offset,
})

/** A follower whose inputs answer with what it told. */
export class RecordedFollower implements FollowerParty {
  readonly asking = { last: 0 }
  readonly #follower = new RoomFollower(this)
  #outputs: FollowerOutput[] = []

  positions(): Map<string, RoomPosition> {
    return new Map(this.#follower.places().map(({ room, epoch, offset }) => [room, { epoch, offset }]))
  }

  take(news: FollowerInput): FollowerOutput[] {
    for (const message of this.#follower.take(news)) this.#outputs.push({ do: 'deliver', message })
    return this.#outputs.splice(0)
  }

  leave(room: string): void {
    this.#follower.leave(room)
  }

  resume(): FollowerOutput[] {
    this.#follower.resume()
    return this.#outputs.splice(0)
  }

  owe(question: Payload): void {
    this.#outputs.push({ do: 'fetch', control: parseMessage(question) as RoomNews })
  }

  tell(_: 'gap', room: string, from: RoomPosition, to: RoomPosition | undefined): void {
    this.#outputs.push({ do: 'gap', room, from, to })
  }
}
