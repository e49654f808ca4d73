/** `npm run bench`: runs benchmarks and prints what they found. */

import { readFile, writeFile } from 'node:fs/promises'
import { compareRuns, type KeptReport, renderAgreements } from './lib/agreement.ts'
import { type Arguments, parseArguments, USAGE } from './lib/arguments.ts'
import { benchmarkNames } from './lib/catalogue.ts'
import { killAll } from './lib/children.ts'
import { document } from './lib/document.ts'
import { describeMachine, thisMachine } from './lib/machine.ts'
import { Progress } from './lib/progress.ts'
import { renderReport } from './lib/report.ts'
import { runBenchmark } from './lib/suite.ts'

const EXIT_USAGE = 2

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killAll()
    process.exit(1)
  })
}

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  let options: Arguments
  let earlier: readonly KeptReport[] | undefined
  const known = await benchmarkNames()
  try {
    options = parseArguments(argv)
    const unknown = options.names.find((name) => !known.includes(name))
    if (unknown !== undefined)
      throw new Error(`there is no benchmark ${unknown}; there are ${known.join(', ')}`)
    if (options.compare !== undefined) earlier = await readRun(options.compare)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
    return EXIT_USAGE
  }
  if (options.help) {
    process.stdout.write(`${USAGE}\nBenchmarks: ${known.join(', ')}\n`)
    return 0
  }
  return runAll(options, options.names.length > 0 ? options.names : known, earlier)
}

async function runAll(
  options: Arguments,
  names: readonly string[],
  earlier: readonly KeptReport[] | undefined,
): Promise<number> {
  const print = (lines: readonly string[]) => process.stdout.write(`${lines.join('\n')}\n`)
  const progress = new Progress()
  const reports = []
  try {
    for (const name of names) {
      const head = {
        command: commandOf(name, options),
        date: new Date().toISOString(),
        machine: thisMachine(),
      }
      const { report, results } = await runBenchmark(name, options, (text) =>
        progress.step(`${name}: ${text}`),
      )
      reports.push({ ...head, ...report, results })
      const lines = [
        head.command,
        `${head.date}, ${describeMachine(head.machine)}`,
        '',
        ...renderReport(report),
      ]
      if (options.document) await document(name, lines)
      if (!options.json) {
        progress.clear()
        print(lines)
        if (earlier !== undefined) print(renderAgreements(compareRuns(earlier, report)))
      }
    }
  } finally {
    progress.stop()
  }
  const json = `${JSON.stringify({ scale: options.scale, reports }, undefined, 2)}\n`
  if (options.json) process.stdout.write(json)
  if (options.save !== undefined) await writeFile(options.save, json)
  return reports.some(({ rows }) => rows.some(({ failure }) => failure !== undefined)) ? 1 : 0
}

/** The reports of a run that was saved. */
async function readRun(file: string): Promise<readonly KeptReport[]> {
  try {
    const { reports } = JSON.parse(await readFile(file, 'utf8'))
    if (Array.isArray(reports)) return reports
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
  throw new Error(`${file} is no run that --save wrote`)
}

/** What makes this report again. */
function commandOf(name: string, { scale, rounds, stacks, cases }: Arguments): string {
  const flags = [
    ...(scale === 'full' ? [] : [`--${scale}`]),
    ...(rounds === undefined ? [] : [`--rounds ${rounds}`]),
    ...stacks.map((stack) => `--stack ${stack}`),
    ...cases.map((label) => `--case '${label}'`),
  ]
  return ['npm run bench --', name, ...flags].join(' ')
}
