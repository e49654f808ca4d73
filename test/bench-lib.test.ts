import { expect } from 'chai'
import { compareRuns, renderAgreements } from '../bench/lib/agreement.ts'
import { parseArguments } from '../bench/lib/arguments.ts'
import { formatFigure, formatSpread } from '../bench/lib/format.ts'
import type { Benchmark, Schedule, Stack } from '../bench/lib/model.ts'
import { placesFor } from '../bench/lib/placement.ts'
import { renderReport } from '../bench/lib/report.ts'
import { run } from '../bench/lib/runner.ts'
import { quantiles, spreadOf } from '../bench/lib/stats.ts'
import { judge, summarise } from '../bench/lib/summary.ts'

/** A benchmark whose stacks measure nothing but the order of calls. */
function fake(rates: Record<string, (round: number) => number>, schedule: Schedule = 'interleaved') {
  const calls: string[] = []
  const rounds = new Map<string, number>()
  const benchmark: Benchmark = {
    question: 'in which order?',
    unit: { label: 'call', perLabel: 's/call', scale: 1 },
    roles: ['server'],
    metrics: [{ key: 'rate', label: 'rate', better: 'higher', compared: true }],
    targets: [{ text: 'twice the peer', metric: 'rate', ours: 'ours', peer: 'peer', ratio: 2 }],
    plan: () => {
      throw new Error('the test has its own')
    },
    async open(cast) {
      const name = cast.stack.split(' ').at(-1) ?? ''
      calls.push(`open ${name}`)
      return {
        async measure({ label }) {
          const round = (rounds.get(name) ?? 0) + 1
          rounds.set(name, round)
          calls.push(`${name} ${label}`)
          return {
            units: 2,
            values: { rate: rates[name]?.(round) ?? Number.NaN },
            usage: { server: { cpuSeconds: 1, peakRssBytes: 1e6 } },
          }
        },
        close: async () => {
          calls.push(`close ${name}`)
        },
      }
    },
  }
  const stacks = Object.keys(rates).map((name, order) => {
    const stack: Stack = { label: `the ${name}`, ours: name === 'ours', order, roles: {} }
    return { name, file: '', stack }
  })
  const job = {
    name: 'fake',
    benchmark,
    plan: { cases: [{ label: 'a' }], rounds: 3, schedule, warmUpMs: 0, windowMs: 0 },
    stacks,
    missing: new Map<string, string>(),
    onStep: () => {},
  }
  return { job, calls, benchmark }
}

describe('the benchmarks themselves', () => {
  it('take turns: A B, then B A, in every round', async () => {
    const { job, calls } = fake({ peer: () => 1, ours: () => 2 })
    await run(job)
    expect(calls.filter((call) => !/open|close/.test(call))).to.deep.equal([
      'peer a',
      'ours a',
      'ours a',
      'peer a',
      'peer a',
      'ours a',
    ])
  })

  it('set an isolated stack up for each measurement, and close it before the next', async () => {
    const { job, calls } = fake({ peer: () => 1, ours: () => 2 }, 'isolated')
    await run({ ...job, plan: { ...job.plan, rounds: 1 } })
    const expected = ['open peer', 'peer a', 'close peer', 'open ours', 'ours a', 'close ours']
    expect(calls).to.deep.equal(expected)
  })

  it('leave a stack out that fails, with the reason, and go on with the others', async () => {
    const failing = (round: number) => {
      if (round > 1) throw new Error('no more')
      return 1
    }
    const { job, benchmark } = fake({ peer: failing, ours: () => 2 })
    const results = await run(job)
    expect(results.map(({ samples, failure }) => [samples.length, failure])).to.deep.equal([
      [1, 'no more'],
      [3, undefined],
    ])
    const rows = summarise(benchmark, results)
    const text = renderReport({ name: 'fake', benchmark, rows, verdicts: [], remarks: [] }).join('\n')
    expect(text).to.include('the peer: FAILED: no more')
  })

  it('take ratios round by round, and judge targets by their median', async () => {
    const peer = (round: number) => [1, 10, 100][round - 1] ?? Number.NaN
    const { job, benchmark } = fake({ peer, ours: (round) => 3 * peer(round) })
    const results = await run(job)
    const [row] = summarise(benchmark, results)
    expect(row?.metrics.rate).to.deep.equal({ median: 10, min: 1, max: 100 })
    expect(row?.ratios.rate).to.deep.equal({ median: 3, min: 3, max: 3 })
    expect(row?.roles.server?.cpuPerUnit?.median).to.equal(0.5)
    const [verdict] = judge(benchmark, results)
    expect(verdict?.met).to.equal(true)
    const slow = fake({ peer, ours: (round) => 1.5 * peer(round) })
    expect(judge(slow.benchmark, await run(slow.job))[0]?.met).to.equal(false)
  })

  it('put the processes of a stack on one processor, or each on one of its own where there are enough', () => {
    expect(placesFor('together', 2, [0, 1, 2])).to.deep.equal([2, 2])
    expect(placesFor('apart', 2, [0, 1, 2])).to.deep.equal([1, 2])
    expect(placesFor('apart', 2, [0])).to.equal(undefined)
    expect(placesFor('together', 2, [])).to.equal(undefined)
  })

  it('sum figures up', () => {
    expect(spreadOf([])).to.equal(undefined)
    expect(spreadOf([3, Number.NaN, 1])).to.deep.equal({ median: 2, min: 1, max: 3 })
    expect(quantiles([4, 1, 3, 2, 5], 0, 0.5, 1)).to.deep.equal([1, 3, 5])
  })

  it('print three digits that mean something', () => {
    const figures = [0, 0.01234, 1.234, 12.34, 999.9, 12_345, 1_234_567, Number.NaN]
    const texts = ['0', '0.0123', '1.23', '12.3', '1000', '12.3k', '1.23M', '-']
    expect(figures.map(formatFigure)).to.deep.equal(texts)
    expect(formatSpread({ median: 2, min: 1, max: 3 })).to.equal('2.00 (1.00..3.00)')
  })

  it('read their command line, and say what is wrong with it', () => {
    const read = parseArguments([
      'relay',
      '--quick',
      '--rounds',
      '4',
      '--json',
      '--stack',
      'ws',
      '--case',
      '1 KiB',
    ])
    expect(read).to.include({ scale: 'quick', rounds: 4, json: true })
    expect(read).to.deep.include({ names: ['relay'], stacks: ['ws'], cases: ['1 KiB'] })
    for (const rounds of ['0', '101', 'x', '1.5']) {
      expect(() => parseArguments(['--rounds', rounds])).to.throw('--rounds takes a number')
    }
    expect(() => parseArguments(['--no-such-flag'])).to.throw('no-such-flag')
  })

  it('hold a run against an earlier one: the spreads of a ratio overlap, or they are apart', async () => {
    const rowsOf = async (peer: (round: number) => number) => {
      const { job, benchmark } = fake({ peer, ours: () => 6 })
      return [{ name: 'fake', rows: summarise(benchmark, await run(job)) }]
    }
    const earlier = await rowsOf((round) => [1, 2, 3][round - 1] ?? 0)
    const [near, far] = await Promise.all([rowsOf(() => 2.5), rowsOf(() => 7)])
    const agreementsOf = (now: typeof earlier) => now.flatMap((report) => compareRuns(earlier, report))
    expect(agreementsOf(near)).to.deep.equal([
      { title: 'a, the peer, rate', before: '3.00 (2.00..6.00)', now: '2.40', agrees: true },
    ])
    expect(agreementsOf(far).map(({ agrees }) => agrees)).to.deep.equal([false])
    expect(renderAgreements(agreementsOf(far)).join('\n'))
      .to.include('APART')
      .and.to.include('0 of 1 ratios agree')
    expect(compareRuns([], { name: 'fake', rows: [] })).to.deep.equal([])
  })
})
