const TICK_MS = 500
/** How often a line is written where there is no terminal to rewrite it on. */
const LOG_EVERY_MS = 5_000
const CLEAR_LINE = '\r\u001b[2K'

/** One line on stderr that says what is going on: rewritten in place on a terminal, now and then elsewhere. */
export class Progress {
  readonly #out: NodeJS.WriteStream
  readonly #start = performance.now()
  readonly #timer: NodeJS.Timeout
  #text = ''
  #loggedAt = Number.NEGATIVE_INFINITY

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out
    this.#timer = setInterval(() => this.#show(), TICK_MS)
  }

  step(text: string): void {
    this.#text = text
    this.#show()
  }

  /** Makes room for something else on the terminal. */
  clear(): void {
    if (this.#out.isTTY) this.#out.write(CLEAR_LINE)
  }

  /** Removes the line for good. */
  stop(): void {
    clearInterval(this.#timer)
    this.clear()
  }

  #show(): void {
    const now = performance.now()
    const line = `${Math.round((now - this.#start) / 1000)} s  ${this.#text}`
    if (this.#out.isTTY) {
      this.#out.write(CLEAR_LINE + line.slice(0, Math.max(0, this.#out.columns - 1)))
    } else if (now - this.#loggedAt >= LOG_EVERY_MS) {
      this.#loggedAt = now
      this.#out.write(`${line}\n`)
    }
  }
}
