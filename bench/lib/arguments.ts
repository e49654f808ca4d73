import { parseArgs } from 'node:util'
import type { Scale } from './model.ts'

/** With fewer rounds a report says that its spreads mean little. */
export const MIN_ROUNDS = 3
const MAX_ROUNDS = 100

/** What the command line asks for. */
export interface Arguments {
  readonly names: readonly string[]
  readonly scale: Scale
  readonly rounds: number | undefined
  readonly json: boolean
  readonly document: boolean
  readonly stacks: readonly string[]
  readonly cases: readonly string[]
  readonly profileDirectory: string | undefined
  /** A file for what `--json` would print. */
  readonly save: string | undefined
  /** Such a file of an earlier run. */
  readonly compare: string | undefined
  readonly help: boolean
}

export const USAGE = `npm run bench [-- <name> ...] [options]

  --quick            a shorter run of each: under 30 s for one, under three minutes for all
  --rounds <n>       how often each figure is taken (${MIN_ROUNDS} or more, for a spread that means something)
  --json             print JSON instead of tables
  --document         put the tables into docs/performance.md
  --save <file>      write the JSON into a file, beside the tables
  --compare <file>   say which ratios agree with those of a run that was saved
  --stack <name>     only this stack; may be repeated
  --case <label>     only this case; may be repeated
  --profile <dir>    write a CPU profile of every process into a directory
  --moment           a glimpse of each, for the tests: the figures mean nothing
`

/** Reads the command line. Throws with a sentence for the user. */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      moment: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      document: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      stack: { type: 'string', multiple: true, default: [] },
      case: { type: 'string', multiple: true, default: [] },
      profile: { type: 'string' },
      save: { type: 'string' },
      compare: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  return {
    names: positionals,
    scale: values.moment ? 'moment' : values.quick ? 'quick' : 'full',
    rounds: values.rounds === undefined ? undefined : parseRounds(values.rounds),
    json: values.json,
    document: values.document,
    stacks: values.stack,
    cases: values.case,
    profileDirectory: values.profile,
    save: values.save,
    compare: values.compare,
    help: values.help,
  }
}

function parseRounds(text: string): number {
  const rounds = Number(text)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAX_ROUNDS) {
    throw new Error(`--rounds takes a number from 1 to ${MAX_ROUNDS}`)
  }
  return rounds
}
