import type { OutgoingFrame } from '@socket-star/protocol/channel'
import {
  type ConduitLink,
  type Encoded,
  encodeFrame,
  SESSION_EVENTS,
  Watched,
  type WatchTimes,
} from '@socket-star/protocol/session'
import { bufferedBytes, engineOf, isHeld, onDrain, type Timers, unsentBytes } from '@socket-star/pull-stream'
import type { Carrier } from './carrier.ts'
import { BACKLOG_LOOK_MS, SOCKET_BACKLOG_BYTES } from './limits.ts'

/** One connection of a socket: a path of the session's Channel. */
export class Line extends Watched implements ConduitLink {
  readonly id: number
  readonly carrier: Carrier
  /** Nothing is heard from it or said on it any more. */
  closed = false

  readonly #timers: Timers

  constructor(id: number, carrier: Carrier, times: WatchTimes, timers: Timers) {
    super(times)
    this.id = id
    this.carrier = carrier
    this.#timers = timers
  }

  /** Emits an event of the suite; false when the connection is down or, if `volatile`, busy. */
  say(event: string, args: readonly unknown[], volatile = false): boolean {
    if (this.closed) return false
    this.sent()
    return volatile ? this.carrier.wire.emitVolatile(event, ...args) : this.carrier.wire.emit(event, ...args)
  }

  write(frame: OutgoingFrame<Encoded>): void {
    // what is refused now is sent again: a socket that is down tells so soon
    if (this.closed) return
    this.sent()
    const args = encodeFrame(frame)
    const { wire } = this.carrier
    if (frame.payloads.every(isText)) wire.emitText(SESSION_EVENTS.frame, ...args)
    else wire.emit(SESSION_EVENTS.frame, ...args)
  }

  get backedUp(): boolean {
    return bufferedBytes(this.#engine) > SOCKET_BACKLOG_BYTES
  }

  onDrain(callback: () => void): () => void {
    let cancel: () => void
    const look = (): void => {
      cancel = this.#timers.after(BACKLOG_LOOK_MS, () => {
        look()
        callback()
      })
    }
    look()
    const stop = onDrain(this.#engine, callback)
    return () => {
      cancel()
      stop()
    }
  }

  protected unsentBytes(): number {
    return unsentBytes(this.#engine)
  }

  protected readBytes(): number {
    return this.carrier.readBytes
  }

  protected isHeld(): boolean {
    return isHeld(this.#engine)
  }

  get #engine() {
    return engineOf(this.carrier.wire)
  }
}

function isText(payload: Encoded): boolean {
  return typeof payload === 'string'
}
