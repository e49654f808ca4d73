import type { Channel } from '@socket-star/protocol/channel'
import type { Encoded } from '@socket-star/protocol/session'
import type { SessionSettings } from './settings.ts'

/**
 * What a session owes its client beyond what its application may leave waiting: answers, and what there is to say of
 * rooms (CH-11). A client that does not take what it asked for gets no credit to ask for more, so that its window
 * bounds how much that is.
 */
export class Debt {
  readonly #channel: Channel<Encoded>
  readonly #settings: SessionSettings
  #paid: Promise<void> | undefined
  #pay = (): void => {}

  constructor(channel: Channel<Encoded>, settings: SessionSettings) {
    this.#channel = channel
    this.#settings = settings
  }

  /** More waits than the application may leave there. */
  get isOpen(): boolean {
    const { bufferedMessages, bufferedBytes } = this.#channel
    const { backlogMessages, backlogBytes } = this.#settings
    return bufferedMessages > backlogMessages || bufferedBytes > backlogBytes
  }

  /** Settles when a message is consumed and less waits. `settled`: when it is consumed, if it is not yet. */
  paid(settled: Promise<unknown> | undefined): Promise<unknown> {
    this.#paid ??= new Promise((resolve) => {
      this.#pay = resolve
    })
    return Promise.all([settled, this.#paid])
  }

  /** The client has acknowledged more. */
  acknowledged(): void {
    if (this.#paid === undefined || this.isOpen) return
    this.#paid = undefined
    this.#pay()
  }
}
