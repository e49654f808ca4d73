import type { StarSocket } from '@socket-star/client'
import type { Session } from '@socket-star/server'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { until } from './until.ts'

/** Cuts the connection without a word, as a network does. */
export function cut(socket: Socket): void {
  ;(socket.io.engine.transport as unknown as { ws: { terminate(): void } }).ws.terminate()
}

/** Emits 1, 2, 3 … from both ends, and sees what each heard. */
export class Counting {
  readonly up: number[] = []
  readonly down: number[] = []
  n = 0
  readonly #star: StarSocket
  readonly #session: Session

  constructor(star: StarSocket, session: Session) {
    this.#star = star
    this.#session = session
    session.on('up', (value) => this.up.push(value))
    star.on('down', (value) => this.down.push(value))
  }

  step(): void {
    this.n += 1
    this.#star.emit('up', this.n)
    this.#session.emit('down', this.n)
  }

  /** Waits until both have everything, and expects it once and in order. */
  async settled(): Promise<void> {
    await until(() => this.up.length >= this.n && this.down.length >= this.n)
    const all = Array.from({ length: this.n }, (_, i) => i + 1)
    expect(this.up).to.deep.equal(all)
    expect(this.down).to.deep.equal(all)
  }
}
