import { mkdir } from 'node:fs/promises'
import { COMPONENTS, type ComponentName } from '../../scripts/components/catalogue.ts'
import { ensureComponent } from '../../scripts/components/component.ts'
import { thisMachine } from '../../scripts/components/machine.ts'
import { type Arguments, MIN_ROUNDS } from './arguments.ts'
import { type FoundStack, loadBenchmark, loadStacks } from './catalogue.ts'
import type { StackResult } from './model.ts'
import type { Report } from './report.ts'
import { type OnStep, run } from './runner.ts'
import { judge, summarise } from './summary.ts'

/** What a benchmark found: as it is printed, and every sample of it. */
export interface Outcome {
  readonly report: Report
  readonly results: readonly StackResult[]
}

/** Runs one benchmark with all that belongs to it: installs its peers first, and sums up at the end. */
export async function runBenchmark(name: string, options: Arguments, onStep: OnStep): Promise<Outcome> {
  const benchmark = await loadBenchmark(name)
  const planned = benchmark.plan(options.scale)
  const plan = {
    ...planned,
    cases: planned.cases.filter(({ label }) => isChosen(options.cases, label)),
    rounds: options.rounds ?? planned.rounds,
  }
  const stacks = (await loadStacks(name)).filter((found) => isChosen(options.stacks, found.name))
  onStep('looking for what it needs')
  const missing = await findMissing(stacks)
  const { profileDirectory } = options
  if (profileDirectory !== undefined) await mkdir(profileDirectory, { recursive: true })
  const results = await run({ name, benchmark, plan, stacks, missing, profileDirectory, onStep })
  const remarks = [
    ...(plan.rounds < MIN_ROUNDS ? [`Only ${plan.rounds} of at least ${MIN_ROUNDS} rounds: a glimpse.`] : []),
    ...(benchmark.remarks?.(results) ?? []),
    ...stacks.flatMap(({ stack }) => (stack.remark === undefined ? [] : [`${stack.label}: ${stack.remark}`])),
  ]
  const rows = summarise(benchmark, results)
  return { report: { name, benchmark, rows, verdicts: judge(benchmark, results), remarks }, results }
}

function isChosen(chosen: readonly string[], name: string): boolean {
  return chosen.length === 0 || chosen.includes(name)
}

/** Installs what the stacks need; the answer is why some of them cannot run. */
async function findMissing(stacks: readonly FoundStack[]): Promise<Map<string, string>> {
  const reasons = new Map<ComponentName, string | undefined>()
  const missing = new Map<string, string>()
  for (const { name, stack, failure } of stacks) {
    if (failure !== undefined) missing.set(name, failure)
    for (const need of stack.needs ?? []) {
      if (!reasons.has(need)) {
        const found = await ensureComponent(COMPONENTS[need], thisMachine)
        reasons.set(need, 'missing' in found ? found.missing : undefined)
      }
      const reason = reasons.get(need)
      if (reason !== undefined) missing.set(name, reason)
    }
  }
  return missing
}
