import { Random } from '../../packages/protocol/test/channel/sim/random.ts'
import { Clock } from './clock.ts'
import { Contents } from './contents.ts'
import type { Context, Faults } from './context.ts'
import { act, KINDS_OF_MOOD } from './moods.ts'
import { Network } from './network.ts'
import { Oracle } from './oracle.ts'
import { Page } from './page.ts'
import type { ServerProcess } from './process.ts'
import { type Scenario, scenarioOf } from './scenario.ts'
import { Servers } from './servers.ts'
import { KINDS_OF_SLEEP, Sleep } from './sleep.ts'
import { KINDS_OF_WEATHER, STALL_MS, storm, sunshine } from './weather.ts'

/** How a run went. It throws instead when a promise was broken. */
export interface Outcome {
  readonly scenario: Scenario
  readonly delivered: number
  readonly handedBack: number
  readonly cuts: number
  readonly resumes: number
  readonly renewals: number
  readonly restarts: number
  readonly reloads: number
  readonly copies: number
  /** Documents that were frozen while their tab showed another one. */
  readonly elsewhere: number
  /** Machines that slept or stood still, and those that did so for minutes. */
  readonly sleeps: number
  readonly nights: number
  readonly gaps: number
  /** Volatile messages that came, and those that were refused. */
  readonly volatile: number
  readonly volatileRefused: number
  readonly ends: number
  /** Sessions that ended because nobody came back, those at rest included. */
  readonly expiries: number
  /** Virtual time from the return of the network to the end of all that was emitted, in milliseconds. */
  readonly recoveredMs: number
  readonly tasks: number
}

/** After the network is back everything emitted is acknowledged within this time: the promise under test, in virtual milliseconds. */
const RECOVERY_MS = 30_000
/** How long the applications go on once the network is back, in milliseconds. */
const AFTERMATH_MS = 500
/** How many kinds of changes there are of those who take part. */
const KINDS_OF_CHANGE = 6
/** Of so many troubles one is not the network's, nor a change of those who take part. */
const WHIMS = 0.35
/** The longest that a document is frozen, in milliseconds. */
const ELSEWHERE_MS = 5_000
/** Within this time a volatile message is there, also behind what was sent again for nothing, in milliseconds. */
const CALL_MS = 3_000
/** A session that was ended on one side is over on both, and its sockets are closed, in milliseconds. */
const PARTING_MS = 5_000

/** One seeded run: clients and a server over a virtual network that comes and goes, and then stays. */
export async function simulate(
  seed: number,
  faults: Faults = {},
  note?: (line: string) => void,
): Promise<Outcome> {
  const simulation = new Simulation(seed, faults, note)
  try {
    return await simulation.run()
  } finally {
    simulation.clean()
  }
}

class Simulation {
  readonly #context: Context
  readonly #servers: Servers
  readonly #sleep: Sleep
  #lastPage = 0
  readonly #pages: Page[] = []
  #count = { reloads: 0, copies: 0, elsewhere: 0, ends: 0 }

  constructor(seed: number, faults: Faults, note: ((line: string) => void) | undefined) {
    const random = new Random(seed)
    const clock = new Clock()
    const scenario: Scenario = { ...scenarioOf(seed, random), ...faults.scenario }
    const network = new Network(clock, random, scenario.conditions, scenario.noticeMs, scenario.transports)
    const oracle = new Oracle(scenario, clock)
    this.#context = {
      clock,
      random,
      network,
      oracle,
      contents: new Contents(scenario, oracle),
      scenario,
      faults,
      calm: false,
      quiet: false,
      note: (line) => note?.(`${clock.now.toFixed(1)} ${line()}`),
    }
    this.#servers = new Servers(this.#context)
    this.#sleep = new Sleep(this.#context, this.#servers)
  }

  async run(): Promise<Outcome> {
    const { clock, network, oracle, scenario } = this.#context
    this.#servers.start()
    for (const habits of scenario.clients) this.#open(habits)
    this.#talk()
    this.#trouble()
    while (clock.now < this.#sleep.troubleUntil) await this.#until(this.#sleep.troubleUntil)

    this.#context.note(() => 'the network is back')
    this.#context.calm = true
    const back = clock.now
    sunshine(this.#context, this.#servers)
    clock.after(AFTERMATH_MS, () => {
      this.#context.quiet = true
    })
    await this.#until(back + RECOVERY_MS, () => this.#context.quiet && this.#settled)
    if (!this.#settled) {
      const where = this.#alive.map(
        (page) => `${page.isSettled} ${page.where} ${this.#servers.current?.requests.waiting(page.star.id)}`,
      )
      oracle.fail(`not settled ${RECOVERY_MS} ms after the network was back:\n${where.join('\n')}`)
    }
    this.#check()
    const recoveredMs = clock.now - back
    // a connection that stood still when the network came back may do so yet, and be given up
    await this.#until(back + STALL_MS)
    await this.#until(back + RECOVERY_MS + STALL_MS, () => this.#settled)
    await this.#callAround()
    await this.#part()
    return {
      scenario,
      delivered: oracle.delivered,
      handedBack: oracle.handedBack,
      renewals: oracle.renewals,
      expiries: oracle.expired.size,
      gaps: oracle.rooms.gaps,
      volatile: oracle.volatile.heardOfAll,
      volatileRefused: oracle.volatile.refused,
      cuts: network.cuts,
      resumes: this.#pages.reduce((sum, { resumes }) => sum + resumes, 0),
      restarts: this.#servers.restarts,
      sleeps: this.#sleep.sleeps,
      nights: this.#sleep.nights,
      ...this.#count,
      recoveredMs,
      tasks: clock.tasks,
    }
  }

  clean(): void {
    this.#servers.clean()
  }

  async #until(time: number, done: () => boolean = () => false): Promise<void> {
    const { clock, oracle } = this.#context
    await clock.run(time, () => oracle.failure !== undefined || done())
    this.#check()
  }

  #check(): void {
    const { network, oracle } = this.#context
    if (network.torn) oracle.fail('a frame was written to a transport that was busy with another one')
    if (oracle.failure !== undefined) throw oracle.failure
  }

  get #settled(): boolean {
    const ids = this.#alive.map(({ star }) => star.id)
    const server = this.#servers.current
    if (new Set(ids).size < ids.length || server === undefined) return false
    // one that is about to be told of its new session has the old one's id yet
    if (ids.some((id) => server.star.sessions.get(id ?? '')?.isConnected() !== true)) return false
    // whoever left without a word is waited for until it expires
    if (ids.some((id) => server.requests.waiting(id) > 0)) return false
    return this.#pages.every((page) => page.isSettled)
  }

  get #alive(): Page[] {
    return this.#pages.filter((page) => !page.over)
  }

  #open(habits: Scenario['clients'][number]): void {
    this.#lastPage += 1
    this.#pages.push(new Page(this.#context, `c${this.#lastPage}`, habits))
  }

  /** Everybody emits now and then. */
  #talk(): void {
    const { clock, random, scenario } = this.#context
    if (this.#context.quiet) return
    if (random.chance(0.5)) this.#server?.talk()
    else this.#someone()?.talk()
    clock.after(this.#sleep.pause(random.next() * scenario.emitEveryMs), () => this.#talk())
  }

  #someone(which: (page: Page) => boolean = () => true): Page | undefined {
    const { now } = this.#context.clock
    const pages = this.#alive.filter((page) => which(page) && !page.machine.asleepAt(now))
    return pages[this.#context.random.int(0, Math.max(0, pages.length - 1))]
  }

  /** Something happens, and then the next thing. */
  #trouble(): void {
    const { clock, random, scenario } = this.#context
    if (this.#context.calm) return
    this.#misfortune()
    clock.after(this.#sleep.pause(random.next() * 2 * scenario.troubleEveryMs), () => this.#trouble())
  }

  #misfortune(): void {
    const { random, note } = this.#context
    const kinds = KINDS_OF_WEATHER + KINDS_OF_CHANGE
    const kind = random.chance(WHIMS)
      ? kinds + random.int(0, KINDS_OF_SLEEP + KINDS_OF_MOOD - 1)
      : random.int(0, kinds - 1)
    note(() => `trouble ${kind}`)
    switch (kind - KINDS_OF_WEATHER) {
      case 0:
      case 1:
        if (this.#server !== undefined) this.#servers.restart()
        return
      case 2:
        this.#reload()
        return
      case 3:
        this.#copyTab()
        return
      case 4:
        if (random.chance(0.3)) this.#end()
        return
      case 5:
        this.#goElsewhere()
        return
      default:
        if (kind < KINDS_OF_WEATHER) storm(this.#context, this.#servers, kind)
        else this.#whim(kind - kinds)
    }
  }

  /** A machine sleeps, or an application does something of its own accord. */
  #whim(kind: number): void {
    const page = this.#someone()
    if (kind < KINDS_OF_SLEEP) this.#sleep.fall(kind, page)
    else if (page !== undefined && act(this.#context, page, this.#server, kind - KINDS_OF_SLEEP)) {
      this.#count.ends += 1
      this.#open(page.habits)
    }
  }

  /** The server, if it can do anything. */
  get #server(): ServerProcess | undefined {
    const { current } = this.#servers
    return current?.machine.asleepAt(this.#context.clock.now) ? undefined : current
  }

  #reload(): void {
    const page = this.#someone(({ habits }) => habits.persists)
    if (page === undefined) return
    this.#count.reloads += 1
    this.#lastPage += 1
    this.#context.note(() => `${page.name} is loaded again`)
    this.#pages.push(page.reload(`c${this.#lastPage}`))
  }

  #copyTab(): void {
    const page = this.#someone(({ habits }) => habits.persists)
    if (page === undefined || !this.#context.scenario.copies || this.#alive.length > 5) return
    this.#lastPage += 1
    const session = this.#servers.current?.star.sessions.get(page.star.id ?? '')
    const copy = page.copy(`c${this.#lastPage}`, session?.isConnected() === true)
    if (copy === undefined) return
    this.#context.note(() => `${copy.name} is a copy of ${page.name}`)
    this.#count.copies += 1
    this.#pages.push(copy)
  }

  /** Somebody looks at another page for a while, and goes back. */
  #goElsewhere(): void {
    const { clock, random } = this.#context
    const page = this.#someone(({ habits }) => habits.persists)
    if (page === undefined) return
    this.#count.elsewhere += 1
    this.#context.note(() => `${page.name} is frozen for a while`)
    page.elsewhere(random.next() * Math.min(ELSEWHERE_MS, this.#sleep.troubleUntil - clock.now))
  }

  /** Somebody ends a session, and another client comes. */
  #end(): void {
    const { random } = this.#context
    const page = this.#someone()
    if (page === undefined) return
    this.#count.ends += 1
    if (random.chance(0.5)) {
      this.#lastPage += 1
      page.again((next) => this.#pages.push(next), `c${this.#lastPage}`)
      return
    }
    if (random.chance(0.5)) page.disconnect()
    else this.#endAtServer(page)
    this.#open(page.habits)
  }

  #endAtServer(page: Page): void {
    this.#server?.star.sessions.get(page.star.id ?? '')?.disconnect()
  }

  /** With nothing in its way, what is volatile comes. */
  async #callAround(): Promise<void> {
    const { clock, oracle, scenario } = this.#context
    const server = this.#servers.current
    const all = this.#alive.flatMap((page) => [page.call(), server?.call(page.star.id) ?? 'no server'])
    // a request may be under way, and then nothing more leaves
    const calls = scenario.transports === 'websocket' ? all : all.filter((text) => oracle.volatile.left(text))
    await this.#until(clock.now + CALL_MS, () => calls.every((text) => oracle.volatile.came(text)))
    const lost = calls.filter((text) => !oracle.volatile.came(text))
    if (lost.length > 0) oracle.fail(`on a calm network ${lost} did not come`)
    this.#check()
  }

  /** Everybody says goodbye, and nothing is left. */
  async #part(): Promise<void> {
    const { clock, network, oracle, random } = this.#context
    for (const page of this.#alive) {
      if (random.chance(0.5)) page.disconnect()
      else this.#endAtServer(page)
    }
    await this.#until(clock.now + PARTING_MS)
    // one that was about to begin a session of its own
    for (const page of this.#alive) page.disconnect()
    await this.#until(clock.now + PARTING_MS)
    for (const page of this.#pages) {
      if (!page.over) oracle.fail(`${page.name} was not told of the end`)
      page.checkEmpty()
    }
    const server = this.#servers.current
    server?.leave()
    await this.#until(clock.now + 1)
    if (server?.flushes) oracle.fail(`${server.flushes} flushes of the server never come to an end`)
    if (network.pipes.length > 0) oracle.fail(`${network.pipes.length} connections are left`)
    this.#check()
  }
}
