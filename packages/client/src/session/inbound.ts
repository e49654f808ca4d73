import { StarError } from '@socket-star/protocol'
import {
  decodePayload,
  type Encoded,
  encodeRoomControl,
  type FollowerOutput,
  Incoming,
  Listeners,
  parseMessage,
  parseRoomItem,
  RoomFollower,
} from '@socket-star/protocol/session'
import type { Dialogue } from './dialogue.ts'

const TEXT_EVENT = 'message'

/** What the server sends, from the Channel or around it to the application's listeners. */
export class Inbound {
  readonly listeners = new Listeners()
  onMessage: ((text: string) => void) | undefined
  /** The rooms that the server made this client a member of (ROOM-4 to ROOM-7). */
  rooms = new RoomFollower()
  incoming: Incoming
  readonly #dialogue: Dialogue

  constructor(dialogue: Dialogue) {
    this.#dialogue = dialogue
    this.incoming = this.#newIncoming()
  }

  /** Another session takes over: what answers a request of the one before is answered to nobody. */
  renew(forgetRooms: boolean): void {
    this.incoming = this.#newIncoming()
    if (forgetRooms) this.rooms = new RoomFollower()
  }

  /** A message of the session; the promise settles when it was taken. Throws `ERR_BAD_FRAME`. */
  message(payload: Encoded): Promise<unknown> | undefined {
    const message = parseMessage(decodePayload(payload))
    const { asking } = this.#dialogue.outgoing
    switch (message.kind) {
      case 'event':
        return this.#event(message.name, message.args)
      case 'request':
        return this.incoming.request(message)
      case 'response':
        asking.settle(message.id, undefined, message.args)
        return undefined
      case 'failure':
        asking.settle(message.id, message.error)
        return undefined
      case 'joined':
      case 'left':
      case 'replay':
      case 'gap':
        return this.follow(this.rooms.control(message))
      case 'fetch':
        // it is never asked
        throw new StarError('ERR_BAD_FRAME')
      default:
        return message satisfies never
    }
  }

  /** One event around the Channel. Throws `ERR_BAD_FRAME`. */
  volatileMessage(payload: Encoded): void {
    const message = parseMessage(decodePayload(payload))
    if (message.kind === 'event') void this.#event(message.name, message.args)
  }

  /** What came on `star-room`. Throws `ERR_BAD_FRAME`. */
  roomItem(args: readonly unknown[]): void {
    void this.follow(this.rooms.item(parseRoomItem(args)))
  }

  /** Does what the rooms ask for; the promise settles when what they brought was taken. */
  follow(outputs: readonly FollowerOutput[]): Promise<unknown> | undefined {
    let taken: Promise<unknown>[] | undefined
    for (const output of outputs) {
      switch (output.do) {
        case 'deliver': {
          const [name, ...args] = output.message
          const settled = this.#event(name as string, args)
          if (settled) {
            taken ??= []
            taken.push(settled)
          }
          break
        }
        case 'fetch':
          this.#dialogue.outgoing.say(encodeRoomControl(output.control))
          break
        case 'gap':
          this.tell('gap', output.room, output.from, output.to)
          break
        case 'refused':
          // followed by nobody: everything in it is lost to this client
          this.tell('gap', output.room, { epoch: '', offset: 0 }, undefined)
          break
        case 'caught-up':
          break
        default:
          output satisfies never
      }
    }
    return taken && Promise.all(taken)
  }

  /** Tells something that is not from the server; true when anybody listens. A listener that throws does not stop the session. */
  tell(event: string, ...args: unknown[]): boolean {
    const heard = this.listeners.of(event).length > 0
    void this.incoming.event(event, args)
    return heard
  }

  #event(name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    const [text] = args
    if (name === TEXT_EVENT && typeof text === 'string') {
      try {
        this.onMessage?.(text)
      } catch (error) {
        reportUncaught(error)
      }
    }
    return this.incoming.event(name, args)
  }

  #newIncoming(): Incoming {
    const { conduit } = this.#dialogue
    return new Incoming({
      listeners: this.listeners,
      send: (message) => conduit === this.#dialogue.conduit && this.#dialogue.outgoing.say(message),
      failed: reportUncaught,
    })
  }
}

/** As the platform's own `EventTarget` does. */
function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
