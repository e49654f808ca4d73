import type { SocketLike } from '@socket-star/protocol'
import { inside } from '../insides.ts'
import { BUDGET_FLOOR_BYTES } from '../limits.ts'
import { type Engine, engineOf } from '../pressure/engine.ts'
import { pressureOf, type SocketPressure } from '../pressure/index.ts'
import { terminate } from '../pressure/terminate.ts'
import type { Timers } from '../timers.ts'
import { Patience } from './patience.ts'

/**
 * Closes connections on which more than {@link BUDGET_FLOOR_BYTES} wait and of which the system takes none for
 * {@link READER_PATIENCE_MS} (PS-52, LIM-12), whatever else is heard from them.
 */
export class UnreadWatch {
  readonly #timers: Timers
  /** By the connection, whose sockets share what waits there. */
  readonly #watched = new Map<Engine, { readonly patience: Patience; readonly forget: () => void }>()

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** To be called when much waits: looks until that is not so any more, also when the socket has left the connection. */
  watch(socket: SocketLike): void {
    const engine = engineOf(socket)
    const pressure = pressureOf(socket)
    if (engine === undefined || pressure.bufferedBytes() <= BUDGET_FLOOR_BYTES) return
    // there will be no other word of one that is closed
    if (inside(engine).readyState === 'closed') return
    const { patience } = this.#watched.get(engine) ?? this.#begin(engine, socket, pressure)
    patience.begin(this.#timers)
  }

  /** Looks no more. */
  close(): void {
    for (const { forget } of [...this.#watched.values()]) forget()
  }

  #begin(engine: Engine, socket: SocketLike, pressure: SocketPressure): { readonly patience: Patience } {
    const patience = new Patience(pressure, () => terminate(socket))
    const forget = (): void => {
      engine.off('close', forget)
      patience.stop()
      this.#watched.delete(engine)
    }
    engine.on('close', forget)
    this.#watched.set(engine, { patience, forget })
    return { patience }
  }
}
