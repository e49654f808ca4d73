import { wrap } from '@socket-star/client'
import { expect } from 'chai'
import { wrap as source } from '../../packages/client/src/wrap.ts'
import { type Outcome, simulate } from '../sim/simulation.ts'
import { Tally } from '../sim/tally.ts'
import { Keys } from './keys.ts'
import { shorter } from './register.ts'

const RUNS = 200

describe('sessions in simulation, of the client that browsers get', function () {
  this.timeout(120_000)
  const keys = new Keys()
  after(() => keys.stop())

  it('are of that one', () => {
    expect(wrap).not.to.equal(source)
    expect(Object.keys(shorter).length).to.be.greaterThan(100)
  })

  it(`HS-7 SES-16 ROOM-4 lose nothing in ${RUNS} schedules`, async () => {
    const tally = new Tally<Outcome>()
    for (let seed = 1; seed <= RUNS; seed++) tally.add(await simulate(seed))
    tally.expectAtLeast({ delivered: 40_000, cuts: RUNS, resumes: RUNS, reloads: RUNS / 4, gaps: RUNS / 6 })
  })

  it('SES-2 SES-4 SES-18 neither say nor store nor are told anything under a name that is another one in the build', () => {
    expect(keys.seen).to.include.all.keys('socket-star', 'heartbeatMs', 'channel', 'lastRequest')
    const names = Object.entries(shorter).flat()
    expect(names.filter((name) => keys.seen.has(String(name)))).to.deep.equal([])
  })
})
