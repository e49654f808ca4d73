import { errorToWire } from '@socket-star/protocol'
import type { StarAddress } from '@socket-star/protocol/address'
import { replyIn } from '@socket-star/protocol/rendezvous'
import type { PeerWire } from './peer-wire.ts'

/** Someone wants to open a stream to a peer of ours. */
export interface IncomingDial {
  readonly dialId: string
  readonly from: StarAddress
  readonly answer: Answer
}

/** The one answer to an `ss-incomming`, good on the connection that it came on only (DIAL-11). */
export class Answer {
  readonly #wire: PeerWire
  readonly #connectionId: string | undefined
  #callback: ((error?: string) => void) | undefined

  /** @param args what the event came with: the callback is the last of them, if there is one */
  constructor(wire: PeerWire, args: readonly unknown[]) {
    this.#wire = wire
    this.#connectionId = wire.socket.id
    this.#callback = replyIn(args) as ((error?: string) => void) | undefined
  }

  /** False once an answer was given, or the connection is gone and the dial with it. */
  get awaited(): boolean {
    return this.#callback !== undefined && this.#wire.connected && this.#wire.socket.id === this.#connectionId
  }

  accept(): void {
    this.#take()?.()
  }

  refuse(error: unknown): void {
    this.#take()?.(errorToWire(error))
  }

  #take(): ((error?: string) => void) | undefined {
    const callback = this.awaited ? this.#callback : undefined
    this.#callback = undefined
    return callback
  }
}
