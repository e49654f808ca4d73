/**
 * Many seeded runs of the Channel simulation, or one of them again.
 *
 *   npm run test:sim -- --runs 200000 [--from 1]
 *   npm run test:sim -- --seed 4711 [--trace]
 */
import { parseArgs } from 'node:util'
import { type Outcome, simulate } from './simulation.ts'
import { tracing } from './trace.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

if (values.seed === undefined) many(Number(values.from), Number(values.runs))
else one(Number(values.seed), values.trace)

function one(seed: number, trace: boolean): void {
  const lines: string[] = []
  try {
    const { scenario, ...outcome } = simulate(seed, tracing(lines))
    console.log(JSON.stringify(scenario, undefined, 2))
    console.log(outcome)
  } catch (error) {
    process.exitCode = 1
    console.error(error)
  }
  if (trace) console.log(lines.join('\n'))
}

function many(from: number, runs: number): void {
  const started = performance.now()
  const total = {
    complete: 0,
    'state-lost': 0,
    messages: 0,
    cuts: 0,
    rotations: 0,
    restores: 0,
    slowestMs: 0,
  }
  const add = ({ end, delivered, cuts, rotations, restores, recoveredMs, scenario }: Outcome) => {
    total[end] += 1
    total.messages += delivered
    total.cuts += cuts
    total.rotations += rotations
    total.restores += restores
    if (recoveredMs > total.slowestMs)
      Object.assign(total, { slowestMs: Math.round(recoveredMs), slowestSeed: scenario.seed })
  }
  for (let seed = from; seed < from + runs; seed++) {
    try {
      add(simulate(seed))
    } catch (error) {
      console.error(error)
      console.error(`replay with: npm run test:sim -- --seed ${seed} --trace`)
      process.exit(1)
    }
    const done = seed - from + 1
    if (done % 10_000 === 0) console.log(`${done} runs`)
  }
  console.log(`seeds ${from} to ${from + runs - 1} in ${Math.round((performance.now() - started) / 1_000)} s`)
  console.log(total)
}
