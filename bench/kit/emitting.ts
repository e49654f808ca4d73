import { setImmediate } from 'node:timers/promises'
import type { End } from '../benches/messages.ts'
import { nowMs } from './clock.ts'

/** How one end emits a message, and when it has to wait. */
export interface Emitter {
  emit(): void
  /** Resolves once there is room for more; `undefined` when there is. */
  full(): Promise<unknown> | undefined
}

/** Counts what comes in and emits as fast as an emitter lets it; the two ends are alike. */
export class Emitting {
  #messages = 0
  #running = false
  #done: Promise<number> = Promise.resolve(0)

  came(): void {
    this.#messages++
  }

  /** The methods of a role. The emitter is asked for when it is needed: the other end has connected by then. */
  end(emitter: () => Emitter): End {
    return {
      start: async (perTurn) => {
        this.#running = true
        this.#done = this.#pump(emitter(), perTurn)
      },
      stop: () => {
        this.#running = false
        return this.#done
      },
      received: () => ({ messages: this.#messages, atMs: nowMs() }),
    }
  }

  async #pump(emitter: Emitter, perTurn: number): Promise<number> {
    let sent = 0
    while (this.#running) {
      for (let turn = 0; turn < perTurn; turn++) emitter.emit()
      sent += perTurn
      // also when there is room: the next ones belong to another turn
      await setImmediate()
      await emitter.full()
    }
    return sent
  }
}

/** Asks one time after the other; each span in milliseconds. */
export async function timeEach(count: number, ask: () => Promise<unknown>): Promise<number[]> {
  const spans: number[] = []
  while (spans.length < count) {
    const start = performance.now()
    await ask()
    spans.push(performance.now() - start)
  }
  return spans
}
