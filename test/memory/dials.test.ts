import { expect } from 'chai'
import { requireComponent } from '../../scripts/components/index.ts'
import { Cast, type Maker } from '../interop/cast.ts'
import type { Figures } from '../interop/roles/figures.ts'
import type { StormOutcome } from '../interop/roles/storm.ts'
import { isFullRun } from './full-run.ts'
import { MIB } from './rss.ts'

/** Dials before the first look: they fill caches and compile what runs often. */
const WARM_UP_DIALS = 2_000
const CONCURRENCY = 16
const BYTES_PER_STREAM = 1_000
/** What the heap may differ by after a collection: 50 bytes a dial are no leak of a dial. */
const HEAP_SLACK_BYTES = MIB / 2
const STORM_LIMIT_MS = 120_000
/** Over a quota a dial is refused; this test is about what dials leave behind. */
const SETTINGS = { options: { quotas: { dialsPerSecond: 1_000_000, dialBurst: 1_000_000 } } }

interface Storm {
  readonly dialler: Maker
  readonly listener: Maker
  readonly dials: number
}

const ALL: readonly Storm[] = [
  { dialler: 'ours', listener: 'ours', dials: 10_000 },
  { dialler: 'legacy', listener: 'legacy', dials: 10_000 },
  { dialler: 'ours', listener: 'legacy', dials: 10_000 },
  { dialler: 'legacy', listener: 'ours', dials: 10_000 },
]
const STORMS = isFullRun ? ALL : ALL.slice(0, 2)

describe('DIAL: what dials leave behind on a server', function () {
  this.timeout(STORM_LIMIT_MS)
  requireComponent('legacy')
  const cast = new Cast()
  afterEach(() => cast.close())

  for (const { dialler, listener, dials } of STORMS) {
    it(`${dials} dials with an echo, ${dialler} to ${listener}: heap and listeners are where they were`, async () => {
      const server = await cast.server('ours', 0, ['--expose-gc'], SETTINGS)
      const [from, to] = await Promise.all([
        cast.peer('dialler', dialler, 'rsaA', server),
        cast.peer('listener', listener, 'rsaB', server),
      ])
      await to.role.call('echo')
      const storm = (count: number) =>
        from.role.call<StormOutcome>(
          'storm',
          { to: to.address, count, concurrency: CONCURRENCY, bytes: BYTES_PER_STREAM },
          STORM_LIMIT_MS,
        )
      const figures = () => server.role.call<Figures>('figures')

      expect(await storm(WARM_UP_DIALS)).to.deep.equal({ finished: WARM_UP_DIALS, failed: 0 })
      const before = await figures()
      expect(await storm(dials)).to.deep.equal({ finished: dials, failed: 0 })
      const after = await figures()

      process.stderr.write(
        `      heap ${before.heapBytes} -> ${after.heapBytes} bytes, listeners ${before.listeners} -> ${after.listeners}\n`,
      )
      expect(after.listeners, 'listeners').to.equal(before.listeners)
      expect(after.heapBytes, 'bytes of heap').to.be.at.most(before.heapBytes + HEAP_SLACK_BYTES)
    })
  }
})
