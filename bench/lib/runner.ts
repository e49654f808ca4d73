import { Cast } from './cast.ts'
import type { FoundStack } from './catalogue.ts'
import type { Benchmark, Case, Fixture, Plan, Sample, StackResult } from './model.ts'

/** Told what happens next, in a few words. */
export type OnStep = (text: string) => void

/** A benchmark that is about to run. */
export interface Job {
  readonly name: string
  readonly benchmark: Benchmark
  readonly plan: Plan
  readonly stacks: readonly FoundStack[]
  /** Stacks that cannot run, with the reason. */
  readonly missing: ReadonlyMap<string, string>
  readonly profileDirectory?: string | undefined
  readonly onStep: OnStep
}

/** One stack in one case. */
interface Cell {
  readonly which: Case
  readonly found: FoundStack
  readonly samples: Sample[]
  readonly skipped: string | undefined
  failure: string | undefined
}

/** Runs a benchmark as its plan says. A stack that fails is left out from there on; the others go on. */
export async function run(job: Job): Promise<StackResult[]> {
  const cells = job.plan.cases.flatMap((which) => job.stacks.map((found) => cellOf(job, which, found)))
  switch (job.plan.schedule) {
    case 'interleaved':
      await interleaved(job, cells)
      break
    case 'isolated':
      await isolated(job, cells)
      break
    case 'together':
      await together(job, cells)
      break
    default:
      job.plan.schedule satisfies never
  }
  return cells.map(({ which, found, samples, skipped, failure }) => ({
    case: which.label,
    stack: found.name,
    label: found.stack.label,
    ours: found.stack.ours ?? false,
    samples,
    ...(skipped === undefined ? {} : { skipped }),
    ...(failure === undefined ? {} : { failure }),
  }))
}

function cellOf(job: Job, which: Case, found: FoundStack): Cell {
  const skipped = found.stack.skip?.(which)
  return { which, found, samples: [], skipped, failure: job.missing.get(found.name) }
}

function takesPart(cell: Cell): boolean {
  return cell.skipped === undefined && cell.failure === undefined
}

async function interleaved(job: Job, cells: readonly Cell[]): Promise<void> {
  const fixtures = new Map<FoundStack, Opened>()
  try {
    job.onStep('setting up all stacks')
    await Promise.all(
      job.stacks.map(async (found) => {
        const own = cells.filter((cell) => cell.found === found && takesPart(cell))
        if (own.length === 0) return
        const opened = await open(job, found, undefined)
        if ('failure' in opened) for (const cell of own) cell.failure = opened.failure
        else fixtures.set(found, opened)
      }),
    )
    await inTurn(job, cells, async (cell) => {
      const fixture = fixtures.get(cell.found)
      return fixture?.fixture.measure(cell.which)
    })
  } finally {
    await Promise.all([...fixtures.values()].map((each) => each.close()))
  }
}

async function isolated(job: Job, cells: readonly Cell[]): Promise<void> {
  await inTurn(job, cells, async (cell) => {
    const opened = await open(job, cell.found, cell.which)
    if ('failure' in opened) throw new Error(opened.failure)
    try {
      return await opened.fixture.measure(cell.which)
    } finally {
      await opened.close()
    }
  })
}

async function together(job: Job, cells: readonly Cell[]): Promise<void> {
  const fixtures = new Map<Cell, Opened>()
  try {
    job.onStep('setting up all stacks')
    await Promise.all(
      cells.map(async (cell) => {
        if (!takesPart(cell)) return
        const opened = await open(job, cell.found, cell.which)
        if ('failure' in opened) cell.failure = opened.failure
        else fixtures.set(cell, opened)
      }),
    )
    for (let round = 1; round <= job.plan.rounds; round++) {
      job.onStep(`round ${round}/${job.plan.rounds}, all at once`)
      await Promise.all(
        [...fixtures].map(([cell, { fixture }]) => sample(cell, () => fixture.measure(cell.which))),
      )
    }
  } finally {
    await Promise.all([...fixtures.values()].map((each) => each.close()))
  }
}

/**
 * All rounds: in each, case by case, the stacks one after the other, A B C in
 * one round and C B A in the next, so that none of them always follows the
 * same one.
 */
async function inTurn(
  job: Job,
  cells: readonly Cell[],
  measure: (cell: Cell) => Promise<Sample | undefined>,
): Promise<void> {
  const roundsOf = ({ which }: Cell) => which.rounds ?? job.plan.rounds
  const most = Math.max(0, ...cells.map(roundsOf))
  const cases = job.plan.cases.map((which) => cells.filter((cell) => cell.which === which))
  for (let round = 1; round <= most; round++) {
    for (const cell of cases.flatMap((each) => (round % 2 === 1 ? each : each.toReversed()))) {
      const rounds = roundsOf(cell)
      if (!takesPart(cell) || round > rounds) continue
      job.onStep(`round ${round}/${rounds}, ${cell.which.label}, ${cell.found.stack.label}`)
      await sample(cell, () => measure(cell))
    }
  }
}

async function sample(cell: Cell, measure: () => Promise<Sample | undefined>): Promise<void> {
  if (!takesPart(cell)) return
  try {
    const measured = await measure()
    if (measured !== undefined) cell.samples.push(measured)
  } catch (error) {
    cell.failure = messageOf(error)
  }
}

interface Opened {
  readonly fixture: Fixture
  close(): Promise<void>
}

async function open(
  job: Job,
  found: FoundStack,
  which: Case | undefined,
): Promise<Opened | { readonly failure: string }> {
  const title = [job.name, which?.label, found.name].filter((part) => part !== undefined).join(' ')
  const cast = new Cast(title, found, job.profileDirectory)
  try {
    const fixture = await job.benchmark.open(cast, job.plan, which)
    return {
      fixture,
      close: async () => {
        await fixture.close().catch(() => {})
        await cast.close()
      },
    }
  } catch (error) {
    await cast.close()
    return { failure: messageOf(error) }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
