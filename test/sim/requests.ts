import { StarError } from '@socket-star/client'
import type { Owner } from './clock.ts'
import type { Context } from './context.ts'
import { THROTTLE_MS } from './machine.ts'

/** The longest that an answer is thought about, in milliseconds. */
const THINKING_MS = 100
/** A request that is not settled by then is one too many, in milliseconds. */
const ANSWER_MS = 600_000

/** The longest that somebody waits who does not wait for ever, in milliseconds. */
const IMPATIENT_MS = 2_000
/** A timer comes by so much too early, in milliseconds. */
const EARLY_MS = 1

/** Who asks: either side's end of a session. */
interface Asker {
  readonly bufferedAmount: number
  emitWithAck(event: string, ...args: unknown[]): Promise<unknown>
  timeout(ms: number): {
    emit(event: string, ...args: unknown[]): boolean
    emitWithAck(event: string, ...args: unknown[]): Promise<unknown>
  }
}

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

  /** Asks in one of the ways that there are. @throws StarError when it was not accepted */
  ask(asker: Asker, text: string, session = ''): void {
    const { clock, contents, random } = this.#context
    const message = ['ask', ...contents.of(text)] as const
    const way = random.int(0, 3)
    if (way < 2) {
      asker.timeout(ANSWER_MS).emit(...message, this.#settling(text, session, ANSWER_MS, true))
      this.#sent(session)
      return
    }
    const ms = way === 2 ? ANSWER_MS : random.next() * IMPATIENT_MS
    const before = asker.bufferedAmount
    // a promise has the first value alone
    const settle = this.#settling(text, session, ms, false)
    const answer = way === 2 ? asker.emitWithAck(...message) : asker.timeout(ms).emitWithAck(...message)
    // a promise is rejected later, and the message was accepted now or was not
    if (asker.bufferedAmount === before) {
      answer.catch(() => {})
      throw new StarError('ERR_BACKLOG', `at ${clock.now}`)
    }
    this.#sent(session)
    answer.then(
      (value) => settle(null, value),
      (error) => settle(error),
    )
  }

  #sent(session: string): void {
    this.#waiting.set(session, this.waiting(session) + 1)
  }

  /** What a request comes to. */
  #settling(text: string, session: string, timeoutMs: number, whole: boolean): Settle {
    const { clock, contents, oracle } = this.#context
    const { now } = clock.timersOf(this.#app)
    const { machine } = this.#app
    const asked = now()
    // a page that is not seen may sleep between two moments at which its timers come
    const latest = asked + timeoutMs + 2 * THROTTLE_MS - machine.lateMs
    let count = 0
    return (error, value, ...rest) => {
      count += 1
      this.#waiting.set(session, this.waiting(session) - 1)
      if (count > 1) oracle.fail(`the request ${text.slice(0, 20)} was settled ${count} times`)
      if (now() > latest + machine.lateMs)
        oracle.fail(
          `the request ${text.slice(0, 20)} was settled after ${now() - asked} ms, and not ${timeoutMs}`,
        )
      const late = now() - asked >= timeoutMs - EARLY_MS
      const allowed = ['ERR_CLOSED', 'ERR_INTERRUPTED', ...(late ? ['ERR_TIMEOUT'] : [])]
      if (error === null ? value !== answerTo(text) : !allowed.includes(codeOf(error))) {
        oracle.fail(`the request ${text} came to ${String(error ?? value)} after ${now() - asked} ms`)
      }
      if (error === null && whole) contents.check(value, rest)
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
