import type { FoundStack } from './catalogue.ts'
import type { Usage } from './model.ts'
import { keepOn, type Placement, placesFor, processors } from './placement.ts'
import { RoleProcess } from './role-process.ts'
import type { Reading } from './role-protocol.ts'

/** The processes of one stack. */
export class Cast {
  readonly stack: string
  readonly #found: FoundStack
  readonly #file: string
  readonly #roles: readonly string[]
  readonly #env: Readonly<Record<string, string>> | undefined
  readonly #nodeArguments: readonly string[] | undefined
  readonly #profileDirectory: string | undefined
  readonly #processes: RoleProcess[] = []

  constructor(stack: string, found: FoundStack, profileDirectory?: string) {
    this.stack = stack
    this.#found = found
    this.#file = found.file
    this.#roles = Object.keys(found.stack.roles)
    this.#env = found.stack.env
    this.#nodeArguments = found.stack.nodeArguments
    this.#profileDirectory = profileDirectory
  }

  /** Whether the stack has a role; some do without a server. */
  has(role: string): boolean {
    return this.#roles.includes(role)
  }

  /** The same stack with processes of its own, which whoever asks for it closes. */
  another(): Cast {
    return new Cast(this.stack, this.#found, this.#profileDirectory)
  }

  /** Starts a process that plays a role of the stack. Several may play the same. */
  async start<T extends object>(role: string, params: unknown = {}): Promise<RoleProcess<T>> {
    const nth = this.#processes.filter((each) => each.role === role).length
    const title = `${this.stack} ${role}${nth === 0 ? '' : ` ${nth + 1}`}`
    const started = new RoleProcess<T>({
      file: this.#file,
      role,
      title,
      env: this.#env,
      nodeArguments: this.#nodeArguments,
      profileDirectory: this.#profileDirectory,
    })
    this.#processes.push(started)
    await started.start(params)
    return started
  }

  /**
   * Puts its processes where they stay from now on. False where that was not
   * possible: the system puts them where it likes, and moves them.
   */
  async place(placement: Placement): Promise<boolean> {
    const places = placesFor(placement, this.#processes.length, processors())
    if (places === undefined) return false
    const kept = await Promise.all(
      this.#processes.map(({ pid }, nth) => keepOn(pid, places.slice(nth, nth + 1))),
    )
    return kept.every(Boolean)
  }

  /**
   * Runs something and says what each role used meanwhile. A busy process
   * answers late, so its CPU time is scaled from its own span to the window's.
   */
  async measure<R>(
    during: () => Promise<R>,
  ): Promise<{ result: R; seconds: number; usage: Record<string, Usage> }> {
    const before = await Promise.all(this.#processes.map((each) => each.begin()))
    const start = performance.now()
    const result = await during()
    const seconds = (performance.now() - start) / 1000
    const after = await Promise.all(this.#processes.map((each) => each.read()))
    const usage: Record<string, Usage> = {}
    this.#processes.forEach(({ role }, index) => {
      const used = usageBetween(before[index], after[index], seconds)
      const sum = usage[role]
      usage[role] = {
        cpuSeconds: used.cpuSeconds + (sum?.cpuSeconds ?? 0),
        peakRssBytes: used.peakRssBytes + (sum?.peakRssBytes ?? 0),
      }
    })
    return { result, seconds, usage }
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    await Promise.all(this.#processes.map((each) => each.close()))
  }
}

function usageBetween(before: Reading | undefined, after: Reading | undefined, seconds: number): Usage {
  if (before === undefined || after === undefined) return { cpuSeconds: 0, peakRssBytes: 0 }
  const spanSeconds = (after.atMs - before.atMs) / 1000
  const cpuSeconds = (after.cpuMicros - before.cpuMicros) / 1e6
  return { cpuSeconds: (cpuSeconds / spanSeconds) * seconds, peakRssBytes: after.peakRssBytes }
}
