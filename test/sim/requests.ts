import type { Owner } from './clock.ts'
import type { Context } from './context.ts'

/** The longest that an answer is thought about, in milliseconds. */
const THINKING_MS = 100
/** A request that is not settled by then is one too many, in milliseconds. */
export const ANSWER_MS = 600_000

type Settle = (error: Error | null, ...answer: unknown[]) => void

/** One application's requests, each of which has to be settled once, and its answers. */
export class Requests {
  readonly #context: Context
  readonly #app: Owner
  /** Not settled, by session. */
  readonly #waiting = new Map<string, number>()

  constructor(context: Context, app: Owner) {
    this.#context = context
    this.#app = app
  }

  /** How many requests of a session are not settled. */
  waiting(session = ''): number {
    return this.#waiting.get(session) ?? 0
  }

  /** A request was sent. */
  sent(session = ''): void {
    this.#waiting.set(session, this.waiting(session) + 1)
  }

  /** What a request comes to. */
  settling(text: string, session = ''): Settle {
    const { contents, oracle } = this.#context
    let count = 0
    return (error, value, ...rest) => {
      count += 1
      this.#waiting.set(session, this.waiting(session) - 1)
      if (count > 1) oracle.fail(`the request ${text} was settled ${count} times`)
      const allowed = ['ERR_CLOSED', 'ERR_INTERRUPTED']
      if (error === null ? value !== answerTo(text) : !allowed.includes(codeOf(error))) {
        oracle.fail(`the request ${text} came to ${String(error ?? value)}`)
      }
      if (error === null) contents.check(value, rest)
    }
  }

  /** Answers a request after a while. There is always room for an answer. */
  answer(text: string, say: (...answer: unknown[]) => void): void {
    const { clock, contents, oracle, random } = this.#context
    const attempt = (): void => {
      try {
        say(...contents.of(answerTo(text)))
      } catch (error) {
        if (codeOf(error) !== 'ERR_CLOSED') oracle.fail(`an answer failed: ${String(error)}`)
      }
    }
    clock.timersOf(this.#app).after(random.next() * THINKING_MS, attempt)
  }
}

export function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code)
}

/** The text of an event that is handed back. */
export function textOf(event: unknown[]): string {
  return String(event[1])
}

function answerTo(text: string): string {
  return `re ${text}`
}
