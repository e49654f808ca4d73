import {
  type Channel,
  type ChannelOptions,
  type ChannelSnapshot,
  DEFAULT_FRAME_ATTACHMENTS,
  DEFAULT_FRAME_BYTES,
  DEFAULT_FRAME_MESSAGES,
  type Frame,
  type PathId,
  type PathInit,
  SessionChannel,
} from '@socket-star/protocol/channel'

const LIMITS = {
  bytes: DEFAULT_FRAME_BYTES,
  messages: DEFAULT_FRAME_MESSAGES,
  attachments: DEFAULT_FRAME_ATTACHMENTS,
}

/** A {@link SessionChannel} in a {@link Channel}'s place, for an end that asks nothing more of it. */
export class Lean extends SessionChannel<string> implements Channel<string> {
  readonly #options: ChannelOptions<string>

  constructor(options: ChannelOptions<string>) {
    super(options.measure)
    this.#options = options
    this.incarnation = options.incarnation ?? 1
    this.windowMessages = options.windowMessages ?? this.windowMessages
    this.windowBytes = options.windowBytes ?? this.windowBytes
    this.backlogMessages = options.backlogMessages ?? this.backlogMessages
    this.backlogBytes = options.backlogBytes ?? this.backlogBytes
    this.spanMessages = options.spanMessages ?? this.spanMessages
    this.ackDelayMs = options.ackDelayMs ?? this.ackDelayMs
  }

  get consumed(): number {
    return this.head ? this.head.seq - 1 : this.received
  }

  override attach({ id, mode, limits = this.#options.frameLimits ?? LIMITS }: PathInit): void {
    if (mode === 'lossy') throw notLean()
    super.attach({ id, limits })
  }

  override receive(id: PathId, frame: Frame<string>, now: number): void {
    const path = this.find(id)
    const wasLive = path?.live
    super.receive(id, frame, now)
    if (path?.live && !wasLive && this.works) this.tell({ type: 'live', path: id })
  }

  override restore(snapshot: ChannelSnapshot<string>): void {
    super.restore(snapshot)
    // Here one snapshot may be restored twice.
    this.incarnation = this.#options.incarnation ?? this.incarnation
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
}

function notLean(): never {
  throw new Error('a lean end was asked for more')
}
