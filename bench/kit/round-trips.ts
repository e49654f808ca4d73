import { setTimeout as delay } from 'node:timers/promises'
import type { Cast } from '../lib/cast.ts'
import type { Sample } from '../lib/model.ts'
import type { Placement } from '../lib/placement.ts'
import type { RoleProcess } from '../lib/role-process.ts'
import { quantiles } from '../lib/stats.ts'

/** What a stack's processes answer to when they are asked for round trips. */
export interface Asked {
  url(): string
}
export interface Asking {
  /** Asks and is answered, one after the other, with nothing else going on; in milliseconds. */
  roundTrips(count: number): Promise<number[]>
}

/** Round trips of a burst while processes warm up. */
const BURST = 500
/** Between bursts: long enough for what a side says by itself once it is not asked any more. */
const PAUSE_MS = 20

/** How many are asked for. */
export interface RoundTripsPlan {
  /** Bursts before anything is measured by fresh processes. */
  readonly warmUpBursts: number
  /** Before each measurement: a process that waited for its turn has lost its place in the caches. */
  readonly before: number
  readonly measured: number
  /** After so many measurements the processes are replaced. */
  readonly measurementsALife: number
}

/**
 * Measures round trips in processes that do nothing else.
 *
 * Two things make a round trip longer by more than what is looked for, and are
 * therefore not left to chance. Where the two processes run: the system puts
 * them on one core or on two, and moves them while they are measured. And what
 * the compiler made of their code, which differs from process to process and
 * stays: so they are replaced now and then, and the spread shows it. They warm
 * up in bursts, as they are measured: what runs only in a pause, an
 * acknowledgement that travels alone, is code that the compiler did not expect
 * when it meets it for the first time, and makes it begin anew.
 */
export class RoundTrips {
  readonly #first: Cast
  readonly #plan: RoundTripsPlan
  #cast: Cast | undefined
  #client: RoleProcess<Asking> | undefined
  #measurements = 0

  /** `cast`: another one of it is made for each life. */
  constructor(cast: Cast, plan: RoundTripsPlan) {
    this.#first = cast
    this.#plan = plan
  }

  async measure(placement: Placement): Promise<Sample> {
    const { before, measured, measurementsALife } = this.#plan
    if (this.#measurements % measurementsALife === 0) await this.#renew()
    this.#measurements++
    const cast = this.#cast
    const client = this.#client
    if (cast === undefined || client === undefined) throw new Error('no processes')
    const placed = await cast.place(placement)
    await client.call('roundTrips', before)
    const { result, usage } = await cast.measure(() => client.call('roundTrips', measured))
    const [p50 = Number.NaN, p99 = Number.NaN] = quantiles(result, 0.5, 0.99)
    const notes = placed ? [] : ['the system chose the cores: taskset or a core is missing']
    return { units: result.length, values: { p50, p99 }, usage, notes }
  }

  async close(): Promise<void> {
    await this.#cast?.close()
  }

  async #renew(): Promise<void> {
    await this.close()
    const cast = this.#first.another()
    this.#cast = cast
    const server = await cast.start<Asked>('server')
    this.#client = await cast.start<Asking>('client', { url: await server.call('url') })
    // there it takes the least time, and the same for all
    await cast.place('together')
    for (let burst = 0; burst < this.#plan.warmUpBursts; burst++) {
      await this.#client.call('roundTrips', BURST)
      await delay(PAUSE_MS)
    }
  }
}
