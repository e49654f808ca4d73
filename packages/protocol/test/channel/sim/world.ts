interface Task {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** Virtual time: tasks run in the order of their time, and time jumps from one to the next. Milliseconds. */
export class World {
  now = 0
  #order = 0
  readonly #heap: Task[] = []

  /** Runs something at a time, now if that has passed. */
  at(time: number, run: () => void): void {
    const heap = this.#heap
    heap.push({ at: Math.max(time, this.now), order: this.#order++, run })
    let child = heap.length - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!this.#swapUnlessBefore(parent, child)) break
      child = parent
    }
  }

  after(ms: number, run: () => void): void {
    this.at(this.now + ms, run)
  }

  /** Runs tasks until the time has come, nothing is left, or `done` says so. Time stands at the last task, or at `until`. */
  run(until: number, done: () => boolean = () => false): void {
    while (!done()) {
      const task = this.#heap[0]
      if (!task || task.at > until) {
        this.now = Math.max(this.now, until)
        return
      }
      this.#pop()
      this.now = task.at
      task.run()
    }
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    let parent = 0
    for (;;) {
      const left = 2 * parent + 1
      const right = left + 1
      const child = right < heap.length && this.#before(right, left) ? right : left
      if (child >= heap.length || !this.#swapUnlessBefore(parent, child)) return
      parent = child
    }
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]]
    if (!x || !y) return false
    return x.at < y.at || (x.at === y.at && x.order < y.order)
  }

  /** @returns whether they were swapped */
  #swapUnlessBefore(parent: number, child: number): boolean {
    const [x, y] = [this.#heap[parent], this.#heap[child]]
    if (!x || !y || this.#before(parent, child)) return false
    this.#heap[parent] = y
    this.#heap[child] = x
    return true
  }
}
