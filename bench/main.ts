/** `npm run bench`: runs benchmarks and prints what they found. */

import { type Arguments, parseArguments, USAGE } from './lib/arguments.ts'
import { benchmarkNames } from './lib/catalogue.ts'
import { killAll } from './lib/children.ts'
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
  const known = await benchmarkNames()
  try {
    options = parseArguments(argv)
    const unknown = options.names.find((name) => !known.includes(name))
    if (unknown !== undefined)
      throw new Error(`there is no benchmark ${unknown}; there are ${known.join(', ')}`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
    return EXIT_USAGE
  }
  if (options.help) {
    process.stdout.write(`${USAGE}\nBenchmarks: ${known.join(', ')}\n`)
    return 0
  }
  return runAll(options, options.names.length > 0 ? options.names : known)
}

async function runAll(options: Arguments, names: readonly string[]): Promise<number> {
  const machine = thisMachine()
  const date = new Date().toISOString()
  const print = (lines: readonly string[]) => process.stdout.write(`${lines.join('\n')}\n`)
  if (!options.json)
    print([`npm run bench -- ${process.argv.slice(2).join(' ')}`, `${date}, ${describeMachine(machine)}`, ''])
  const progress = new Progress()
  const reports = []
  try {
    for (const name of names) {
      const { report, results } = await runBenchmark(name, options, (text) =>
        progress.step(`${name}: ${text}`),
      )
      reports.push({ ...report, results })
      if (!options.json) {
        progress.clear()
        print(renderReport(report))
      }
    }
  } finally {
    progress.stop()
  }
  if (options.json) {
    const { scale } = options
    process.stdout.write(`${JSON.stringify({ date, scale, machine, reports }, undefined, 2)}\n`)
  }
  return reports.some(({ rows }) => rows.some(({ failure }) => failure !== undefined)) ? 1 : 0
}
