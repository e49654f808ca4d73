/** Does one thing after the other: what is asked for meanwhile, by a listener for instance, is done behind the rest. */
export class OneAfterTheOther {
  readonly #todo: (() => void)[] = []

  do(acts: readonly (() => void)[]): void {
    const todo = this.#todo
    const idle = todo.length === 0
    todo.push(...acts)
    if (!idle) return
    try {
      for (const act of todo) act()
    } finally {
      todo.length = 0
    }
  }
}
