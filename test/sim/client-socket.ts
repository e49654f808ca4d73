/**
 * socket.io-client 4 without its I/O: its Manager and its Socket, as far as
 * `wrap` uses them, call for call. Time, chance and connections are virtual.
 */
import { Encoder } from 'socket.io-parser'
import type { Owner } from './clock.ts'
import { Emitter } from './emitter.ts'
import type { Network } from './network.ts'
import { ACK, CONNECT, CONNECT_ERROR, contentOf, DISCONNECT, EVENT, hasBytes, packetOf } from './packets.ts'
import type { End, Packet } from './pipe.ts'

/** Options of a {@link Manager}, and how it reaches the virtual network. */
export interface ManagerOptions {
  readonly network: Network
  readonly owner: Owner
  readonly autoConnect?: boolean
  /** The present one. */
  watcher: Watcher
}

/** Looks at what happens on a {@link Manager}. */
export interface Watcher {
  /** Told of each Manager, to look for what is left of it. */
  made(manager: Manager): void
  /** Sees what arrives, before it is dealt with. */
  seen(event: string, args: unknown[]): void
}

const RECONNECT_MS = 200
const MOST_RECONNECT_MS = 1_500

/** socket.io-client's Manager. */
export class Manager {
  readonly uri: string
  readonly opts: ManagerOptions
  readonly nsps: Record<string, ClientSocket> = {}
  readonly encoder = new Encoder()
  engine: ClientEngine | undefined
  _readyState: 'closed' | 'opening' | 'open' = 'closed'
  #reconnecting = false
  #skipReconnect = false
  #attempts = 0
  #cancelReconnect: (() => void) | undefined
  #cancelOpening: (() => void) | undefined

  constructor(uri: string, opts: ManagerOptions) {
    this.uri = uri
    this.opts = opts
    opts.watcher.made(this)
  }

  socket(nsp: string, options: { auth?: unknown }): ClientSocket {
    const socket = new ClientSocket(this, nsp, options)
    this.nsps[nsp] = socket
    if (this.opts.autoConnect !== false) socket.connect()
    return socket
  }

  get reconnecting(): boolean {
    return this.#reconnecting
  }

  /** Connections and listeners that are left. */
  get leftovers(): number {
    return (this.engine?.end.readyState === 'open' ? 1 : 0) + (this.engine?.listeners ?? 0)
  }

  open(then: (error?: Error) => void = () => {}): void {
    if (this._readyState !== 'closed') return
    this._readyState = 'opening'
    this.#skipReconnect = false
    this.#cancelOpening = this.opts.network.connect(this.opts.owner, (end) => {
      this.#cancelOpening = undefined
      if (end === undefined) {
        this._readyState = 'closed'
        this.#all((socket) => socket.onerror(new Error('websocket error')))
        then(new Error('websocket error'))
        if (!this.#reconnecting && this.#attempts === 0) this.#reconnect()
        return
      }
      this._readyState = 'open'
      this.engine = new ClientEngine(end)
      end.endpoint = {
        packet: (packet) => {
          this.engine?.fire('packet')
          this.#all((socket) => socket.onpacket(packet))
        },
        closed: (reason) => this.#closed(reason),
      }
      then()
      this.#all((socket) => socket.onopen())
    })
  }

  /** The last socket went. */
  release(): void {
    if (Object.values(this.nsps).some((socket) => socket.active)) return
    this.#skipReconnect = true
    this.#reconnecting = false
    this.#closed('forced close')
  }

  #closed(reason: string): void {
    this.#cancelOpening?.()
    this.#cancelReconnect?.()
    const { engine } = this
    this.#attempts = 0
    this._readyState = 'closed'
    if (engine !== undefined) {
      engine.end.endpoint = undefined
      engine.close()
    }
    this.#all((socket) => socket.onclose(reason))
    if (!this.#skipReconnect) this.#reconnect()
  }

  #reconnect(): void {
    if (this.#reconnecting || this.#skipReconnect) return
    const { network, owner } = this.opts
    const delay = Math.min(MOST_RECONNECT_MS, RECONNECT_MS * 2 ** this.#attempts)
    this.#attempts += 1
    this.#reconnecting = true
    this.#cancelReconnect = network.clock
      .timersOf(owner)
      .after(delay * (0.5 + network.random.next() / 2), () => {
        if (this.#skipReconnect) return
        this.open((error) => {
          this.#reconnecting = false
          if (error) this.#reconnect()
          else this.#attempts = 0
        })
      })
  }

  #all(call: (socket: ClientSocket) => void): void {
    for (const socket of Object.values(this.nsps)) if (socket.active) call(socket)
  }
}

/** engine.io-client's socket. */
class ClientEngine extends Emitter {
  readonly end: End
  readonly #drained = (): void => this.fire('drain')

  constructor(end: End) {
    super()
    this.end = end
    end.on('drain', this.#drained)
  }

  get readyState(): string {
    return this.end.readyState
  }

  get transport(): object {
    return this.end.transport
  }

  get writeBuffer(): unknown[] {
    return this.end.writeBuffer
  }

  close(): void {
    this.end.close('forced close')
  }

  write(text: string): void {
    this.end.send({ type: Number(text[0]), data: text.slice(1), bytes: text.length })
  }
}

/** socket.io-client's Socket. */
export class ClientSocket extends Emitter {
  readonly io: Manager
  readonly nsp: string
  readonly _opts: object
  auth: unknown
  id: string | undefined
  connected = false
  active = false
  readonly sendBuffer: unknown[] = []
  /** Acknowledgements that are awaited, and how many there were. */
  readonly acks: Record<number, (...answer: unknown[]) => void> = {}
  ids = 0

  constructor(io: Manager, nsp: string, options: { auth?: unknown }) {
    super()
    this.io = io
    this.nsp = nsp
    this._opts = options
    this.auth = options.auth
  }

  connect(): this {
    if (this.connected) return this
    this.active = true
    if (!this.io.reconnecting) this.io.open()
    if (this.io._readyState === 'open') this.onopen()
    return this
  }

  disconnect(): this {
    if (this.connected) this.#send(packetOf(DISCONNECT, undefined))
    this.#destroy()
    if (this.connected) this.onclose('io client disconnect')
    return this
  }

  emit(event: string, ...args: unknown[]): this {
    const last = args.at(-1)
    if (typeof last !== 'function') {
      this.packet({ type: EVENT, data: [event, ...args] })
      return this
    }
    const id = this.ids++
    this.acks[id] = last as (...answer: unknown[]) => void
    const data = [event, ...args.slice(0, -1)]
    this.#send(packetOf(EVENT, data, hasBytes(data), id))
    return this
  }

  packet({ type, data }: { type: number; data: unknown }): void {
    this.#send(packetOf(type, data, hasBytes(data)))
  }

  onopen(): void {
    const { auth } = this
    const say = (data: unknown = {}): void => this.packet({ type: CONNECT, data })
    if (typeof auth === 'function') auth(say)
    else say(auth)
  }

  onpacket(packet: Packet): void {
    const content = contentOf(packet)
    switch (packet.type) {
      case CONNECT:
        this.id = (content as { sid: string }).sid
        this.connected = true
        this.fire('connect')
        break
      case EVENT: {
        if (!this.connected) return
        const [event, ...args] = content as [string, ...unknown[]]
        if (packet.id !== undefined) args.push(this.#answer(packet.id))
        this.io.opts.watcher.seen(event, args)
        this.fire(event, ...args)
        break
      }
      case ACK: {
        const id = packet.id ?? 0
        const take = this.acks[id]
        delete this.acks[id]
        take?.(...(content as unknown[]))
        break
      }
      case DISCONNECT:
        this.#destroy()
        this.onclose('io server disconnect')
        break
      case CONNECT_ERROR: {
        this.#destroy()
        const { message, data } = content as { message: string; data: unknown }
        this.fire('connect_error', Object.assign(new Error(message), { data }))
        break
      }
      default:
        throw new Error(`a client got a packet of type ${packet.type}`)
    }
  }

  onerror(error: Error): void {
    if (!this.connected) this.fire('connect_error', error)
  }

  onclose(reason: string): void {
    const was = this.connected
    this.connected = false
    this.id = undefined
    if (was) this.fire('disconnect', reason)
  }

  #answer(id: number): (...answer: unknown[]) => void {
    return (...answer) => this.#send(packetOf(ACK, answer, hasBytes(answer), id))
  }

  #send(packet: Packet): void {
    this.io.engine?.end.send(packet)
  }

  #destroy(): void {
    this.active = false
    this.io.release()
  }
}
