import { expect } from 'chai'
import fc from 'fast-check'
import { HEALTHY, MUTANTS } from './sim/mutants.ts'
import { type Outcome, simulate } from './sim/simulation.ts'

/** The schedules of every test run; `npm run test:sim -- --only channel --runs 200000` makes the long one. */
const RUNS = 2_000
const FIRST_SEED = 20_261_121
/** A fault that is not caught by so many schedules counts as missed. */
const MUTANT_RUNS = 5_000

describe('the Channel in simulation', function () {
  this.timeout(60_000)

  it(`CH-1 delivers in order, exactly once and without a gap in ${RUNS} schedules`, () => {
    const seen = {
      complete: 0,
      'state-lost': 0,
      rotations: 0,
      cuts: 0,
      restores: 0,
      lossy: 0,
      inOrder: 0,
      lean: 0,
    }
    const note = ({ end, rotations, cuts, restores, scenario }: Outcome) => {
      seen[end] += 1
      seen.rotations += rotations
      seen.cuts += cuts
      seen.restores += restores
      if (scenario.modes.includes('lossy')) seen.lossy += 1
      if (scenario.modes.includes('in-order')) seen.inOrder += 1
      if (scenario.lean) seen.lean += 1
    }
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => note(simulate(seed))),
      { numRuns: RUNS, seed: FIRST_SEED, endOnFailure: true },
    )
    // What a broken generator would leave out.
    expect(seen.complete).to.be.greaterThan(RUNS / 2)
    expect(seen['state-lost']).to.be.greaterThan(RUNS / 20)
    expect(Math.min(seen.rotations, seen.cuts, seen.restores)).to.be.greaterThan(RUNS / 2)
    expect(Math.min(seen.lossy, seen.inOrder)).to.be.greaterThan(RUNS / 4)
    expect(seen.lean).to.be.greaterThan(RUNS / 25)
  })

  it('passes the machine that the mutants are made of', () => {
    for (let seed = 1; seed <= 200; seed++) simulate(seed, HEALTHY)
  })

  for (const [fault, maker] of Object.entries(MUTANTS)) {
    it(`catches ${fault}`, () => {
      let seed = 1
      const caught = () => {
        try {
          simulate(seed, maker)
          return false
        } catch {
          return true
        }
      }
      while (seed <= MUTANT_RUNS && !caught()) seed++
      expect(seed, 'schedules until it was caught').to.be.at.most(MUTANT_RUNS)
    })
  }
})
