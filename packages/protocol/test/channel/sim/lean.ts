import {
  type Channel,
  type ChannelOptions,
  type ChannelSnapshot,
  type ChannelState,
  DATA,
  type Delivery,
  type Fault,
  type Frame,
  type PathId,
  type PathInit,
  SessionChannel,
} from '@socket-star/protocol/channel'
import type { Path } from '../../../src/channel/path.ts'

/** A {@link SessionChannel} in a {@link Channel}'s place, for an end that asks nothing more of it. */
export class Lean extends SessionChannel<string> implements Channel<string> {
  readonly #options: ChannelOptions<string>
  state: ChannelState = 'open'
  /** What is nobody's business here. */
  readonly dropped = 0
  /** What was handed out before a restore counts as consumed. */
  readonly interrupted: readonly Delivery<string>[] = []
  readonly #consumed = new Set<Delivery<string>>()

  constructor(options: ChannelOptions<string>) {
    super(options.measure, options.windowMessages, options.windowBytes)
    this.#options = options
    this.incarnation = options.incarnation ?? 1
    this.backlogMessages = options.backlogMessages ?? this.backlogMessages
    this.backlogBytes = options.backlogBytes ?? this.backlogBytes
    this.ackDelayMs = options.ackDelayMs ?? this.ackDelayMs
    this.frameBytes = options.frameLimits?.bytes ?? this.frameBytes
    this.frameMessages = options.frameLimits?.messages ?? this.frameMessages
    this.frameAttachments = options.frameLimits?.attachments ?? this.frameAttachments
  }

  /** It does not know. */
  get consumed(): number {
    return this.received
  }

  override attach({ id, mode }: PathInit): void {
    if (mode === 'lossy') throw notLean()
    super.attach({ id })
  }

  /** Whoever drives it hands each back once. */
  override consume(delivery: Delivery<string>): void {
    if (this.#consumed.has(delivery)) return
    this.#consumed.add(delivery)
    super.consume(delivery)
  }

  prefer(id: PathId): void {
    const path = this.find(id)
    if (!path?.live) return
    this.paths = [...this.paths.filter((other) => other !== path), path]
    this.choose()
  }

  override receive(id: PathId, frame: Frame<string>, now: number): void {
    const path = this.find(id)
    const wasLive = path?.live
    super.receive(id, frame, now)
    if (path?.live && !wasLive && this.works) this.tell({ type: 'live', path: id })
  }

  /** Here what waits for message 0 may be stored, as no session is: {@link FullChannel} does the same. */
  protected override take(path: Path, frame: Frame<string>, now: number): Fault | undefined {
    return this.unmet && frame.kind === DATA && frame.seq === 0 ? undefined : super.take(path, frame, now)
  }

  override restore(snapshot: ChannelSnapshot<string>): void {
    super.restore(snapshot)
    // Here one snapshot may be restored twice.
    this.incarnation = this.#options.incarnation ?? this.incarnation
  }

  protected override finish(state: 'frozen' | 'reset' | 'superseded' | 'state-lost'): void {
    super.finish(state)
    this.state = state
  }

  freeze(): void {
    this.paths = []
    this.finish('frozen')
  }

  welcome = notLean
  end = notLean
  reset = notLean
  commit = notLean
  resizeWindow = notLean
  roundTrip = notLean
  isOutdated = notLean
}

function notLean(): never {
  throw new Error('a lean end was asked for more')
}
