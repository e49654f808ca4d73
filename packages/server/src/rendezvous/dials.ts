import { StarError } from '@socket-star/protocol'
import { spell } from '@socket-star/protocol/address'
import { parseDial } from '@socket-star/protocol/rendezvous'
import type { DropReason as FrameDrop, RelayOptions } from '@socket-star/pull-stream'
import type { Counters } from '../counters.ts'
import type { StarEnvironment } from '../environment.ts'
import { REMEMBERED_DIAL_IDS, type StarQuotas } from '../limits.ts'
import type { DropReason } from '../observer.ts'
import { Dial, type DialRequest } from './dial.ts'
import type { Member } from './member.ts'
import { doesNotRead } from './not-reading.ts'
import type { Registry } from './registry.ts'

export interface DialsOptions {
  readonly counters: Counters
  readonly environment: StarEnvironment
  readonly quotas: StarQuotas
  readonly registry: Registry<Member>
  readonly timeoutMs: number
  /** A member sent what no honest client sends (LIM-4). */
  onOffence(member: Member, error: StarError): void
}

const FRAME_DROPS: Readonly<Record<FrameDrop, DropReason>> = {
  malformed: 'frame-malformed',
  'not-accepted': 'frame-not-accepted',
  'too-large': 'frame-too-large',
}

/** `ss-dial`: who may dial whom, under which id (DIAL-1 to DIAL-4). */
export class Dials {
  readonly #options: DialsOptions

  constructor(options: DialsOptions) {
    this.#options = options
  }

  /** @throws StarError the code that the dial is refused with, when nobody was asked */
  dial(dialler: Member, args: readonly unknown[]): void {
    const { environment, quotas, registry } = this.#options
    if (!dialler.dialRate.take(environment.now())) {
      throw new StarError('ERR_QUOTA', `more than ${quotas.dialsPerSecond} dials a second`)
    }
    const { from, to, dialId: id, reply } = parseDial(args)
    if (!dialler.addresses.has(from.canonical)) throw new StarError('ERR_NOT_JOINED')
    const listener = registry.get(to.canonical)?.owner
    if (listener === undefined) throw new StarError('ERR_PEER_NOT_FOUND')
    this.#checkId(dialler, listener, id)
    this.#checkStreams(dialler, listener)
    const { spelling } = listener
    this.#start({
      id,
      dialler,
      listener,
      from: spell(from.canonical, spelling),
      to: spell(to.canonical, spelling),
      reply,
    })
  }

  /** The socket is gone, or the star closes: so is every dial of it. */
  closeAll(member: Member, error: StarError): void {
    for (const dial of [...member.dials.values()]) dial.close(error)
  }

  #checkId(dialler: Member, listener: Member, id: string): void {
    const used = dialler.finishedDialIds.has(id) || dialler.dials.has(id) || listener.dials.has(id)
    if (used) throw new StarError('ERR_DIAL_ID_IN_USE')
  }

  #checkStreams(dialler: Member, listener: Member): void {
    const { streamsPerPair, streamsPerPeer } = this.#options.quotas
    if (dialler.dialled >= streamsPerPeer) {
      throw new StarError('ERR_QUOTA', `more than ${streamsPerPeer} streams dialled by one peer`)
    }
    if (doesNotRead(listener.socket, this.#options.quotas)) {
      throw new StarError('ERR_QUOTA', 'the dialled peer does not read what it is sent')
    }
    // so that one peer does not take every place that another has
    if (dialler.dialled >= streamsPerPair && streamsBetween(dialler, listener) >= streamsPerPair) {
      throw new StarError('ERR_QUOTA', `more than ${streamsPerPair} streams dialled to one peer`)
    }
    if (listener.answering >= streamsPerPeer) {
      throw new StarError(
        'ERR_QUOTA',
        `the dialled peer has ${streamsPerPeer} streams, which is all it may have`,
      )
    }
  }

  #start(request: DialRequest): void {
    const { counters, timeoutMs } = this.#options
    const { id, dialler, listener } = request
    const dial = new Dial(request, {
      timeoutMs,
      relay: (writer) => this.#relayOptions(writer),
      onAnswer: (error) => {
        counters.dial(error?.code ?? 'ok')
        if (error === undefined) counters.streams(1)
      },
      onEnd: (wasOpen) => {
        dialler.dialled -= 1
        listener.answering -= 1
        dialler.dials.delete(id)
        listener.dials.delete(id)
        remember(dialler.finishedDialIds, id)
        if (wasOpen) counters.streams(-1)
      },
    })
    dialler.dialled += 1
    listener.answering += 1
    dialler.dials.set(id, dial)
    listener.dials.set(id, dial)
    dial.start()
  }

  #relayOptions(writer: Member): RelayOptions {
    const { counters, environment, onOffence, quotas } = this.#options
    return {
      maxBacklogBytes: quotas.bytesInFlight,
      maxFrameBytes: quotas.messageBytes,
      timers: environment,
      onBytes: (bytes) => counters.relayed(bytes),
      onDrop: (reason) => {
        counters.drop(FRAME_DROPS[reason])
        onOffence(writer, new StarError('ERR_BAD_REQUEST', 'a frame that no stream takes'))
      },
      onEnd: ({ cause }) => {
        if (cause === 'backlog') counters.drop('backlog')
      },
    }
  }
}

function streamsBetween(dialler: Member, listener: Member): number {
  let streams = 0
  for (const { request } of dialler.dials.values()) {
    if (request.dialler === dialler && request.listener === listener) streams += 1
  }
  return streams
}

function remember(ids: Set<string>, id: string): void {
  ids.add(id)
  if (ids.size <= REMEMBERED_DIAL_IDS) return
  for (const oldest of ids) {
    ids.delete(oldest)
    return
  }
}
