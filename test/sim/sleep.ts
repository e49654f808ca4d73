import type { Context } from './context.ts'
import type { Machine } from './machine.ts'
import type { Page } from './page.ts'
import type { Servers } from './servers.ts'

/** The longest that a program stands still: its event loop is blocked, or its machine busy with others, in milliseconds. */
const DOZE_MS = 7_000
/** The longest that a tab is in the background, in milliseconds. */
const HIDDEN_MS = 8_000
/** How long a machine sleeps, at least and at most, in milliseconds: the defaults of Engine.IO and of sessions lie between. */
const NIGHT_MS = [10_000, 300_000] as const
/** There is trouble for so long yet after a night, in milliseconds. */
const MORNING_MS = 1_500
/** At night so much of the time that is left passes between two things that happen. */
const QUIET = 0.3

/** How many kinds of sleep there are. */
export const KINDS_OF_SLEEP = 4

/** Lets machines sleep for a while, all of them awake again when the trouble is over. */
export class Sleep {
  /** For how long there is trouble, in virtual time. */
  troubleUntil: number
  sleeps = 0
  nights = 0
  readonly #context: Context
  readonly #servers: Servers
  #nightUntil = 0

  constructor(context: Context, servers: Servers) {
    this.#context = context
    this.#servers = servers
    this.troubleUntil = context.scenario.troubleMs
  }

  /** So long until the next thing happens, which is `ms` by day. */
  pause(ms: number): number {
    const left = this.#nightUntil - this.#context.clock.now
    return left <= 0 ? ms : Math.max(ms, Math.min(left, this.#context.random.next() * QUIET * left))
  }

  /** One kind of sleep, perhaps of this page. */
  fall(kind: number, page: Page | undefined): void {
    const { clock, random, scenario } = this.#context
    const server = this.#servers.current?.machine
    const left = this.troubleUntil - clock.now
    switch (kind) {
      case 0:
        if (scenario.dozes) this.#sleep(page?.machine, Math.min(left, random.next() * DOZE_MS))
        return
      case 1:
        if (scenario.dozes) this.#sleep(server, Math.min(left, random.next() * DOZE_MS))
        return
      case 2:
        if (scenario.dozes) page?.machine.throttle(clock.now + Math.min(left, random.next() * HIDDEN_MS))
        return
      case 3:
        if (scenario.night && this.nights === 0) this.#night(random.chance(0.8) ? page?.machine : server)
        return
      default:
        throw new Error(`there is no sleep ${kind}`)
    }
  }

  #night(machine: Machine | undefined): void {
    const { clock, random, network } = this.#context
    if (machine === undefined) return
    this.nights += 1
    const [least, most] = NIGHT_MS
    const ms = least + random.next() ** 2 * (most - least)
    this.#nightUntil = clock.now + ms
    this.troubleUntil = Math.max(this.troubleUntil, this.#nightUntil + MORNING_MS)
    this.#sleep(machine, ms)
    // its address is another one's by the morning, and nobody tells it
    if (random.chance(0.3)) {
      for (const pipe of network.pipes) {
        if (pipe.client.machine === machine || pipe.server.machine === machine) pipe.swallow(true, true)
      }
    }
  }

  #sleep(machine: Machine | undefined, ms: number): void {
    const { clock, network, random, note } = this.#context
    if (machine === undefined || machine.asleepAt(clock.now)) return
    this.sleeps += 1
    const clockStops = random.chance(0.3)
    note(() => `a machine sleeps for ${ms.toFixed(1)} ms${clockStops ? ', and so does its clock' : ''}`)
    machine.sleep(clock.now, clock.now + ms, clockStops)
    network.slept(machine, ms, clockStops)
  }
}
