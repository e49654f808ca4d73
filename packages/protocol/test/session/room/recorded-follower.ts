import {
  type FollowerInput,
  type FollowerParty,
  type Payload,
  parseMessage,
  type RoomFetch,
  RoomFollower,
  type RoomItem,
  type RoomPosition,
} from '@socket-star/protocol/session'

/** What a follower told, in order. */
export type FollowerOutput =
  | { readonly do: 'deliver'; readonly message: Payload }
  | { readonly do: 'fetch'; readonly control: RoomFetch }
  | {
      readonly do: 'gap'
      readonly room: string
      readonly from: RoomPosition
      readonly to: RoomPosition | undefined
    }

/** A follower whose inputs answer with what it told. */
export class RecordedFollower implements FollowerParty {
  readonly #follower = new RoomFollower(this)
  #outputs: FollowerOutput[] = []

  positions(): Map<string, RoomPosition> {
    return new Map(this.#follower.positions())
  }

  item(item: RoomItem): FollowerOutput[] {
    this.#follower.item(item)
    return this.#outputs.splice(0)
  }

  control(control: FollowerInput): FollowerOutput[] {
    this.#follower.control(control)
    return this.#outputs.splice(0)
  }

  resume(): FollowerOutput[] {
    this.#follower.resume()
    return this.#outputs.splice(0)
  }

  deliver(message: Payload): void {
    this.#outputs.push({ do: 'deliver', message })
  }

  owe(question: Payload): void {
    this.#outputs.push({ do: 'fetch', control: parseMessage(question) as RoomFetch })
  }

  tell(_: 'gap', room: string, from: RoomPosition, to: RoomPosition | undefined): void {
    this.#outputs.push({ do: 'gap', room, from, to })
  }
}
