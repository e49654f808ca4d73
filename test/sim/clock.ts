import type { Machine } from './machine.ts'

/** Who set a timer: whoever is gone has none left. */
export interface Owner {
  readonly name: string
  readonly machine: Machine
  gone: boolean
  timers: number
}

interface Task {
  at: number
  /** When it was to run, before its machine kept it from that. */
  due: number
  readonly order: number
  readonly owner: Owner | undefined
  readonly machine: Machine | undefined
  /** What the clock by which it was set lacked then; undefined: no timer, but something that comes from outside. */
  lostMs: number | undefined
  run: (() => void) | undefined
}

/** Tasks that one run may take: more is a schedule that never rests. */
const MAX_TASKS = 2_000_000

/**
 * Virtual time in milliseconds. Tasks run in the order of their time; between
 * two of them everything that they left to promises and microtasks is done.
 */
export class Clock {
  now = 0
  tasks = 0
  readonly #heap: Task[] = []
  #order = 0

  /** Calls back after so many milliseconds; the returned function cancels. What comes to a machine waits while that sleeps. */
  after(ms: number, run: () => void, owner?: Owner, machine = owner?.machine): () => void {
    return this.#set(ms, run, owner, machine, undefined)
  }

  /** A clock of one owner, as the packages want it. */
  timersOf(owner: Owner) {
    const { machine } = owner
    return {
      now: () => this.now - machine.lostMs,
      after: (ms: number, run: () => void) => this.#set(ms, run, owner, machine, machine.lostMs),
    }
  }

  /** Runs until that time, or until `done` says so. */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    while (!done()) {
      const task = this.#heap[0]
      if (task === undefined || task.at > until) {
        this.now = Math.max(this.now, until)
        return
      }
      this.#pop()
      const { run, owner } = task
      if (run === undefined) continue
      if (owner?.gone !== true && this.#postponed(task)) continue
      finish(task)
      if (owner?.gone === true) continue
      this.now = Math.max(this.now, task.at)
      this.tasks += 1
      if (this.tasks > MAX_TASKS) throw new Error(`more than ${MAX_TASKS} tasks at ${this.now} ms`)
      run()
      await turn()
    }
  }

  #set(
    ms: number,
    run: () => void,
    owner: Owner | undefined,
    machine: Machine | undefined,
    lostMs: number | undefined,
  ): () => void {
    if (owner?.gone === true) return () => {}
    const at = this.now + Math.max(0, ms)
    const task: Task = { at, due: at, order: this.#order++, owner, machine, lostMs, run }
    if (owner !== undefined) owner.timers += 1
    this.#push(task)
    return () => finish(task)
  }

  /** Its machine does not run it yet. */
  #postponed(task: Task): boolean {
    const { machine, lostMs, at } = task
    if (machine === undefined) return false
    if (lostMs !== undefined && machine.lostMs > lostMs) {
      task.due += machine.lostMs - lostMs
      task.at = task.due
      task.lostMs = machine.lostMs
    }
    task.at = machine.readyAt(Math.max(task.at, at), task.lostMs !== undefined)
    if (task.at <= at) return false
    this.#push(task)
    return true
  }

  #push(task: Task): void {
    const heap = this.#heap
    let child = heap.push(task) - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      const above = heap[parent]
      if (above === undefined || before(above, task)) break
      heap[child] = above
      child = parent
    }
    heap[child] = task
  }

  #pop(): void {
    const heap = this.#heap
    const task = heap.pop()
    if (task === undefined || heap.length === 0) return
    let parent = 0
    for (;;) {
      let child = 2 * parent + 1
      const [left, right] = [heap[child], heap[child + 1]]
      if (left !== undefined && right !== undefined && before(right, left)) child += 1
      const below = heap[child]
      if (below === undefined || before(task, below)) break
      heap[parent] = below
      parent = child
    }
    heap[parent] = task
  }
}

function finish(task: Task): void {
  if (task.run === undefined) return
  task.run = undefined
  if (task.owner !== undefined) task.owner.timers -= 1
}

function before(a: Task, b: Task): boolean {
  if (a.at !== b.at) return a.at < b.at
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}

/** The end of this turn of the event loop: by then no microtask is left. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
