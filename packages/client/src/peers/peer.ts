import { StarError } from '@socket-star/protocol'
import { createDuplex, type StreamOptions } from '@socket-star/pull-stream'
import { Emitter, type EventName } from '../emitter.ts'
import { addNew } from './add-new.ts'
import { dial } from './dial.ts'
import type { PeerDrops } from './drops.ts'
import type { Hub, LocalPeer } from './hub.ts'
import type { Answer, IncomingDial } from './incoming-dial.ts'
import type { Joined } from './join.ts'
import { OpenStreams, type StreamSlot } from './open-streams.ts'
import type { PeerChange } from './peer-list.ts'
import type { DialOptions, Peer, PeerEvents, PeerStatus, PeerStream, PeerStreamOptions } from './types.ts'

/** What a peer tells of: whoever listens to anything else would wait in vain. */
const TOLD: Readonly<Record<keyof PeerEvents, true>> = {
  peer: true,
  'peer-gone': true,
  stream: true,
  status: true,
  rejoin: true,
  error: true,
  close: true,
}

/** The driver of one joined address; `joinStar` makes it and tells it of its membership. */
export class StarPeer extends Emitter<PeerEvents> implements Peer, LocalPeer {
  readonly address: string
  readonly peers = new Set<string>()
  readonly #hub: Hub
  readonly #streams: OpenStreams
  readonly #streamOptions: StreamOptions
  readonly #closing: AbortController
  readonly #leaveServer: () => void
  /** Whoever joined could listen by now. */
  #isHeard = false
  #status: PeerStatus = 'joining'

  /** @param closing aborted when the peer leaves; what its membership lives by */
  constructor(
    hub: Hub,
    address: string,
    options: {
      maxStreams: number
      stream: PeerStreamOptions
      closing: AbortController
      leaveServer: () => void
    },
  ) {
    super()
    this.#hub = hub
    this.address = address
    this.#streams = new OpenStreams(options.maxStreams)
    this.#closing = options.closing
    this.#leaveServer = options.leaveServer
    this.#streamOptions = {
      ...options.stream,
      timers: hub.env.timers,
      onDrop: () => hub.dropped('bad-frame'),
    }
  }

  override on<Name extends EventName<PeerEvents>>(event: Name, listener: PeerEvents[Name]): this {
    checkListener(event, listener)
    return super.on(event, listener)
  }

  override once<Name extends EventName<PeerEvents>>(event: Name, listener: PeerEvents[Name]): this {
    checkListener(event, listener)
    return super.once(event, listener)
  }

  get status(): PeerStatus {
    return this.#status
  }

  get openStreams(): number {
    return this.#streams.size
  }

  get accepting(): boolean {
    return this.#status === 'joined' && this.listenerCount('stream') > 0
  }

  get drops(): PeerDrops {
    return this.#hub.drops
  }

  async dial(address: string, options: DialOptions = {}): Promise<PeerStream> {
    if (this.#status === 'left') throw new StarError('ERR_CLOSED')
    if (this.#status !== 'joined') throw new StarError('ERR_NOT_CONNECTED')
    const dialler = {
      hub: this.#hub,
      address: this.address,
      streams: this.#streams,
      streamOptions: this.#streamOptions,
    }
    return dial(dialler, address, options)
  }

  leave(): void {
    this.close()
  }

  /** Ends everything; with an error when the peer cannot stay. */
  close(error?: StarError): void {
    if (this.#status === 'left') return
    const reason = error ?? new StarError('ERR_CLOSED', 'the peer has left')
    const joined = this.#status === 'joined'
    this.#setStatus('left')
    this.#streams.abortAll(reason)
    this.#hub.remove(this)
    // an address that somebody else has is not ours to leave
    if (joined && error?.code !== 'ERR_ADDRESS_TAKEN') this.#leaveServer()
    this.#closing.abort(reason)
    if (error !== undefined) this.emit('error', error)
    this.emit('close', error)
  }

  /** An attempt to join begins. */
  joining(): void {
    this.#setStatus('joining')
  }

  joined(joined: Joined, again: boolean): void {
    if (this.#status === 'left') return
    this.#setStatus('joined')
    const { discovery, env } = this.#hub
    const { list } = discovery
    if (again || list.size === 0) this.#isHeard = true
    else {
      // what is known on this socket already, once the application could listen
      env.timers.after(0, () => {
        this.#isHeard = true
        this.changed({ added: discovery.told, gone: [] })
      })
    }
    discovery.joined(joined)
    if (again) this.emit('rejoin')
  }

  changed({ added, gone }: PeerChange): void {
    if (!this.#isHeard) return
    // an application may leave at any of these events, and hears nothing more
    for (const address of gone) {
      if (this.#status === 'left') return
      if (this.peers.delete(address)) this.emit('peer-gone', address)
    }
    for (const address of added) {
      if (this.#status === 'left') return
      if (address !== this.address && addNew(this.peers, address)) this.emit('peer', address)
    }
  }

  /** Another connection has the address: joining again would take it back, and so on (JOIN-22). */
  taken(): void {
    if (this.#status === 'joined') this.close(new StarError('ERR_ADDRESS_TAKEN'))
  }

  failed(error: StarError): void {
    this.emit('error', error)
  }

  incoming(request: IncomingDial): void {
    if (this.accepting) this.#accept(request)
    // a dial may come in the same turn as the join's reply: the application
    // that just awaited it is given the turn to listen
    else this.#hub.env.timers.after(0, () => this.#accept(request))
  }

  #accept({ dialId, from, answer }: IncomingDial): void {
    if (!answer.awaited) return
    if (!this.accepting) {
      answer.refuse(new StarError('ERR_DIAL_REFUSED', 'nobody accepts streams here'))
      return
    }
    const slot = this.#openSlot(dialId, answer)
    if (slot === undefined) return
    const ids = { readId: `${dialId}.dialer`, writeId: `${dialId}.listener` }
    const stream = createDuplex(this.#hub.wire, ids, {
      ...this.#streamOptions,
      signal: slot.signal,
      onEnd: slot.onEnd,
    })
    answer.accept()
    this.emit('stream', stream, { from: from.canonical })
  }

  #openSlot(dialId: string, answer: Answer): StreamSlot | undefined {
    try {
      return this.#streams.open(`in ${dialId}`)
    } catch (error) {
      answer.refuse(error)
      return undefined
    }
  }

  #setStatus(status: PeerStatus): void {
    if (this.#status === status) return
    this.#status = status
    this.emit('status', status)
  }
}

function checkListener(event: string, listener: unknown): void {
  if (!Object.hasOwn(TOLD, event)) {
    const told = Object.keys(TOLD).join(', ')
    throw new StarError('ERR_BAD_REQUEST', `a peer has no event "${String(event)}": it tells of ${told}`)
  }
  if (typeof listener === 'function') return
  throw new StarError(
    'ERR_BAD_REQUEST',
    `the listener of "${event}" has to be a function, not ${typeof listener}`,
  )
}
