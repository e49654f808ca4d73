import type { Benchmark, Metric, StackResult, Target } from './model.ts'
import { type Spread, spreadOf } from './stats.ts'

/** What a role used, over all rounds. */
export interface RoleSummary {
  /** CPU seconds for each unit of the benchmark. */
  readonly cpuPerUnit: Spread | undefined
  readonly peakRssBytes: Spread | undefined
}

/** One row of a table. */
export interface Row {
  readonly case: string
  readonly stack: string
  readonly label: string
  readonly ours: boolean
  readonly rounds: number
  readonly metrics: Readonly<Record<string, Spread | undefined>>
  /** By metric: our first stack's figure divided by this one's, round by round. */
  readonly ratios: Readonly<Record<string, Spread | undefined>>
  readonly roles: Readonly<Record<string, RoleSummary>>
  readonly notes: readonly string[]
  readonly skipped?: string
  readonly failure?: string
}

/** Whether a target was reached in a case. */
export interface Verdict {
  readonly target: Target
  readonly case: string
  readonly ratio: Spread
  readonly met: boolean
}

/** Medians and spreads of all samples, and each row's ratio to ours. */
export function summarise(benchmark: Benchmark, results: readonly StackResult[]): Row[] {
  return results.map((result) => {
    const ours = results.find((other) => other.ours && other.case === result.case && other.samples.length > 0)
    return rowOf(benchmark, result, ours)
  })
}

function rowOf(benchmark: Benchmark, result: StackResult, ours: StackResult | undefined): Row {
  const { samples } = result
  const metrics: Record<string, Spread | undefined> = {}
  const ratios: Record<string, Spread | undefined> = {}
  for (const metric of benchmark.metrics) {
    metrics[metric.key] = spreadOf(samples.map(({ values }) => values[metric.key] ?? Number.NaN))
    if (metric.compared && ours !== undefined && ours !== result) {
      ratios[metric.key] = ratioOf(metric.key, ours, result)
    }
  }
  const roles: Record<string, RoleSummary> = {}
  for (const role of benchmark.roles) {
    const used = samples.flatMap(({ usage, units }) => {
      const own = usage[role]
      return own === undefined ? [] : [{ ...own, units }]
    })
    if (used.length === 0) continue
    roles[role] = {
      cpuPerUnit: spreadOf(used.map(({ cpuSeconds, units }) => cpuSeconds / units)),
      peakRssBytes: spreadOf(used.map(({ peakRssBytes }) => peakRssBytes)),
    }
  }
  const { case: which, stack, label, skipped, failure } = result
  return {
    case: which,
    stack,
    label,
    ours: result.ours,
    rounds: samples.length,
    metrics,
    ratios,
    roles,
    notes: [...new Set(samples.flatMap(({ notes }) => notes ?? []))],
    ...(skipped === undefined ? {} : { skipped }),
    ...(failure === undefined ? {} : { failure }),
  }
}

/** Round by round, as drift hits neighbours alike. */
function ratioOf(metric: string, ours: StackResult, peer: StackResult): Spread | undefined {
  const rounds = Math.min(ours.samples.length, peer.samples.length)
  const ratios = Array.from({ length: rounds }, (_, round) => {
    const mine = ours.samples[round]?.values[metric] ?? Number.NaN
    const theirs = peer.samples[round]?.values[metric] ?? Number.NaN
    return mine / theirs
  })
  return spreadOf(ratios)
}

/** Looks every target up in every case it holds for. */
export function judge(benchmark: Benchmark, results: readonly StackResult[]): Verdict[] {
  return (benchmark.targets ?? []).flatMap((target) => {
    const metric = benchmark.metrics.find(({ key }) => key === target.metric)
    if (metric === undefined) throw new Error(`a target names no metric: ${target.metric}`)
    return results
      .filter(({ stack, case: which }) => stack === target.ours && (target.cases?.includes(which) ?? true))
      .flatMap((ours) => {
        const peer = results.find((other) => other.stack === target.peer && other.case === ours.case)
        const ratio = peer && ratioOf(target.metric, ours, peer)
        return ratio ? [{ target, case: ours.case, ratio, met: isMet(metric, target, ratio) }] : []
      })
  })
}

function isMet(metric: Metric, target: Target, ratio: Spread): boolean {
  return metric.better === 'higher' ? ratio.median >= target.ratio : ratio.median <= target.ratio
}
