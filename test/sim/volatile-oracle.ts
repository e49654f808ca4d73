import type { Oracle } from './oracle.ts'

interface Said {
  readonly session: string | undefined
  /** It was said that it leaves. */
  readonly taken: boolean
  heard: boolean
}

/**
 * Knows what was emitted around the Channel (SES-13): it comes once or not at
 * all, in the session that it was said in, and never when it was refused.
 */
export class VolatileOracle {
  heardOfAll = 0
  refused = 0
  readonly #oracle: Oracle
  readonly #said = new Map<string, Said>()

  constructor(oracle: Oracle) {
    this.#oracle = oracle
  }

  said(text: string, session: string | undefined, taken: boolean): void {
    if (!taken) this.refused += 1
    this.#said.set(text, { session, taken, heard: false })
  }

  heard(text: string, session: string | undefined): void {
    const said = this.#said.get(text)
    this.heardOfAll += 1
    if (said === undefined) this.#oracle.fail(`nobody said ${text}`)
    else if (!said.taken) this.#oracle.fail(`${text} was refused, and came`)
    else if (said.heard) this.#oracle.fail(`${text} came twice`)
    else if (said.session !== session) this.#oracle.fail(`${text} of ${said.session} came in ${session}`)
    else said.heard = true
  }

  /** Whether it was said to leave. */
  left(text: string): boolean {
    return this.#said.get(text)?.taken === true
  }

  /** Whether it left, and came. */
  came(text: string): boolean {
    return this.#said.get(text)?.heard === true
  }
}
