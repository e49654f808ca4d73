import { formatSpread } from './format.ts'
import type { Report } from './report.ts'
import type { Row } from './summary.ts'
import { renderTable } from './table.ts'

/** What a run keeps of a report for a later one to be held against: see `--save`. */
export type KeptReport = Pick<Report, 'name' | 'rows'>

/** One ratio of two runs. */
export interface Agreement {
  readonly title: string
  readonly before: string
  readonly now: string
  /** Whether the spreads of the two overlap. */
  readonly agrees: boolean
}

/** Every ratio that both runs have. */
export function compareRuns(before: readonly KeptReport[], now: KeptReport): Agreement[] {
  const earlier = before.find(({ name }) => name === now.name)
  return now.rows.flatMap((row) => {
    const other = earlier?.rows.find(({ case: which, stack }) => which === row.case && stack === row.stack)
    return other === undefined ? [] : compareRows(other, row)
  })
}

function compareRows(before: Row, now: Row): Agreement[] {
  return Object.entries(now.ratios).flatMap(([metric, ratio]) => {
    const earlier = before.ratios[metric]
    if (ratio === undefined || earlier === undefined) return []
    const agrees = ratio.min <= earlier.max && earlier.min <= ratio.max
    const title = `${now.case}, ${now.label}, ${metric}`
    return [{ title, before: formatSpread(earlier), now: formatSpread(ratio), agrees }]
  })
}

/** The lines that tell of it. */
export function renderAgreements(agreements: readonly Agreement[]): string[] {
  const agreeing = agreements.filter(({ agrees }) => agrees).length
  const columns = [
    { title: 'ours / this', align: 'left' as const },
    { title: 'that run' },
    { title: 'this run' },
    { title: '' },
  ]
  const body = agreements.map(({ title, before, now, agrees }) => [
    title,
    before,
    now,
    agrees ? 'agree' : 'APART',
  ])
  return [
    ...renderTable(columns, body),
    '',
    `  ${agreeing} of ${agreements.length} ratios agree with that run: their spreads overlap.`,
    '',
  ]
}
