import type { Connection, TestProxy } from './proxy.ts'
import { until } from './until.ts'

/** How many turns of the event loop nothing has to come any more before the other direction is let go. */
const QUIET_TURNS = 50

/**
 * Lets bytes through in one direction at a time, first up, and counts the
 * turns: what arrives in a turn can only depend on turns before. Two flights
 * are a round trip, however long that takes on a network.
 */
export class Flights {
  readonly #proxy: TestProxy
  readonly #begins: (flight: number) => void

  /** Holds what comes on further connections. `begins`: told which flight, from 1. */
  constructor(proxy: TestProxy, begins: (flight: number) => void) {
    this.#proxy = proxy
    this.#begins = begins
    proxy.weather.up.holds = proxy.weather.down.holds = true
  }

  /** Goes on until `arrived`. */
  async until(arrived: () => boolean): Promise<void> {
    await until(() => this.#proxy.newest !== undefined)
    for (let flight = 1; ; flight++) {
      const connection = this.#proxy.newest as Connection
      const [open, shut] =
        flight % 2 === 1 ? [connection.up, connection.down] : [connection.down, connection.up]
      this.#begins(flight)
      shut.weather.holds = true
      open.release()
      // answers to what came, all of them
      await until(() => arrived() || shut.bytesInFlight > 0)
      for (let quiet = 0, held = 0; quiet < QUIET_TURNS; quiet++) {
        if (shut.bytesInFlight !== held) quiet = 0
        held = shut.bytesInFlight
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (arrived()) return
    }
  }

  /** Holds nothing any more. */
  release(): void {
    const { weather, connections } = this.#proxy
    weather.up.holds = weather.down.holds = false
    for (const { up, down } of connections) for (const link of [up, down]) link.release()
  }
}
