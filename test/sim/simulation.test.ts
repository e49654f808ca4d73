import { expect } from 'chai'
import { MUTANTS } from './mutants.ts'
import { type Outcome, simulate } from './simulation.ts'
import { Tally } from './tally.ts'

/** The schedules of every test run; `npm run test:sim -- --only sessions --runs 50000` makes a long one. */
const RUNS = 500
/** A fault that is not caught by so many schedules counts as missed. */
const MUTANT_RUNS = 1_500

describe('sessions in simulation', function () {
  this.timeout(240_000)

  it(`HS-7 SES-16 ROOM-4 nothing is lost, doubled or out of order in ${RUNS} schedules`, async () => {
    const tally = new Tally<Outcome>()
    for (let seed = 1; seed <= RUNS; seed++) tally.add(await simulate(seed))
    tally.expectAtLeast({
      delivered: 100_000,
      handedBack: 5_000,
      cuts: RUNS,
      resumes: RUNS,
      restarts: RUNS,
      renewals: RUNS / 4,
      reloads: RUNS / 4,
      ends: RUNS / 4,
      gaps: RUNS / 6,
      volatile: RUNS,
      volatileRefused: RUNS / 2,
      copies: RUNS / 20,
      elsewhere: RUNS / 5,
      sleeps: RUNS / 5,
      nights: RUNS / 50,
    })
  })

  for (const [fault, plant] of Object.entries(MUTANTS)) {
    it(`catches ${fault}`, async () => {
      let seed = 1
      const caught = async (): Promise<boolean> => {
        const { faults, remove } = plant()
        try {
          await simulate(seed, faults)
          return false
        } catch {
          return true
        } finally {
          remove()
        }
      }
      while (seed <= MUTANT_RUNS && !(await caught())) seed++
      expect(seed, 'schedules until it was caught').to.be.at.most(MUTANT_RUNS)
    })
  }
})
