/** Socket.IO's server without its I/O: a namespace and its sockets, as far as the middleware uses them, call for call. */
import { EventEmitter } from 'node:events'
import type { AnyNamespace, AnySocket } from '@socket-star/server'
import { Encoder } from 'socket.io-parser'
import type { Clock, Owner } from './clock.ts'
import { ACK, CONNECT, CONNECT_ERROR, contentOf, DISCONNECT, EVENT, hasBytes, packetOf } from './packets.ts'
import type { End, Packet } from './pipe.ts'

type Middleware = (socket: AnySocket, next: (error?: Error) => void) => void

/** What a {@link FakeNamespace} asks the simulation. */
export interface Door {
  /** An error for a client that is not let in. */
  refusal(): { readonly retryable: boolean } | undefined
  /** Sees, and may change, what a client announces. */
  auth(auth: Record<string, unknown>): Record<string, unknown>
  /** Sees what arrives, before it is dealt with. */
  seen(socket: string, event: string, args: unknown[]): void
  /** Sees what is answered, as it leaves. */
  answered?(socket: FakeSocket, event: string, args: unknown[], answer: unknown[]): void
  /** Sees what is sent, as it leaves. */
  sent?(socket: FakeSocket, event: string, args: unknown[]): void
}

/** A namespace without a server. */
export class FakeNamespace extends EventEmitter {
  readonly name = '/'
  readonly server = { encoder: new Encoder() }
  readonly sockets = new Map<string, FakeSocket>()
  readonly adapter = {
    rooms: new Map(),
    broadcast: ({ data }: { data: unknown[] }, { rooms }: { rooms: Set<string> }): void => {
      for (const id of rooms) this.sockets.get(id)?.packet({ data }, {})
    },
  }
  middleware: Middleware | undefined
  readonly #clock: Clock
  readonly #owner: Owner
  readonly #door: Door
  #lastId = 0

  constructor(clock: Clock, owner: Owner, door: Door) {
    super()
    this.#clock = clock
    this.#owner = owner
    this.#door = door
  }

  get asNamespace(): AnyNamespace {
    return this as unknown as AnyNamespace
  }

  /** A connection came. */
  accept(end: End): void {
    let socket: FakeSocket | undefined
    const connection = new Connection(end)
    end.wrote = (packet) => {
      const [event, ...args] = contentOf(packet) as [string, ...unknown[]]
      if (socket) this.#door.sent?.(socket, event, args)
    }
    end.endpoint = {
      packet: (packet) => {
        if (packet.type === CONNECT) socket = this.#enter(connection, packet)
        else socket?.arrived(packet)
      },
      closed: (reason) => {
        connection.stop()
        socket?.over(reason)
      },
    }
  }

  /** As Socket.IO dispatches events: in a turn of their own. */
  later(run: () => void): void {
    this.after(0, run)
  }

  after(ms: number, run: () => void): () => void {
    return this.#clock.after(ms, run, this.#owner)
  }

  get door(): Door {
    return this.#door
  }

  #enter(connection: Connection, packet: Packet): FakeSocket {
    const auth = this.#door.auth((contentOf(packet) ?? {}) as Record<string, unknown>)
    this.#lastId += 1
    const socket = new FakeSocket(`${this.#owner.name}.${this.#lastId}`, this, connection, auth)
    const refused = (error: Error, data: unknown): void =>
      connection.end.send(packetOf(CONNECT_ERROR, { message: error.message, data }))
    const refusal = this.#door.refusal()
    if (refusal !== undefined) refused(new Error('not now'), refusal)
    else {
      this.middleware?.(socket as unknown as AnySocket, (error) => {
        this.later(() => {
          if (connection.end.readyState === 'closed') return
          if (error !== undefined) {
            refused(error, undefined)
            return
          }
          socket.connected = true
          this.sockets.set(socket.id, socket)
          connection.end.send(packetOf(CONNECT, { sid: socket.id }))
          this.emit('connection', socket)
        })
      })
    }
    return socket
  }
}

/** Engine.IO's socket. */
export class Connection extends EventEmitter {
  readonly end: End
  readonly #drained = (): boolean => this.emit('drain')

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

  stop(): void {
    this.end.off('drain', this.#drained)
  }
}

/** Socket.IO's server-side socket. */
export class FakeSocket extends EventEmitter {
  readonly id: string
  readonly nsp: FakeNamespace
  readonly conn: Connection
  readonly handshake: object
  readonly recovered = false
  /** Packets come decoded: there is no parser to guard. */
  readonly client = {}
  readonly rooms = new Set<string>()
  connected = false
  readonly #acks = new Map<number, (...answer: unknown[]) => void>()
  #lastAck = 0

  constructor(id: string, nsp: FakeNamespace, conn: Connection, auth: Record<string, unknown>) {
    super()
    this.id = id
    this.nsp = nsp
    this.conn = conn
    this.handshake = { auth, headers: {}, address: '127.0.0.1', secure: false }
  }

  packet({ data }: { data: unknown[] }, _options: object): void {
    const [event, ...args] = data as [string, ...unknown[]]
    this.nsp.door.sent?.(this, event, args)
    this.conn.end.send(packetOf(EVENT, data, hasBytes(data)))
  }

  /** An event whose answer is waited for; an error comes first, as Socket.IO has it. */
  timeout(ms: number): { emit(event: string, ...args: unknown[]): void } {
    return {
      emit: (event, ...args) => {
        const callback = args.pop() as (error: Error | null, ...answer: unknown[]) => void
        const id = ++this.#lastAck
        const cancel = this.nsp.after(ms, () => {
          this.#acks.delete(id)
          callback(new Error('operation has timed out'))
        })
        this.#acks.set(id, (...answer) => {
          cancel()
          callback(null, ...answer)
        })
        this.nsp.door.sent?.(this, event, args)
        this.conn.end.send(packetOf(EVENT, [event, ...args], hasBytes(args), id))
      },
    }
  }

  /** What came over the connection. */
  arrived(packet: Packet): void {
    if (packet.type === DISCONNECT) {
      this.over('client namespace disconnect')
      return
    }
    const { id, type } = packet
    if (type === ACK) {
      const take = this.#acks.get(id ?? 0)
      this.#acks.delete(id ?? 0)
      take?.(...(contentOf(packet) as unknown[]))
      return
    }
    const [event, ...args] = contentOf(packet) as [string, ...unknown[]]
    if (id !== undefined) args.push(this.#answer(id, event, [...args]))
    // what a DISCONNECT follows at once is not handed on
    this.nsp.later(() => {
      if (!this.connected) return
      this.nsp.door.seen(this.id, event, args)
      this.emit(event, ...args)
    })
  }

  disconnect(): this {
    if (!this.connected) return this
    this.conn.end.send(packetOf(DISCONNECT, undefined))
    this.over('server namespace disconnect')
    return this
  }

  over(reason: string): void {
    if (!this.connected) return
    this.emit('disconnecting', reason)
    this.nsp.sockets.delete(this.id)
    this.connected = false
    this.emit('disconnect', reason)
  }

  #answer(id: number, event: string, args: unknown[]): (...answer: unknown[]) => void {
    let answered = false
    return (...answer) => {
      if (answered) return
      answered = true
      this.nsp.door.answered?.(this, event, args, answer)
      this.conn.end.send(packetOf(ACK, answer, hasBytes(answer), id))
    }
  }

  /** Listeners that are left; Node's emitter counts each. */
  get left(): number {
    return this.eventNames().reduce((sum, name) => sum + this.listenerCount(name), 0)
  }
}
