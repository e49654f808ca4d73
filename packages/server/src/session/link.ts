import type { OutgoingFrame } from '@socket-star/protocol/channel'
import {
  type Claim,
  type CloseReason,
  type Encoded,
  encodeClose,
  encodeFrame,
  Liveness,
  type LivenessOutput,
  SESSION_EVENTS,
  type ServerHandshake,
} from '@socket-star/protocol/session'
import { pressureOf, type SocketPressure } from '@socket-star/pull-stream'
import type { AnySocket } from '../socket-types.ts'
import { emitOwn } from './own-event.ts'
import type { ServerSession } from './session.ts'
import { DRAIN_ANSWER_MS, SOCKET_BACKLOG_BYTES } from './settings.ts'

/** While something is outstanding it is looked that many times in `answerMs` whether bytes move. */
const LOOKS = 4

export interface LinkTimes {
  readonly heartbeatMs: number
  readonly answerMs: number
}

/** One socket on its way to carry a session, or carrying one. */
export class Link {
  /** The name of this socket towards the machines; none is ever used again. */
  readonly id: number
  readonly socket: AnySocket
  readonly handshake: ServerHandshake
  claim: Claim
  session: ServerSession | undefined
  /** Nothing is heard from it or said to it any more. */
  closed = false

  readonly #times: LinkTimes
  #liveness: Liveness | undefined
  #pressure: SocketPressure | undefined
  #outstanding = false
  #heardAt = 0
  #lookedAt = 0
  #waitingBytes = 0
  #readBytes = 0
  /** An older socket of a session: until when it has to be heard. */
  #drainUntil = Number.POSITIVE_INFINITY

  constructor(id: number, socket: AnySocket, handshake: ServerHandshake, claim: Claim, times: LinkTimes) {
    this.id = id
    this.socket = socket
    this.handshake = handshake
    this.claim = claim
    this.#times = times
  }

  /** It carries a session from now on. */
  carry(now: number): void {
    const { heartbeatMs, answerMs } = this.#times
    this.#liveness = new Liveness(now, { idleMs: heartbeatMs, answerMs })
    this.#heardAt = now
    this.#drainUntil = Number.POSITIVE_INFINITY
  }

  /** A newer socket carries the session. */
  drain(now: number): void {
    this.#liveness = undefined
    this.#drainUntil = now + DRAIN_ANSWER_MS
  }

  /** It is drained, its client will close it. */
  drained(): void {
    this.#drainUntil = Number.POSITIVE_INFINITY
  }

  heard(now: number): void {
    this.#heardAt = now
    this.#liveness?.heard(now)
    if (this.#drainUntil !== Number.POSITIVE_INFINITY) this.#drainUntil = now + this.#times.answerMs
  }

  write(frame: OutgoingFrame<Encoded>): void {
    emitOwn(this.socket, SESSION_EVENTS.frame, encodeFrame(frame))
    this.#liveness?.sent()
  }

  /** Whether something waits for the client's answer; `largeBytes` as {@link Liveness.outstanding} has it. */
  outstanding(now: number, is: boolean, largeBytes: number): void {
    if (is && !this.#outstanding) this.#look(now)
    this.#outstanding = is
    this.#liveness?.outstanding(now, is, largeBytes)
  }

  deadline(): number {
    const silence = Math.min(this.#drainUntil, this.#liveness?.deadline() ?? Number.POSITIVE_INFINITY)
    return this.#outstanding ? Math.min(silence, this.#lookedAt + this.#times.answerMs / LOOKS) : silence
  }

  timeout(now: number): LivenessOutput | undefined {
    if (now >= this.#drainUntil) return 'timeout'
    if (this.#outstanding) this.#look(now)
    return this.#liveness?.timeout(now)
  }

  /** The connection holds more than it should, and nothing more is given to it until it drained. */
  get backedUp(): boolean {
    return this.pressure.bufferedBytes() > SOCKET_BACKLOG_BYTES
  }

  get pressure(): SocketPressure {
    this.#pressure ??= pressureOf(this.socket)
    return this.#pressure
  }

  /** Tells the client why, and closes the socket: the engine where Socket.IO is to reconnect, else the namespace (SES-5). */
  close(reason: CloseReason, error?: unknown, retryable?: boolean): void {
    emitOwn(this.socket, SESSION_EVENTS.close, [encodeClose(reason, error, retryable)])
    // whoever does not answer would not let a backlog drain either
    if (reason === 'timeout') this.socket.conn.close(true)
    else this.socket.disconnect()
  }

  /** Bytes that moved since the last look are a sign of life, of that time at least (SES-9). */
  #look(now: number): void {
    const waiting = this.pressure.unsentBytes()
    const read = readBytes(this.socket)
    if (this.#outstanding && (read > this.#readBytes || waiting < this.#waitingBytes)) {
      this.#liveness?.progress(Math.max(this.#heardAt, this.#lookedAt))
    }
    this.#lookedAt = now
    this.#waitingBytes = waiting
    this.#readBytes = read
  }
}

/** Bytes that came in on the connection below, 0 where that cannot be seen. */
function readBytes(socket: AnySocket): number {
  const { transport } = socket.conn as unknown as {
    transport?: { socket?: { _socket?: { bytesRead?: unknown } } }
  }
  const bytes = transport?.socket?._socket?.bytesRead
  return typeof bytes === 'number' ? bytes : 0
}
