import type { PeerChange } from './peer-list.ts'

/** Several changes of a list as one: who came and went within them was never there. */
export class GatheredChange {
  readonly #net = new Map<string, 'added' | 'gone'>()

  get isEmpty(): boolean {
    return this.#net.size === 0
  }

  add({ gone, added }: PeerChange): void {
    for (const address of gone) this.#change(address, 'gone')
    for (const address of added) this.#change(address, 'added')
  }

  /** What they come to; empty from then on. */
  take(): PeerChange {
    const change = { gone: this.#those('gone'), added: this.#those('added') }
    this.#net.clear()
    return change
  }

  /** Who was there before them, of those that are there after them. */
  before(addresses: Iterable<string>): string[] {
    const stayed = [...addresses].filter((address) => !this.#net.has(address))
    return [...stayed, ...this.#those('gone')]
  }

  #those(which: 'added' | 'gone'): string[] {
    return [...this.#net].filter(([, what]) => what === which).map(([address]) => address)
  }

  #change(address: string, what: 'added' | 'gone'): void {
    // the list never adds who is there, nor removes who is not: two changes of one are its opposite ones
    if (!this.#net.delete(address)) this.#net.set(address, what)
  }
}
