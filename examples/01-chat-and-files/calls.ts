/** How a call went: they introduced themselves; nobody answered; or whoever answered is not this page. */
export type Outcome = 'talked' | 'nobody' | 'stranger'

/** Calls that nobody has answered yet, at once. */
const MAX_CALLS = 32
/** The server lets a peer dial 50 times a second; this stays well below. */
const CALL_EVERY_MS = 30
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 8_000
/** Other programs join the same server: they are asked again only in case they change their mind. */
const STRANGER_RETRY_MS = 60_000

/** Calls peers of the server, one after the other and again and again, as long as they are listed. */
export class Calls {
  readonly #isListed: (address: string) => boolean
  readonly #call: (address: string, answered: () => void) => Promise<Outcome>
  /** By address: ends the pause before the next call. */
  readonly #pauses = new Map<string, () => void>()
  /** Who waits to call, the latest first: whoever comes is called before those that did not answer. */
  readonly #turns: (() => void)[] = []
  #calling = 0
  #pacing = false

  /** `call` says `answered` once somebody is there: such a call is not counted any more. */
  constructor(
    isListed: (address: string) => boolean,
    call: (address: string, answered: () => void) => Promise<Outcome>,
  ) {
    this.#isListed = isListed
    this.#call = call
  }

  /** They are here, or here again: they are called now. */
  add(address: string): void {
    if (this.#pauses.has(address)) this.#pauses.get(address)?.()
    else void this.#keepCalling(address)
  }

  async #keepCalling(address: string): Promise<void> {
    let pauseMs = FIRST_RETRY_MS
    while (this.#isListed(address)) {
      this.#pauses.set(address, () => {})
      const done = await this.#turn()
      const outcome = await this.#call(address, done)
      done()
      if (outcome === 'talked') pauseMs = FIRST_RETRY_MS
      await this.#pause(address, outcome === 'stranger' ? STRANGER_RETRY_MS : pauseMs)
      pauseMs = Math.min(pauseMs * 2, LAST_RETRY_MS)
    }
    this.#pauses.delete(address)
  }

  #pause(address: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#pauses.set(address, () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Resolves when it is this caller's turn, with what ends it. */
  #turn(): Promise<() => void> {
    return new Promise((resolve) => {
      this.#turns.push(() => {
        this.#calling += 1
        let over = false
        resolve(() => {
          if (!over) this.#calling -= 1
          over = true
          this.#next()
        })
      })
      this.#next()
    })
  }

  #next(): void {
    if (this.#pacing || this.#calling >= MAX_CALLS) return
    const turn = this.#turns.pop()
    if (turn === undefined) return
    this.#pacing = true
    setTimeout(() => {
      this.#pacing = false
      this.#next()
    }, CALL_EVERY_MS)
    turn()
  }
}
