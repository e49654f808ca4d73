import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { track } from './children.ts'
import { type Answer, BEGIN, READ, type Reading, START } from './role-protocol.ts'

const HOST = join(import.meta.dirname, 'role-host.ts')
/** How long a call may take unless it says otherwise. */
const CALL_LIMIT_MS = 60_000
/** How long a role may take to end in good order before it is killed. */
const CLOSE_LIMIT_MS = 3_000
/** How much of a role's stderr is kept for the message when it fails, in UTF-16 units. */
const MAX_STDERR = 4_000

/** Where and how a role runs. */
export interface RoleOptions {
  readonly file: string
  readonly role: string
  /** For messages: which of several processes of the role. */
  readonly title: string
  /** Added to this process' own environment. */
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly nodeArguments?: readonly string[] | undefined
  /** Where to write a CPU profile of it, if at all. */
  readonly profileDirectory?: string | undefined
}
/** The last words of a process arrive a little after its end. */
const STDERR_GRACE_MS = 50

type Method = (...args: never[]) => unknown
type Methods<T> = { [K in keyof T]: T[K] extends Method ? K : never }[keyof T] & string
type Result<F> = F extends Method ? Awaited<ReturnType<F>> : never
type Arguments<F> = F extends Method ? Parameters<F> : never

/** A role in a process of its own, as its parent sees it. */
export class RoleProcess<T extends object = object> {
  readonly role: string
  readonly #title: string
  readonly #child: ChildProcess
  readonly #pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  readonly #exited: Promise<void>
  #nextId = 0
  #stderr = ''
  #ended = false

  constructor(options: RoleOptions) {
    const profiling = options.profileDirectory
    this.role = options.role
    this.#title = options.title
    this.#child = fork(HOST, [options.file, options.role], {
      execArgv: [
        '--conditions=@socket-star/source',
        '--disable-warning=ExperimentalWarning',
        ...(options.nodeArguments ?? []),
        ...(profiling
          ? ['--cpu-prof', `--cpu-prof-dir=${profiling}`, `--cpu-prof-name=${profileName(options)}`]
          : []),
      ],
      env: { ...process.env, NODE_ENV: 'development', ...options.env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    track(this.#child)
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR)
    })
    this.#child.on('message', (answer: Answer) => this.#settle(answer))
    this.#exited = new Promise((resolve) => {
      // Not 'close': it does not come when the parent closed the channel.
      this.#child.once('exit', (code, signal) => {
        this.#ended = true
        setTimeout(() => {
          this.#abandon(this.#stderr.trim() || `exit ${signal ?? code}`)
          resolve()
        }, STDERR_GRACE_MS)
      })
    })
    this.#child.on('error', (error) => {
      this.#stderr += error.message
    })
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Starts the role; its parameters travel as JSON. */
  start(params: unknown, limitMs: number = CALL_LIMIT_MS): Promise<void> {
    return this.#send(START, [params], limitMs) as Promise<void>
  }

  /** Calls a method of the actor that the role returned. Arguments and result travel as JSON. */
  call<K extends Methods<T>>(method: K, ...args: Arguments<T[K]>): Promise<Result<T[K]>> {
    return this.#send(method, args, CALL_LIMIT_MS) as Promise<Result<T[K]>>
  }

  /** As {@link call}, for what takes long by its nature. */
  callWithin<K extends Methods<T>>(
    limitMs: number,
    method: K,
    ...args: Arguments<T[K]>
  ): Promise<Result<T[K]>> {
    return this.#send(method, args, limitMs) as Promise<Result<T[K]>>
  }

  /** Forgets the peak memory so far and reads the counters. */
  begin(): Promise<Reading> {
    return this.#send(BEGIN, [], CALL_LIMIT_MS) as Promise<Reading>
  }

  read(): Promise<Reading> {
    return this.#send(READ, [], CALL_LIMIT_MS) as Promise<Reading>
  }

  /** Ends the process: by its own `close` where the actor has one, else and after a while by force. */
  async close(): Promise<void> {
    if (this.#ended) return
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_LIMIT_MS)
    // A role without `close` answers with an error, which is as good.
    await Promise.race([this.#send('close', [], CLOSE_LIMIT_MS).catch(() => {}), this.#exited])
    if (this.#child.connected) this.#child.disconnect()
    await this.#exited
    clearTimeout(killer)
  }

  #abandon(why: string): void {
    for (const { reject } of this.#pending.values()) reject(new Error(`${this.#title} ended: ${why}`))
    this.#pending.clear()
  }

  #send(method: string, args: readonly unknown[], limitMs: number): Promise<unknown> {
    if (this.#ended) return Promise.reject(new Error(`${this.#title} has ended: ${this.#stderr.trim()}`))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id)
        reject(new Error(`${this.#title} did not answer ${method} within ${limitMs} ms`))
      }, limitMs)
      const done = (settle: () => void) => {
        clearTimeout(timer)
        settle()
      }
      this.#pending.set(id, {
        resolve: (value) => done(() => resolve(value)),
        reject: (error) => done(() => reject(error)),
      })
      this.#child.send({ id, method, args })
    })
  }

  #settle(answer: Answer): void {
    const waiting = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if ('error' in answer) waiting?.reject(new Error(`${this.#title}: ${answer.error}`))
    else waiting?.resolve(answer.value)
  }
}

function profileName({ title }: RoleOptions): string {
  return `${title.replaceAll(/[^\w.-]+/g, '-')}-\${pid}.cpuprofile`
}
