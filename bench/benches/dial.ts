import type { Cast } from '../lib/cast.ts'
import type { Benchmark, Case, Fixture, Plan, Scale, Stack } from '../lib/model.ts'
import { quantiles } from '../lib/stats.ts'

/** How many dials come before the first measurement, so that all code is compiled. */
const WARM_UP_DIALS = { full: 300, quick: 100, moment: 1 } as const satisfies Record<Scale, number>

export type Server = { url(): string }
/** Sends back what comes in on every stream. */
export type Listener = { address(): string | Promise<string> }
export type Dialler = {
  /**
   * Dials one time after the other; for each, the milliseconds from the call
   * to the first echoed byte. Each stream is closed before the next dial.
   */
  dials(count: number): Promise<number[]>
}

/** A stack of this benchmark. */
export type DialStack = Stack<{
  server: () => Promise<Server>
  listener: (params: { url: string }) => Promise<Listener>
  dialler: (params: { url: string; to: string }) => Promise<Dialler>
}>

interface DialCase extends Case {
  readonly dials: number
  readonly warmUpDials: number
}

export default {
  question: 'how long from a dial to the first byte that the other peer sent back?',
  unit: { label: 'dial', perLabel: 'ms/dial', scale: 1000 },
  roles: ['server', 'dialler', 'listener'],
  metrics: [
    { key: 'p50', label: 'p50 ms', better: 'lower', compared: true },
    { key: 'p99', label: 'p99 ms', better: 'lower' },
  ],
  targets: [
    { text: 'dial at p50 at most half of legacy', metric: 'p50', ours: 'ours', peer: 'legacy', ratio: 0.5 },
  ],
  plan,
  open,
} satisfies Benchmark<DialCase>

function plan(scale: Scale): Plan<DialCase> {
  const cases = (dials: number) => [
    { label: 'one after the other', dials, warmUpDials: WARM_UP_DIALS[scale] },
  ]
  const common = { schedule: 'interleaved', warmUpMs: 0, windowMs: 0 } as const
  switch (scale) {
    case 'full':
      return { ...common, cases: cases(300), rounds: 7 }
    case 'quick':
      return { ...common, cases: cases(100), rounds: 3 }
    case 'moment':
      return { ...common, cases: cases(3), rounds: 1 }
    default:
      return scale satisfies never
  }
}

async function open(cast: Cast, plan: Plan<DialCase>): Promise<Fixture<DialCase>> {
  const url = await (await cast.start<Server>('server')).call('url')
  const listener = await cast.start<Listener>('listener', { url })
  const to = await listener.call('address')
  const dialler = await cast.start<Dialler>('dialler', { url, to })
  for (const { warmUpDials } of plan.cases) await dialler.call('dials', warmUpDials)
  return {
    async measure({ dials }) {
      const { result, usage } = await cast.measure(() => dialler.call('dials', dials))
      const [p50 = Number.NaN, p99 = Number.NaN] = quantiles(result, 0.5, 0.99)
      return { units: dials, values: { p50, p99 }, usage }
    },
    close: async () => {},
  }
}
