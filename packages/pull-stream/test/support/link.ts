import { EventEmitter } from 'node:events'
import type { SocketLike } from '@socket-star/protocol'

/** One end of a link in memory: what it emits, the other end hears, in the same turn. */
export class LinkEnd implements SocketLike {
  connected = true
  readonly sent: [event: string, ...args: unknown[]][] = []
  readonly #events = new EventEmitter()
  peer: LinkEnd | undefined

  on(event: string, listener: (...args: unknown[]) => void): void {
    this.#events.on(event, listener)
  }

  off(event: string, listener: (...args: unknown[]) => void): void {
    this.#events.off(event, listener)
  }

  emit(event: string, ...args: unknown[]): void {
    this.sent.push([event, ...args])
    this.peer?.receive(event, ...args)
  }

  receive(event: string, ...args: unknown[]): void {
    this.#events.emit(event, ...args)
  }

  disconnect(): void {
    this.connected = false
    this.receive('disconnect', 'transport close')
  }

  /** How many listeners there are, on all events. */
  get listenerCount(): number {
    return this.#events.eventNames().reduce((sum, name) => sum + this.#events.listenerCount(name), 0)
  }
}

/** Two linked ends. */
export function createLink(): { a: LinkEnd; b: LinkEnd } {
  const a = new LinkEnd()
  const b = new LinkEnd()
  a.peer = b
  b.peer = a
  return { a, b }
}
