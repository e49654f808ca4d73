import { StarError } from '@socket-star/protocol'
import {
  type Asking,
  decodePayload,
  type Encoded,
  Incoming,
  Listeners,
  type Payload,
  parseMessage,
} from '@socket-star/protocol/session'
import { Rooms } from './rooms.ts'

const TEXT_EVENT = 'message'

/** What {@link Inbound} needs of its session. */
export interface InboundNeeds {
  readonly asking: Asking
  /** Sends a message of the session that this came in. @throws StarError as `emit` */
  say(message: Payload): boolean
}

/** What the server sends, from the Channel to the application's listeners. */
export class Inbound {
  readonly listeners = new Listeners()
  readonly rooms: Rooms
  onMessage: ((text: string) => void) | undefined
  #needs: InboundNeeds
  #incoming: Incoming | undefined

  constructor(needs: InboundNeeds) {
    this.#needs = needs
    this.rooms = new Rooms({
      deliver: (name, args) => this.#event(name, args),
      ask: (message) => this.#needs.say(message),
      gap: (room, from, to) => this.tell('gap', room, from, to),
    })
  }

  /** Another session takes over: what answers a request of the one before is answered to nobody. */
  renew(needs: InboundNeeds): void {
    this.#needs = needs
    this.#incoming = undefined
  }

  /** Requests that the application has not answered. */
  get inWork(): number[] {
    return this.#incoming?.inWork ?? []
  }

  /** A message of the session. Throws `ERR_BAD_FRAME`. */
  message(payload: Encoded): Promise<unknown> | undefined {
    const message = parseMessage(decodePayload(payload))
    switch (message.kind) {
      case 'event':
        return this.#event(message.name, message.args)
      case 'request':
        return this.#receiver.request(message)
      case 'response':
        this.#needs.asking.settle(message.id, undefined, message.args)
        return undefined
      case 'failure':
        this.#needs.asking.settle(message.id, message.error)
        return undefined
      case 'joined':
      case 'left':
      case 'replay':
      case 'gap':
        return this.rooms.control(message)
      case 'fetch':
        throw new StarError('ERR_BAD_FRAME', 'a server does not ask for what came in a room')
      default:
        return message satisfies never
    }
  }

  /** One event around the Channel. Throws `ERR_BAD_FRAME`. */
  volatileMessage(payload: Encoded): void {
    const message = parseMessage(decodePayload(payload))
    if (message.kind === 'event') void this.#event(message.name, message.args)
  }

  hears(event: string): boolean {
    return this.listeners.of(event).length > 0
  }

  /** Tells something that is not from the server. A listener that throws does not stop the session. */
  tell(event: string, ...args: unknown[]): void {
    for (const listener of this.listeners.of(event)) guarded(() => listener(...args))
  }

  #event(name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    const [text] = args
    if (name === TEXT_EVENT && typeof text === 'string') guarded(() => this.onMessage?.(text))
    return this.#receiver.event(name, args)
  }

  get #receiver(): Incoming {
    const needs = this.#needs
    this.#incoming ??= new Incoming({
      listeners: this.listeners,
      send: (message) => needs.say(message),
      failed: reportUncaught,
    })
    return this.#incoming
  }
}

function guarded(call: () => void): void {
  try {
    call()
  } catch (error) {
    reportUncaught(error)
  }
}

/** As the platform's own `EventTarget` does. */
function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
