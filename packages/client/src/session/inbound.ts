import { StarError } from '@socket-star/protocol'
import { ANSWER } from '@socket-star/protocol/channel'
import {
  decodePayload,
  type Encoded,
  Incoming,
  type Listener,
  type Payload,
  parseMessage,
  parseRoomItem,
  RoomFollower,
} from '@socket-star/protocol/session'
import { callGuarded, reportUncaught } from '../call-guarded.ts'
import type { Dialogue } from './dialogue.ts'

/** The event of `send(text)` (SES-8). */
export const TEXT_EVENT = 'message'

/** What the server sends, from the Channel or around it to the application's listeners. */
export class Inbound extends Incoming {
  /** The rooms that the server made this client a member of (ROOM-4 to ROOM-7). */
  rooms = this.#newFollower()
  readonly #dialogue: Dialogue
  /** What the listeners of room messages promised. */
  #delivered: Promise<unknown>[] = []

  constructor(dialogue: Dialogue, inWork: readonly number[] | undefined) {
    super(inWork)
    this.#dialogue = dialogue
  }

  /** Another session takes over. */
  renew(forgetRooms: boolean): void {
    this.forget()
    if (forgetRooms) this.rooms = this.#newFollower()
  }

  /** A message of the session; the promise settles when it was taken. Throws `ERR_BAD_FRAME`. */
  message(payload: Encoded): Promise<unknown> | undefined {
    const message = parseMessage(decodePayload(payload))
    const { asking } = this.#dialogue
    switch (message.kind) {
      case 'event':
        return this.#event(message.name, message.args)
      case 'request':
        return this.request(message)
      case 'response':
        asking.settle(message.id, undefined, message.args)
        return undefined
      case 'failure':
        asking.settle(message.id, message.error)
        return undefined
      case 'fetch':
        // it is never asked
        throw new StarError('ERR_BAD_FRAME')
      default:
        this.rooms.control(message)
        return this.#settled()
    }
  }

  /** One event around the Channel. Throws `ERR_BAD_FRAME`. */
  volatileMessage(payload: Encoded): void {
    const message = parseMessage(decodePayload(payload))
    if (message.kind === 'event') void this.#event(message.name, message.args)
  }

  /** What came on `star-room`. Throws `ERR_BAD_FRAME`. */
  roomItem(args: readonly unknown[]): void {
    this.rooms.item(parseRoomItem(args))
    this.#delivered = []
  }

  /** Tells something that is not from the server; true when anybody listens. A listener that throws does not stop the session. */
  tell(event: string, ...args: unknown[]): boolean {
    const heard = this.listenersOf(event).length > 0
    void this.event(event, args)
    return heard
  }

  protected listenersOf(event: string): readonly Listener[] {
    return this.#dialogue.init.star.listeners(event).slice()
  }

  protected answer(message: Payload): void {
    this.#dialogue.say(message, ANSWER)
  }

  protected refuse(message: Payload): void {
    this.#dialogue.owe(message)
  }

  protected failed(error: unknown): void {
    reportUncaught(error)
  }

  #event(name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    const [text] = args
    if (name === TEXT_EVENT && typeof text === 'string')
      callGuarded(this.#dialogue.init.star.onMessage, [text])
    return this.event(name, args)
  }

  /** Settles when what the rooms brought was taken. */
  #settled(): Promise<unknown> | undefined {
    const delivered = this.#delivered.splice(0)
    return delivered.length > 0 ? Promise.all(delivered) : undefined
  }

  #newFollower(): RoomFollower {
    return new RoomFollower({
      deliver: ([name, ...args]) => {
        const settled = this.#event(name as string, args)
        if (settled) this.#delivered.push(settled)
      },
      ask: (question) => this.#dialogue.owe(question),
      gap: (...lost) => void this.tell('gap', ...lost),
    })
  }
}
