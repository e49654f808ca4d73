/** Runs jobs, some at a time, in the order they were given; tests pick up the results one by one. */
export class Pool<Job, Result> {
  readonly #run: (job: Job) => Promise<Result>
  readonly #results = new Map<Job, Promise<Result>>()
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(atOnce: number, run: (job: Job) => Promise<Result>) {
    this.#free = atOnce
    this.#run = run
  }

  start(jobs: readonly Job[]): void {
    for (const job of jobs) {
      const result = this.#inTurn(job)
      // whoever asks for the result hears of a failure; nobody may ask
      result.catch(() => {})
      this.#results.set(job, result)
    }
  }

  /** The result of a job that was given to {@link Pool.start}. */
  result(job: Job): Promise<Result> {
    const result = this.#results.get(job)
    if (result === undefined) throw new Error('no such job')
    return result
  }

  async #inTurn(job: Job): Promise<Result> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#free--
    try {
      return await this.#run(job)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
