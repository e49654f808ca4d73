// biome-ignore lint/suspicious/noExplicitAny: Socket.IO hands listeners whatever arrived
export type Handler = (...args: any[]) => void

/** Listeners, as Socket.IO's own emitter keeps them; whoever looks for leaks counts them. */
export class Emitter {
  readonly #handlers = new Map<string, Handler[]>()

  on(event: string, handler: Handler): this {
    this.#handlers.set(event, [...(this.#handlers.get(event) ?? []), handler])
    return this
  }

  once(event: string, handler: Handler): this {
    const once: Handler = (...args) => {
      this.off(event, once)
      handler.apply(this, args)
    }
    return this.on(event, once)
  }

  off(event: string, handler: Handler): this {
    const handlers = this.#handlers.get(event) ?? []
    const index = handlers.indexOf(handler)
    if (index >= 0) this.#handlers.set(event, handlers.toSpliced(index, 1))
    return this
  }

  /** Calls who listens. */
  fire(event: string, ...args: unknown[]): void {
    for (const handler of this.#handlers.get(event) ?? []) handler.apply(this, args)
  }

  get listeners(): number {
    return [...this.#handlers.values()].reduce((sum, { length }) => sum + length, 0)
  }
}
