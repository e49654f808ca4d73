import { NEVER } from '../../channel/limits.ts'
import { type ErrorCode, StarError } from '../../errors.ts'

interface Waiting {
  readonly upTo: number
  resolve(): void
  reject(error: Error): void
}

/** Who waits until what was emitted so far was received. */
export class Flushes {
  readonly #waiting: Waiting[] = []

  wait(upTo: number): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ upTo, resolve, reject }))
  }

  acknowledged(upTo: number): void {
    while ((this.#waiting[0]?.upTo ?? NEVER) <= upTo) this.#waiting.shift()?.resolve()
  }

  fail(code: ErrorCode): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new StarError(code))
  }
}
