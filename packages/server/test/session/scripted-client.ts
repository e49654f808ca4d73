import { randomBytes } from 'node:crypto'
import { type Channel, createChannel } from '@socket-star/protocol/channel'
import {
  AUTH_KEY,
  type ClientDriver,
  ClientIdentity,
  type Close,
  createToken,
  decodeFrame,
  decodePayload,
  type Encoded,
  encodeFrame,
  encodePayload,
  type FollowerInput,
  type Message,
  type Payload,
  parseAside,
  parseClose,
  parseMessage,
  payloadAttachments,
  payloadBytes,
  RoomFollower,
  type RoomNews,
  type RoomPosition,
  SESSION_EVENTS,
  type SessionParameters,
  STATUS,
  TOKEN_BYTES,
  TOKEN_LENGTH,
} from '@socket-star/protocol/session'
import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client'
import { type Host as AnyHost, until } from '../support/host.ts'

/** Where sockets come from. */
type Host = Pick<AnyHost, 'client'>

export interface ScriptedOptions {
  readonly io?: Partial<ManagerOptions & SocketOptions>
  /** The token of another client: to take its session over, or to guess. */
  readonly token?: string
  readonly owner?: string
  /** Announce by the event rather than in `auth`. */
  readonly late?: boolean
  /** Say the Channel's HELLO behind the token that is shown (SES-19). */
  readonly early?: boolean
  readonly auth?: Record<string, unknown>
}

/** What a follower of rooms does. */
type RoomDeed =
  | { readonly do: 'deliver'; readonly message: Payload }
  | { readonly do: 'fetch' }
  | {
      readonly do: 'gap'
      readonly room: string
      readonly from: RoomPosition
      readonly to: RoomPosition | undefined
    }

/** The machines of a client on real sockets, with nothing around them: a test sees and does everything. */
export class ScriptedClient {
  readonly identity: ClientIdentity<number>
  channel: Channel<Encoded> = newChannel()
  readonly sockets = new Map<number, Socket>()
  /** What the server sent to the application, in order. */
  readonly messages: Message[] = []
  readonly items: RoomNews[] = []
  readonly closes: Close[] = []
  /** Another owner took the session over. */
  isDisplaced = false
  welcome: SessionParameters | undefined
  /** Message 0 of its first session. */
  first: unknown
  /** Welcomes that came around the Channel. */
  welcomedBack = 0
  readonly follower = new RoomFollower({
    asking: { last: 0 },
    owe: (question) => {
      this.room.push({ do: 'fetch' })
      this.say(question)
    },
    tell: (_, room, from, to) => this.room.push({ do: 'gap', room, from, to }),
  })
  /** What the follower did, in order. */
  readonly room: RoomDeed[] = []
  drained: unknown[] = []
  #host: Host
  readonly #options: ScriptedOptions
  /** Nothing is written any more, though everything is heard. */
  mute = false
  #lastId = 0
  readonly #driver: ClientDriver<number> = {
    send: (id, what) => {
      this.sockets.get(id)?.emit(SESSION_EVENTS.dop, what)
      const shown =
        typeof what === 'string' && what.length > TOKEN_LENGTH && id !== this.identity.current?.socket
      if (shown && this.#options.early) this.greet(id)
    },
    close: (id, stays) => {
      // HS-10: the server closes it; SES-5: without a session it stays
      if (!stays && this.identity.status !== STATUS.DISCONNECTED) this.sockets.get(id)?.disconnect()
    },
    connected: (id, how) => {
      if (how === 'renewed') this.channel = newChannel()
      if (how !== 'resumed' || !this.#options.early) this.greet(id)
      if (how === 'resumed') this.follower.resume()
    },
    displaced: () => {
      this.isDisplaced = true
    },
    tell: () => {},
    refused: () => {},
    ended: () => {},
  }
  #timer: NodeJS.Timeout | undefined

  constructor(host: Host, options: ScriptedOptions = {}) {
    this.#host = host
    this.#options = options
    this.identity = new ClientIdentity(
      this.#driver,
      createToken(randomBytes(TOKEN_BYTES)),
      options.owner ?? randomBytes(12).toString('hex'),
      options.token,
    )
  }

  /** A client whose session is there. */
  static async connected(host: Host, options?: ScriptedOptions): Promise<ScriptedClient> {
    const client = new ScriptedClient(host, options)
    client.open()
    await until(() => client.welcome !== undefined)
    return client
  }

  get status(): number {
    return this.identity.status
  }

  get token(): string {
    return this.identity.token ?? ''
  }

  /** Names and arguments of the events that came. */
  get events(): unknown[][] {
    return this.messages.flatMap((each) => (each.kind === 'event' ? [[each.name, ...each.args]] : []))
  }

  /** Events of rooms that reached the application, in order. */
  get news(): unknown[][] {
    return this.room.flatMap((each) => (each.do === 'deliver' ? [[...each.message]] : []))
  }

  /** Opens one more socket and shows what the client has. */
  open(): Socket {
    const { io, late, auth } = this.#options
    const id = ++this.#lastId
    const announcement = late ? {} : { [AUTH_KEY]: this.identity.announce() }
    const socket = this.#host.client({ ...io, auth: { ...auth, ...announcement } })
    this.sockets.set(id, socket)
    socket.on('connect', () => this.identity.open(id, late !== true))
    socket.on('disconnect', () => {
      this.channel.detach(id)
      this.identity.closed(id)
      this.flush()
    })
    socket.on(SESSION_EVENTS.dop, (token) => this.identity.receive(id, token))
    socket.on(SESSION_EVENTS.frame, (...args) => {
      this.channel.receive(id, decodeFrame(args), performance.now())
      this.#pump()
      this.flush()
    })
    socket.on(SESSION_EVENTS.volatile, (...args) => {
      const message = parseAside(args)
      if (message.kind === 'welcome') this.welcomedBack += 1
      if (message.kind !== 'room') this.#take(message)
      else {
        this.items.push(message)
        this.#news(message)
      }
    })
    socket.on(SESSION_EVENTS.close, (...args) => {
      const close = parseClose(args)
      this.closes.push(close)
      this.identity.refused(id, close)
      if (close.reason !== 'forbidden') socket.disconnect()
    })
    return socket
  }

  /** The socket that carries the session. */
  get socket(): Socket {
    const socket = this.sockets.get(this.identity.current?.socket as number)
    if (socket === undefined) throw new Error('no socket carries the session')
    return socket
  }

  /** Further sockets go to another server. */
  moveTo(host: Host): void {
    this.#host = host
  }

  /** Where it is in each room. */
  positions(): Map<string, RoomPosition> {
    return new Map(this.follower.places().map(({ room, epoch, offset }) => [room, { epoch, offset }]))
  }

  /** Cuts the connection without a word. */
  cut(socket = this.socket): void {
    socket.io.engine.close()
  }

  /** Opens a socket and waits until the session is on it. */
  async resume(): Promise<void> {
    this.open()
    const id = this.#lastId
    await until(() => this.identity.current?.socket === id)
  }

  /** Says the Channel's HELLO on a socket. */
  greet(socket: string | number): void {
    this.channel.attach({ id: socket, mode: 'in-order' })
    this.flush()
  }

  say(message: Payload): void {
    this.channel.send(encodePayload(message))
    this.flush()
  }

  /** Resolves when the server has everything that was said. */
  async flushed(): Promise<void> {
    await until(() => this.channel.acked >= this.channel.accepted)
  }

  async disconnect(): Promise<void> {
    this.identity.disconnect()
    await until(() => this.status === STATUS.DISCONNECTED)
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const socket of this.sockets.values()) socket.disconnect()
  }

  flush(): void {
    const { channel } = this
    for (let frame = channel.pull(performance.now()); frame; frame = channel.pull(performance.now())) {
      if (!this.mute)
        this.sockets.get(frame.path as number)?.emit(SESSION_EVENTS.frame, ...encodeFrame(frame))
    }
    this.#pump()
    clearTimeout(this.#timer)
    const at = channel.deadline()
    if (at === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(
      () => {
        channel.timeout(performance.now())
        this.flush()
      },
      Math.max(0, at - performance.now()),
    )
  }

  #pump(): void {
    const { channel } = this
    for (let delivery = channel.next(); delivery; delivery = channel.next()) {
      channel.consume(delivery)
      const payload = decodePayload(delivery.payload)
      this.first ??= payload
      this.#take(parseMessage(payload))
    }
    for (let event = channel.event(); event; event = channel.event()) {
      if (event.type === 'drained') this.drained.push(event.path)
    }
  }

  #take(message: Message): void {
    if (message.kind === 'welcome') this.welcome = message.parameters
    else this.messages.push(message)
    switch (message.kind) {
      case 'left':
        this.follower.leave(message.room)
        break
      case 'room':
        this.#news(message)
        break
      default:
    }
  }

  #news(news: FollowerInput): void {
    for (const message of this.follower.take(news)) this.room.push({ do: 'deliver', message })
  }
}

function newChannel(): Channel<Encoded> {
  return createChannel<Encoded>({
    measure: { bytes: payloadBytes, attachments: payloadAttachments },
    welcome: 'expects',
  })
}
