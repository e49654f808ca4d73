import { EventEmitter } from 'node:events'
import { LinkEnd } from './link.ts'

/** A WebSocket that counts how it is paused, and whose backlog a test sets. */
export class FakeWebSocket {
  bufferedAmount = 0
  paused = false
  pauses = 0
  terminated = false

  pause(): void {
    this.paused = true
    this.pauses++
  }

  resume(): void {
    this.paused = false
  }

  terminate(): void {
    this.terminated = true
  }
}

/** A server-side socket in memory, with a connection below it as Engine.IO has it. */
export class FakeServerSocket extends LinkEnd {
  readonly webSocket: FakeWebSocket | object
  readonly conn: EventEmitter & { writeBuffer: unknown[]; transport: object }

  constructor(webSocket: FakeWebSocket | object = new FakeWebSocket(), transport = 'websocket') {
    super()
    this.webSocket = webSocket
    this.conn = Object.assign(new EventEmitter(), {
      writeBuffer: [],
      transport: { name: transport, socket: webSocket },
    })
  }
}
