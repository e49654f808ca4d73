import { EventEmitter } from 'node:events'
import { Encoder } from 'socket.io-parser'
import type { AnyNamespace, AnySocket } from '../../src/index.ts'

/** A namespace without a server, for tests that need a hundred thousand connections. */
export class FakeNamespace extends EventEmitter {
  readonly name = '/'
  readonly server = { encoder: new Encoder() }
  readonly sockets = new Map<string, FakeSocket>()
  readonly adapter = { rooms: new Map(), broadcast: (): void => {} }

  get asNamespace(): AnyNamespace {
    return this as unknown as AnyNamespace
  }

  connect(auth: Record<string, unknown>): FakeSocket {
    const socket = new FakeSocket(this, auth)
    this.sockets.set(socket.id, socket)
    this.emit('connection', socket)
    return socket
  }
}

/** The server's end of a connection that nothing is on the other end of. */
export class FakeSocket extends EventEmitter {
  static #last = 0
  readonly id = `fake ${++FakeSocket.#last}`
  readonly nsp: FakeNamespace
  readonly handshake: { auth: Record<string, unknown>; headers: object; address: string; secure: boolean }
  readonly recovered = false
  readonly rooms = new Set<string>()
  /** Packets that the server sent: event and arguments. */
  readonly sent: unknown[][] = []
  connected = true
  /** Nothing is decoded here: a test emits what came. */
  readonly client = {}
  readonly conn = Object.assign(new EventEmitter(), {
    readyState: 'open',
    writeBuffer: [] as unknown[],
    close: (): void => this.disconnect(),
  })

  constructor(nsp: FakeNamespace, auth: Record<string, unknown>) {
    super()
    this.nsp = nsp
    this.handshake = { auth, headers: {}, address: '127.0.0.1', secure: false }
  }

  get asSocket(): AnySocket {
    return this as unknown as AnySocket
  }

  packet({ data }: { data: unknown[] }): void {
    this.sent.push(data)
  }

  /** What the server said last on an event. */
  last(event: string): unknown[] | undefined {
    return this.sent.findLast(([name]) => name === event)?.slice(1)
  }

  disconnect(): void {
    if (!this.connected) return
    this.connected = false
    this.nsp.sockets.delete(this.id)
    this.emit('disconnecting', 'server namespace disconnect')
    this.emit('disconnect', 'server namespace disconnect')
  }
}
