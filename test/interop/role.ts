import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { ErrorReport } from './roles/commands.ts'

/** An answer that takes longer than this fails the test, in milliseconds. */
const CALL_LIMIT_MS = 60_000
const START_LIMIT_MS = 60_000
/** How long a role may take to end by itself before it is killed, in milliseconds. */
const STOP_LIMIT_MS = 3_000
/** The last events that are kept for {@link Role.waitFor}. */
const MAX_EVENTS = 2_000

/** Something that a role reported. */
// biome-ignore lint/suspicious/noExplicitAny: both ends of this pipe belong to the tests
export type Detail = Record<string, any>

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

interface Waiter {
  readonly event: string
  readonly match: (detail: Detail) => boolean
  readonly resolve: (detail: Detail) => void
}

/** What a command of a role ended in when it failed: the role's own error, with its code. */
class RoleError extends Error {
  readonly code: string | undefined

  constructor(role: string, report: ErrorReport) {
    super(`${role}: ${report.code ?? ''} ${report.message}`)
    this.code = report.code
  }
}

/** One process of a test: a client or a server, legacy or ours, driven through its standard streams. */
export class Role {
  readonly name: string
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  readonly #events: { event: string; detail: Detail }[] = []
  readonly #waiters = new Set<Waiter>()
  #dropped = 0
  #nextId = 1
  #stderr = ''

  private constructor(name: string, child: ChildProcess) {
    this.name = name
    this.#child = child
    if (child.stdout === null || child.stderr === null) throw new Error('a role needs its pipes')
    createInterface({ input: child.stdout }).on('line', (line) => this.#onLine(line))
    child.stderr.on('data', (chunk) => {
      this.#stderr = (this.#stderr + chunk).slice(-4_000)
    })
    child.once('exit', (code, signal) => this.#onExit(`ended (${signal ?? code})\n${this.#stderr}`))
  }

  /** Starts a script and waits until it takes commands. */
  static async start(name: string, script: string, nodeOptions: readonly string[] = []): Promise<Role> {
    const child = spawn(process.execPath, ['--conditions=@socket-star/source', ...nodeOptions, script], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const role = new Role(name, child)
    await role.waitFor('ready', () => true, START_LIMIT_MS)
    return role
  }

  /** The last lines that the role wrote for people. */
  get notes(): string {
    return this.#stderr === '' ? '' : `${this.name} noted:\n${this.#stderr}`
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.name} has no process`)
    return this.#child.pid
  }

  /** Runs a command in the role. */
  call<T = unknown>(command: string, args: object = {}, limitMs = CALL_LIMIT_MS): Promise<T> {
    const id = this.#nextId++
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }))
    this.#child.stdin?.write(`${JSON.stringify({ id, command, args })}\n`, () => {})
    const result = this.#within(answer, limitMs, command) as Promise<T>
    // a test that has failed no longer waits for the rest of its calls
    result.catch(() => {})
    return result
  }

  /** A place in the stream of events, for {@link Role.waitFor} to look from. */
  get mark(): number {
    return this.#dropped + this.#events.length
  }

  /** The first event of a kind that matches: one since `from` that was reported already, or the next. */
  waitFor(
    event: string,
    match: (detail: Detail) => boolean = () => true,
    limitMs = CALL_LIMIT_MS,
    from = 0,
  ): Promise<Detail> {
    const known = this.#events
      .slice(Math.max(0, from - this.#dropped))
      .find((seen) => seen.event === event && match(seen.detail))
    if (known !== undefined) return Promise.resolve(known.detail)
    const next = new Promise<Detail>((resolve) => this.#waiters.add({ event, match, resolve }))
    return this.#within(next, limitMs, `event ${event}`)
  }

  /** Sends a signal; after SIGKILL, waits until the process is gone. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    const gone = signal === 'SIGKILL' ? this.#gone() : undefined
    this.#child.kill(signal)
    await gone
  }

  /** Ends the process. Safe to call again. */
  async stop(): Promise<void> {
    this.#child.kill('SIGCONT')
    this.#child.stdin?.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS)
    await this.#gone()
    clearTimeout(timer)
  }

  async #gone(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }

  #onLine(line: string): void {
    const message = parse(line)
    if (message === undefined) return
    if ('event' in message) this.#onEvent(message.event, message.detail)
    else this.#onAnswer(message)
  }

  #onEvent(event: string, detail: Detail): void {
    this.#events.push({ event, detail })
    if (this.#events.length > MAX_EVENTS) {
      this.#events.shift()
      this.#dropped++
    }
    for (const waiter of this.#waiters) {
      if (waiter.event !== event || !waiter.match(detail)) continue
      this.#waiters.delete(waiter)
      waiter.resolve(detail)
    }
  }

  #onAnswer({ id, result, error }: Detail): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (error === undefined) pending?.resolve(result)
    else pending?.reject(new RoleError(this.name, error))
  }

  #onExit(reason: string): void {
    for (const pending of this.#pending.values()) pending.reject(new Error(`${this.name} ${reason}`))
    this.#pending.clear()
  }

  #within<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${this.name}: no ${what} within ${limitMs} ms\n${this.#stderr}`))
      }, limitMs)
    })
    return Promise.race([promise, limit]).finally(() => clearTimeout(timer))
  }
}

function parse(line: string): Detail | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
