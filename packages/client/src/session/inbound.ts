import {
  type Asking,
  decodePayload,
  type Encoded,
  type FollowerInput,
  type FollowerParty,
  Incoming,
  type Listener,
  parseMessage,
  RoomFollower,
  type SessionParameters,
} from '@socket-star/protocol/session'
import { callGuarded, reportUncaught } from '../call-guarded.ts'
import type { Carrier } from './carrier.ts'
import type { ClientSessionInit } from './types.ts'

/** The event of `send(text)` (SES-8). */
export const TEXT_EVENT = 'message'

/**
 * What a session brings its application: what the server says in the Channel and around it, and what the layers above
 * have to tell.
 */
export abstract class Inbound extends Incoming implements FollowerParty {
  /** The rooms that the server made this client a member of (ROOM-4 to ROOM-7). */
  protected rooms = new RoomFollower(this)

  /** Message 0 came. */
  protected abstract welcome(parameters: SessionParameters): void
  abstract readonly init: ClientSessionInit
  abstract readonly asking: Asking
  /** What came cannot be read; or it can, and the mistake is ours: the connection goes all the same. */
  abstract fault(carrier: Carrier | undefined, error: unknown): void

  /** A message of the session; the promise settles when it was taken. */
  message(payload: Encoded, carrier: Carrier | undefined): Promise<unknown> | undefined {
    // without a function of its own: this is done for each message
    try {
      const message = parseMessage(decodePayload(payload))
      switch (message.kind) {
        case 'event':
          return this.deliver(message.name, message.args)
        case 'request':
          return this.request(message)
        case 'response':
          this.asking.settle(message)
          break
        case 'left':
          this.rooms.leave(message.room)
          break
        case 'welcome':
          this.welcome(message.parameters)
          break
        default:
          return Promise.all(this.news(message))
      }
    } catch (error) {
      this.fault(carrier, error)
    }
    return undefined
  }

  /** Tells something that is not from the server; true when anybody listens. A listener that throws does not stop the session. */
  tell(event: string, ...args: unknown[]): boolean {
    const heard = this.listenersOf(event).length > 0
    void this.call(event, args)
    return heard
  }

  protected listenersOf(event: string): readonly Listener[] {
    return this.init.star.listeners(event).slice()
  }

  protected failed(error: unknown): void {
    reportUncaught(error)
  }

  /** Hands on what is new in a room. */
  protected news(news: FollowerInput): (Promise<unknown> | undefined)[] {
    return this.rooms.take(news).map(([name, ...args]) => this.deliver(name as string, args))
  }

  /** Hands an event to the application. */
  protected deliver(name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    const [text] = args
    if (name === TEXT_EVENT && typeof text === 'string') callGuarded(this.init.star.onMessage, [text])
    return this.call(name, args)
  }
}
