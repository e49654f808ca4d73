import type { OutgoingFrame } from '@socket-star/protocol/channel'
import {
  type Claim,
  type CloseReason,
  type ConduitLink,
  type Encoded,
  encodeClose,
  encodeFrame,
  SESSION_EVENTS,
  type ServerHandshake,
  Watched,
  type WatchTimes,
} from '@socket-star/protocol/session'
import { isReaderBehind, pressureOf, type SocketPressure, type UnreadWatch } from '@socket-star/pull-stream'
import type { AnySocket } from '../socket-types.ts'
import type { EarlyFrames } from './early-frames.ts'
import { onHeartbeat } from './heartbeats.ts'
import { emitOwn } from './own-event.ts'
import type { SessionCore } from './session-core.ts'
import { SOCKET_BACKLOG_BYTES } from './settings.ts'

/** On a slow network silence may last so many times `answerMs` at most (SES-9). */
const SLOW_NETWORK_TIMES = 8
/** A connection that carried its session so long says nothing of how slow the network is, in milliseconds (SES-9). */
const STABLE_MS = 60_000

/** One socket on its way to carry a session, or carrying one. */
export class Link extends Watched implements ConduitLink {
  /** The name of this socket towards the machines; none is ever used again. */
  readonly id: number
  readonly socket: AnySocket
  readonly handshake: ServerHandshake
  claim: Claim
  session: SessionCore | undefined
  /** Whom its session is counted for, once somebody asked. */
  holder: string | undefined
  /** What came while the token that this socket showed is judged, and only then. */
  early: EarlyFrames | undefined
  /** Nothing is heard from it or said to it any more. */
  closed = false

  readonly #unread: UnreadWatch
  #carriedAt = Number.POSITIVE_INFINITY
  #pressure: SocketPressure | undefined
  #stopWaiting: (() => void) | undefined
  #offAlive: (() => void) | undefined

  constructor(
    id: number,
    socket: AnySocket,
    handshake: ServerHandshake,
    claim: Claim,
    times: WatchTimes,
    unread: UnreadWatch,
  ) {
    super(times)
    this.id = id
    this.socket = socket
    this.handshake = handshake
    this.claim = claim
    this.#unread = unread
  }

  override carry(now: number): void {
    this.#carriedAt = now
    super.carry(now)
  }

  /**
   * The `answerMs` of the next connection, this one having fallen silent while it carried the session. Where bytes cannot
   * be seen to move, what is behind others on a slow network looks like silence, and would on each connection anew.
   *
   * @param answerMs on a network that is not slow
   */
  nextAnswerMs(now: number, answerMs: number): number {
    const lasted = now - this.#carriedAt >= STABLE_MS
    return lasted ? answerMs : Math.min(2 * this.times.answerMs, SLOW_NETWORK_TIMES * answerMs)
  }

  write(frame: OutgoingFrame<Encoded>): void {
    const binary = frame.payloads.some((payload) => typeof payload !== 'string')
    emitOwn(this.socket, SESSION_EVENTS.frame, encodeFrame(frame), { binary })
  }

  /** The connection holds more than it should, and nothing more is given to it until it drained. */
  get backedUp(): boolean {
    return this.pressure.bufferedBytes() > SOCKET_BACKLOG_BYTES
  }

  /** More waits than it should: whoever takes nothing of that, and answers every ping, would keep it for ever (LIM-12). */
  onDrain(callback: () => void): void {
    this.#unread.watch(this.socket)
    this.#stopWaiting ??= this.pressure.onDrain(() => {
      if (this.backedUp) return
      this.#stopWaiting?.()
      this.#stopWaiting = undefined
      callback()
    })
  }

  /** Calls back with each heartbeat of Engine.IO's, which is a sign of life (SES-9), until {@link offAlive}. */
  onAlive(alive: () => void): void {
    this.#offAlive = onHeartbeat(this.socket.conn, alive)
  }

  offAlive(): void {
    this.#offAlive?.()
    this.#offAlive = undefined
  }

  get pressure(): SocketPressure {
    this.#pressure ??= pressureOf(this.socket)
    return this.#pressure
  }

  /** Tells the client why, and closes the socket: the engine where Socket.IO is to reconnect, else the namespace (SES-5). */
  close(reason: CloseReason, error?: unknown): void {
    emitOwn(this.socket, SESSION_EVENTS.close, encodeClose(reason, error))
    // whoever does not answer would not let a backlog drain either
    if (reason === 'timeout') this.socket.conn.close(true)
    // what else goes over the socket is the host's business
    else if (reason !== 'forbidden') this.socket.disconnect()
    this.#unread.watch(this.socket)
  }

  protected unsentBytes(): number {
    return this.pressure.unsentBytes()
  }

  protected readBytes(): number {
    return readBytes(this.socket)
  }

  protected isHeld(): boolean {
    return this.pressure.held || isReaderBehind(this.socket)
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
