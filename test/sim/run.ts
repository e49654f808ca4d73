/**
 * Many seeded runs of the simulations, the Channel's, that of whole sessions
 * and that of discovery, or one of them again.
 *
 *   npm run test:sim -- --runs 50000 [--from 1] [--only channel|sessions|discovery]
 *   npm run test:sim -- --only sessions --seed 4711 [--trace]
 */
import { setImmediate as turn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { simulate as simulateChannel } from '../../packages/protocol/test/channel/sim/simulation.ts'
import { tracing } from '../../packages/protocol/test/channel/sim/trace.ts'
import { scheduleOf } from './discovery/schedule.ts'
import { simulate as simulateDiscovery } from './discovery/simulation.ts'
import { simulate as simulateSessions } from './simulation.ts'

/** What a run reports; what is a number is added up. */
interface Report {
  readonly scenario: object
  readonly recoveredMs: number
}

/** One run; lines of the trace are added to the list. */
type Simulation = (seed: number, lines?: string[]) => Report | Promise<Report>

const SIMULATIONS: Readonly<Record<string, Simulation>> = {
  channel: (seed, lines) =>
    lines === undefined ? simulateChannel(seed) : simulateChannel(seed, tracing(lines)),
  sessions: (seed, lines) =>
    simulateSessions(seed, {}, lines === undefined ? undefined : (line) => lines.push(line)),
  discovery: (seed, lines) =>
    simulateDiscovery(scheduleOf(seed), lines === undefined ? undefined : (line) => lines.push(line)),
}

const PROGRESS_RUNS = 5_000
const RUNS_A_TURN = 20

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    only: { type: 'string' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

for (const [name, simulation] of Object.entries(SIMULATIONS)) {
  if (values.only !== undefined && values.only !== name) continue
  if (values.seed === undefined) await many(name, simulation, Number(values.from), Number(values.runs))
  else await one(name, simulation, Number(values.seed), values.trace)
}

async function one(name: string, simulation: Simulation, seed: number, trace: boolean): Promise<void> {
  const lines: string[] = []
  console.log(name)
  try {
    const { scenario, ...outcome } = await simulation(seed, trace ? lines : undefined)
    console.log(JSON.stringify(scenario, undefined, 2))
    console.log(outcome)
  } catch (error) {
    process.exitCode = 1
    console.error(error)
  }
  if (trace) console.log(lines.join('\n'))
}

async function many(name: string, simulation: Simulation, from: number, runs: number): Promise<void> {
  const started = performance.now()
  const totals = new Map<string, number>()
  let slowest = { recoveredMs: 0, seed: 0 }
  for (let seed = from; seed < from + runs; seed++) {
    try {
      const { scenario: _, recoveredMs, ...counts } = await simulation(seed)
      for (const [key, value] of Object.entries(counts)) {
        const [total, more] = typeof value === 'number' ? [key, value] : [`${key}: ${value}`, 1]
        totals.set(total, (totals.get(total) ?? 0) + more)
      }
      if (recoveredMs > slowest.recoveredMs) slowest = { recoveredMs, seed }
    } catch (error) {
      console.error(error)
      console.error(`replay with: npm run test:sim -- --only ${name} --seed ${seed} --trace`)
      process.exit(1)
    }
    const done = seed - from + 1
    // runs in virtual time leave the loop no turn, and what Node cleans up after collected objects waits for one
    if (done % RUNS_A_TURN === 0) await turn()
    if (done % PROGRESS_RUNS === 0) console.log(`${name}: ${done} runs`)
  }
  const seconds = Math.round((performance.now() - started) / 1_000)
  console.log(`${name}: seeds ${from} to ${from + runs - 1} in ${seconds} s`)
  console.log({ ...Object.fromEntries(totals), slowest })
}
