import { expect } from 'chai'
import fc from 'fast-check'
import { Tally } from '../tally.ts'
import { MUTANTS, mutated } from './mutants.ts'
import { scheduleOf, schedules } from './schedule.ts'
import { type Outcome, simulate } from './simulation.ts'

/** The schedules of every test run; `npm run test:sim -- --only discovery --runs 50000` makes a long one. */
const RUNS = 200
const SEED = 1
/** A fault that is not caught by so many schedules, from where it was found, counts as missed. */
const MUTANT_RUNS = 2_000

describe('discovery in simulation', function () {
  this.timeout(120_000)

  it(`DISC-4 DISC-5 DISC-12 DISC-16 JOIN-14 everybody knows who is there after ${RUNS} schedules`, async () => {
    const tally = new Tally<Outcome>()
    const property = fc.asyncProperty(schedules, async (schedule) => tally.add(await simulate(schedule)))
    await fc.assert(property, { seed: SEED, numRuns: RUNS })
    tally.expectAtLeast({
      changes: 10 * RUNS,
      words: 20 * RUNS,
      lists: RUNS,
      deltas: RUNS,
      behind: RUNS / 4,
      resumed: RUNS / 8,
      announcements: 10 * RUNS,
      cuts: RUNS / 2,
      restarts: RUNS / 8,
    })
  })

  for (const [fault, mutant] of Object.entries(MUTANTS)) {
    it(`catches ${fault}`, async () => {
      const faulty = await mutated(mutant)
      const fails = (seed: number) =>
        faulty(scheduleOf(seed)).then(
          () => false,
          () => true,
        )
      const { from = 1 } = mutant
      let seed = from
      while (seed < from + MUTANT_RUNS && !(await fails(seed))) seed++
      expect(seed - from, 'schedules that did not catch it').to.be.below(MUTANT_RUNS)
    })
  }
})
