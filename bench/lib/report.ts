import { formatMedian, formatMegabytes, formatSpread } from './format.ts'
import type { Benchmark } from './model.ts'
import type { Row, Verdict } from './summary.ts'
import { type Column, renderTable } from './table.ts'

/** What a terminal shows of one benchmark. */
export interface Report {
  readonly name: string
  readonly benchmark: Benchmark
  readonly rows: readonly Row[]
  readonly verdicts: readonly Verdict[]
  /** Of the benchmark and of its stacks. */
  readonly remarks: readonly string[]
}

/** The lines of a report: one table for each case, then what there is to say. */
export function renderReport(report: Report): string[] {
  const { name, benchmark, rows, verdicts, remarks } = report
  const cases = [...new Set(rows.map((row) => row.case))]
  const tables = cases.flatMap((which) => ['', ...renderCase(report, which)])
  const marks = [
    ...(rows.some((row) => row.ours && row.rounds > 0)
      ? []
      : ['No stack of ours in this run: the peers only.']),
    ...remarks,
  ]
  return [
    `${name}: ${benchmark.question}`,
    ...tables,
    '',
    ...verdicts.map(renderVerdict),
    ...marks.map((remark) => `  ${remark}`),
    '',
  ]
}

function renderCase({ benchmark, rows }: Report, which: string): string[] {
  const own = rows.filter((row) => row.case === which && row.skipped === undefined)
  const roles = benchmark.roles.filter((role) => own.some((row) => row.roles[role] !== undefined))
  const metrics = benchmark.metrics.filter(({ key }) => own.some((row) => row.metrics[key] !== undefined))
  const compared = benchmark.metrics.filter(({ key }) => own.some((row) => row.ratios[key] !== undefined))
  const timed = roles.filter((role) => benchmark.metrics.every(({ cpuOf }) => cpuOf !== role))
  const columns: Column[] = [
    { title: which, align: 'left' },
    ...metrics.map(({ label }) => ({ title: label })),
    ...compared.map(({ label }) => ({ title: label, group: 'ours / this' })),
    ...timed.map((role) => ({ title: role, group: `CPU ${benchmark.unit.perLabel}` })),
    ...roles.map((role) => ({ title: role, group: 'peak MB' })),
  ]
  const body = own.map((row) => [
    row.label,
    ...metrics.map(({ key }) => formatSpread(row.metrics[key])),
    ...compared.map(({ key }) => formatSpread(row.ratios[key])),
    ...timed.map((role) => formatMedian(scaled(row.roles[role]?.cpuPerUnit, benchmark.unit.scale))),
    ...roles.map((role) => formatMegabytes(row.roles[role]?.peakRssBytes)),
  ])
  return [...renderTable(columns, body), ...own.flatMap(renderNotes)]
}

function renderNotes(row: Row): string[] {
  const notes = [...row.notes, ...(row.failure === undefined ? [] : [`FAILED: ${row.failure}`])]
  return notes.map((note) => `  ${row.label}: ${note}`)
}

function renderVerdict({ target, case: which, ratio, met }: Verdict): string {
  return `  ${met ? 'met   ' : 'MISSED'}  ${which}: ${target.text}: ${formatSpread(ratio)}`
}

function scaled(spread: Row['metrics'][string], scale: number): Row['metrics'][string] {
  return spread && { median: spread.median * scale, min: spread.min * scale, max: spread.max * scale }
}
