import { type SocketLike, StarError } from '@socket-star/protocol'
import { compact, frameSize, toBytes } from '../bytes.ts'
import { onDisconnect } from '../disconnects.ts'
import { emitDirect } from '../emit-direct.ts'
import { endFromWire, endToWire } from '../ends.ts'
import { eventsOf, type StreamEvents } from '../events.ts'
import {
  DEFAULT_HOLD_TIMEOUT_MS,
  DEFAULT_MAX_BACKLOG_BYTES,
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_OVERRUN_BYTES,
  DEFAULT_RELEASE_BYTES,
  EARLY_END_KEPT_MS,
  LIFE_SIGN_EVERY_MS,
} from '../limits.ts'
import { countBytesAsLife } from '../liveness.ts'
import type { StreamEnd } from '../options.ts'
import { systemTimers } from '../timers.ts'
import { processBudget } from './budget.ts'
import { type BacklogPolicy, type GatedStream, gateOf, type ReaderGate } from './reader-gate.ts'
import { claimStreamId } from './stream-ids.ts'
import type { Relay, RelayEnd, RelayEndCause, RelayOptions } from './types.ts'

/** One relayed stream: listeners on two sockets that pass on what they hear. */
export class Route implements Relay, GatedStream {
  readonly id: string
  readonly writer: SocketLike
  readonly policy: BacklogPolicy
  readonly #reader: SocketLike
  readonly #names: StreamEvents
  readonly #options: RelayOptions
  readonly #maxFrameBytes: number
  readonly #gate: ReaderGate
  readonly #cleanups: (() => void)[] = []
  #bytes = 0
  #signedAtMs = Number.NEGATIVE_INFINITY
  /** Since when the writer has heard nothing of its frames, if it was not held. */
  #unansweredSinceMs = 0
  #accepted = false
  /** How the writer ended before the reader had accepted: said when it does. */
  #early: { cause: RelayEndCause; end: StreamEnd } | undefined
  #end: RelayEnd | undefined

  constructor(writer: SocketLike, reader: SocketLike, id: string, options: RelayOptions) {
    this.id = id
    this.writer = writer
    this.#reader = reader
    this.#names = eventsOf(id)
    this.#options = options
    this.policy = policyOf(options)
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES
    this.#cleanups.push(claimStreamId(id, [writer, reader]))
    this.#gate = gateOf(reader)
    this.#gate.add(this)
    this.#listen()
  }

  get bytes(): number {
    return this.#bytes
  }

  get accepted(): boolean {
    return this.#accepted
  }

  get end(): RelayEnd | undefined {
    return this.#end
  }

  close(error: StarError = new StarError('ERR_CLOSED', 'the server closed the stream')): void {
    this.#finish('closed', error, 'both')
  }

  cut(why?: string): void {
    const { markBytes, holdTimeoutMs } = this.policy
    const text = `more than ${markBytes} bytes waited for a reader that took too little in ${holdTimeoutMs} ms`
    this.#finish('backlog', new StarError('ERR_STREAM_BACKLOG', why ?? text), 'both')
  }

  giveLifeSign(): void {
    const nowMs = this.policy.timers.now()
    if (nowMs - this.#signedAtMs < LIFE_SIGN_EVERY_MS) return
    this.#signedAtMs = nowMs
    this.#send(this.writer, this.#names.accept)
  }

  #listen(): void {
    const { accept, queue, error } = this.#names
    this.#on(this.#reader, accept, () => this.#onAccept())
    this.#on(this.writer, queue, (frame) => this.#onFrame(frame))
    this.#on(this.writer, error, (value) => this.#onWriterEnd(endFromWire(value)))
    // On one and the same socket an end comes from either half and goes to the other.
    if (this.#reader !== this.writer) {
      this.#on(this.#reader, error, (value) => this.#onReaderEnd(endFromWire(value)))
      this.#cleanups.push(onDisconnect(this.writer, () => this.#onWriterGone()))
    }
    this.#cleanups.push(onDisconnect(this.#reader, () => this.#onReaderGone()))
    for (const socket of [this.writer, this.#reader]) {
      this.#cleanups.push(countBytesAsLife(socket, this.policy.timers))
    }
    if (this.writer.connected && this.#reader.connected) return
    // Not before the caller has the relay in its hands.
    queueMicrotask(() => (this.#reader.connected ? this.#onWriterGone() : this.#onReaderGone()))
  }

  #on(socket: SocketLike, event: string, listener: (argument: unknown) => void): void {
    socket.on(event, listener)
    this.#cleanups.push(() => socket.off(event, listener))
  }

  #onAccept(): void {
    if (this.#accepted) return
    this.#accepted = true
    this.#unansweredSinceMs = this.policy.timers.now()
    const early = this.#early
    if (early === undefined) this.#send(this.writer, this.#names.accept)
    else this.#finishWriter(early.cause, early.end)
  }

  #onFrame(frame: unknown): void {
    const size = frameSize(frame)
    if (size === undefined) this.#options.onDrop?.('malformed')
    else if (!this.#accepted) this.#options.onDrop?.('not-accepted')
    else if (size > this.#maxFrameBytes) this.#cutTooLarge()
    else if (size > 0) this.#forward(frame, size)
  }

  #forward(frame: unknown, size: number): void {
    const bytes = toBytes(frame)
    this.#send(this.#reader, this.#names.queue, bytes === undefined ? frame : compact(bytes))
    this.#bytes += size
    this.#options.onBytes?.(size)
    this.#answerWriter()
    this.#gate.forwarded(this)
  }

  /** Whatever the writer asked on its connection waits behind its frames, for seconds where the network is slow. */
  #answerWriter(): void {
    const nowMs = this.policy.timers.now()
    if (nowMs - this.#unansweredSinceMs < LIFE_SIGN_EVERY_MS) return
    this.#unansweredSinceMs = nowMs
    this.giveLifeSign()
  }

  #cutTooLarge(): void {
    this.#options.onDrop?.('too-large')
    const text = `a frame of the stream is larger than ${this.#maxFrameBytes} bytes`
    this.#finish('too-large', new StarError('ERR_TOO_LARGE', text), 'both')
  }

  #onWriterEnd(end: StreamEnd): void {
    this.#finishWriter(end === true ? 'clean' : 'writer-error', end)
  }

  #onWriterGone(): void {
    this.#finishWriter('writer-disconnected', peerGone())
  }

  /** The writer is done. A reader that has not accepted yet would not hear it. */
  #finishWriter(cause: RelayEndCause, end: StreamEnd): void {
    if (this.#accepted) this.#finish(cause, end, this.#reader)
    else if (this.#early === undefined) {
      this.#early = { cause, end }
      this.#cleanups.push(
        this.policy.timers.after(EARLY_END_KEPT_MS, () => this.#finish(cause, end, this.#reader)),
      )
      this.#options.onEarlyEnd?.(end)
    }
  }

  #onReaderEnd(end: StreamEnd): void {
    this.#finish('reader-abort', end, this.writer)
  }

  #onReaderGone(): void {
    this.#finish('reader-disconnected', peerGone(), this.writer)
  }

  #finish(cause: RelayEndCause, end: StreamEnd, tell: SocketLike | 'both'): void {
    if (this.#end !== undefined) return
    this.#end = { cause, error: end === true ? undefined : end, bytes: this.#bytes }
    for (const cleanup of this.#cleanups.splice(0)) cleanup()
    this.#gate.remove(this)
    const told = tell === 'both' ? new Set([this.writer, this.#reader]) : [tell]
    for (const socket of told) this.#send(socket, this.#names.error, endToWire(end))
    this.#options.onEnd?.(this.#end)
  }

  #send(socket: SocketLike, event: string, argument?: unknown): void {
    if (socket.connected) emitDirect(socket, event, argument)
  }
}

function peerGone(): StarError {
  return new StarError('ERR_STREAM_RESET', 'the other peer disconnected')
}

function policyOf(options: RelayOptions): BacklogPolicy {
  return {
    timers: options.timers ?? systemTimers,
    budget: options.budget ?? processBudget,
    markBytes: options.maxBacklogBytes ?? DEFAULT_MAX_BACKLOG_BYTES,
    overrunBytes: options.overrunBytes ?? DEFAULT_OVERRUN_BYTES,
    releaseBytes: options.releaseBytes ?? DEFAULT_RELEASE_BYTES,
    holdTimeoutMs: options.holdTimeoutMs ?? DEFAULT_HOLD_TIMEOUT_MS,
  }
}
