import type { OutgoingFrame } from '@socket-star/protocol/channel'
import {
  type Announcement,
  type ConduitLink,
  type Encoded,
  encodeFrame,
  FRAME_EVENT,
  Watched,
  type WatchTimes,
} from '@socket-star/protocol/session'
import type { Env } from '../env.ts'
import type { ClientSocket } from '../options.ts'
import { bufferedBytes, isHeldBack, readBytes, unsentBytes } from '../platform.ts'
import { Wire } from '../wire.ts'
import { announceInAuth } from './auth.ts'
import { BACKLOG_LOOK_MS, SOCKET_BACKLOG_BYTES } from './limits.ts'
import { Timer } from './timer.ts'

type Handler = (...args: unknown[]) => void

/** What happens on a carrier's events while it is open; whoever cannot read what came throws. */
export type Heard = Readonly<Record<string, (carrier: Carrier, args: readonly unknown[]) => void>>

/** The session that a {@link Carrier} is a socket of. */
export interface CarrierOwner {
  readonly env: Env
  readonly now: number
  readonly times: WatchTimes
  readonly identity: { announce(): Announcement }
  readonly heard: Heard
  /** It is connected. */
  opened(carrier: Carrier): void
  /** Its connection is gone. */
  lose(carrier: Carrier): void
  /** Its connection has to go: what came could not be dealt with. */
  fault(carrier: Carrier, error: unknown): void
  /** One of Socket.IO's own events. */
  told(carrier: Carrier, event: string, args: unknown[]): void
}

/** What a Socket.IO client socket has that its version may lack. */
interface Insides extends ClientSocket {
  readonly active?: boolean
  connect?(): unknown
  disconnect?(): unknown
  readonly io?: {
    readonly _readyState?: string
    reconnection?(): boolean
    readonly engine?: {
      readonly readyState?: string
      on?(event: string, handler: Handler): unknown
      off?(event: string, handler: Handler): unknown
      readonly transport?: {
        close?(): void
        onClose?(): void
        readonly ws?: unknown
      }
    }
  }
}

/** One Socket.IO socket under the session. While it has a connection it is a path of the session's Channel. */
export class Carrier extends Watched implements ConduitLink {
  /** Its connection is gone, or is not wanted: nothing is heard from it or said on it before another one. */
  closed = false
  /** For the server's part of the handshake, which is to come in time; and then for a backlog, which is to leave. */
  readonly timer: Timer
  /** A connection was asked for with the announcement: so is every later one. */
  announced = false
  readonly wire: Wire
  readonly socket: Insides
  readonly #session: CarrierOwner
  readonly #handlers = new Map<string, Handler>()
  /** Takes the announcement out of its `auth`, once it takes part. */
  #undo: (() => void) | undefined

  constructor(socket: ClientSocket, session: CarrierOwner) {
    super(session.times)
    this.timer = new Timer(session.env.timers)
    this.wire = new Wire(socket, session.env)
    this.socket = socket
    this.#session = session
    for (const event of ['connect', 'disconnect', 'connect_error']) {
      this.#on(event, (...args) => {
        // one that was taken away just now
        if (this.#handlers.has(event)) session.told(this, event, args)
      })
    }
  }

  /** Puts the announcement beside its `auth`, and takes part from now on. What Socket.IO tells is heard before as well. */
  begin(): void {
    const session = this.#session
    this.#undo = announceInAuth(this.wire, () => {
      this.announced = true
      return session.identity.announce()
    })
    for (const [event, hear] of Object.entries(session.heard)) {
      this.#on(event, (...args) => {
        if (this.closed) return
        try {
          hear(this, args)
        } catch (error) {
          session.fault(this, error)
        }
      })
    }
    this.open()
  }

  #on(event: string, handler: Handler): void {
    this.#handlers.set(event, handler)
    this.socket.on(event, handler)
  }

  /** Takes part on the connection that is there, once it has begun. */
  open(): void {
    if (!this.#undo || !this.socket.connected) return
    this.#deaf()
    // whatever comes, Engine.IO's heartbeat or what goes over the connection beside the session: a sign of life (SES-9)
    this.socket.io?.engine?.on?.('packet', this.#alive)
    this.#session.opened(this)
  }

  readonly #alive = (): void => this.heard(this.#session.now)

  #deaf(): void {
    this.socket.io?.engine?.off?.('packet', this.#alive)
  }

  /** False when Socket.IO does not connect it again by itself. */
  get active(): boolean {
    return this.socket.active !== false
  }

  /** False when the application has told Socket.IO never to connect again by itself. */
  get reconnects(): boolean {
    return this.socket.io?.reconnection?.() !== false
  }

  /** `atOnce`: gives up an attempt that is under way, and the wait for the next one. */
  connect(atOnce?: boolean): void {
    const { active, connected, io } = this.socket
    // the namespace was asked for already: a second CONNECT would make a second socket of it at the server
    if (connected || (active && io?._readyState === 'open')) return
    if (atOnce) this.disconnect()
    this.socket.connect?.()
  }

  /** Leaves the namespace; Socket.IO does not connect it again by itself. */
  disconnect(): void {
    this.socket.disconnect?.()
  }

  /**
   * Closes the connection below, so that Socket.IO connects again: now, for `engine.close()` waits until all was taken
   * and every request answered, which on a dead connection is for ever.
   */
  cut(): void {
    const { readyState, transport } = this.socket.io?.engine ?? {}
    // of one that is still being opened Socket.IO would not hear, and wait until its time is over
    if (readyState === 'opening') return
    transport?.close?.()
    // one that gives way to a WebSocket does not say so by itself
    transport?.onClose?.()
  }

  /** It is not needed any more: no connection, no listener. */
  retire(): void {
    for (const [event, handler] of this.#handlers) this.socket.off(event, handler)
    this.#handlers.clear()
    this.#deaf()
    this.#undo?.()
    this.disconnect()
    this.#session.lose(this)
  }

  /** Emits an event of the suite; false when the connection is down or, if `volatile`, busy. */
  say(event: string, argument: unknown, volatile?: boolean): boolean {
    return !this.closed && this.wire.say([event, argument], volatile)
  }

  write(frame: OutgoingFrame<Encoded>): void {
    // what is refused now is sent again: a socket that is down tells so soon
    const message = [FRAME_EVENT, ...encodeFrame(frame)] as const
    if (frame.payloads.every(isText)) this.wire.sayText(message)
    else this.wire.say(message)
  }

  get backedUp(): boolean {
    return bufferedBytes(this.socket.io?.engine) > SOCKET_BACKLOG_BYTES
  }

  // whatever is acknowledged makes for another look, too
  onDrain(callback: () => void): void {
    this.timer.set(BACKLOG_LOOK_MS, callback)
  }

  protected unsentBytes(): number {
    return unsentBytes(this.socket.io?.engine)
  }

  protected readBytes(): number {
    return readBytes(this.socket.io?.engine)
  }

  protected isHeld(): boolean {
    return isHeldBack(this.socket.io?.engine)
  }
}

function isText(payload: Encoded): boolean {
  return typeof payload === 'string'
}
