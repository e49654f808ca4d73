import type { Packet } from './pipe.ts'

/** What {@link Polling} asks of the connection below. */
interface Requests {
  /** Sends all of it in one request; calls back when that was answered, if it ever is. */
  request(packets: readonly Packet[], answered: () => void): void
  /** The transport takes more. */
  drained(): void
  close(): void
}

/**
 * One direction of HTTP long-polling: what is written while a request is under
 * way waits for its answer, and then travels in the next one.
 */
export class Polling {
  readonly transport = { name: 'polling', writable: true, close: (): void => this.#requests.close() }
  readonly waiting: Packet[] = []
  readonly #requests: Requests
  #upgraded: (() => void) | undefined

  constructor(requests: Requests) {
    this.#requests = requests
  }

  send(packet: Packet): void {
    this.waiting.push(packet)
    this.#turn()
  }

  /** No request follows the one that is under way; then `upgraded` is called. */
  upgrade(upgraded: () => void): void {
    this.#upgraded = upgraded
    this.#turn()
  }

  #turn(): void {
    if (!this.transport.writable) return
    if (this.#upgraded !== undefined) {
      this.transport.writable = false
      this.#upgraded()
      return
    }
    if (this.waiting.length === 0) return
    this.transport.writable = false
    this.#requests.request(this.waiting.splice(0), () => {
      this.transport.writable = true
      this.#requests.drained()
      this.#turn()
    })
  }
}
