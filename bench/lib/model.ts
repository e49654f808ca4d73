import type { ComponentName } from '../../scripts/components/catalogue.ts'
import type { Cast } from './cast.ts'

/** How much a run does: the documented run, one under three minutes, or one moment of each to see that it works. */
export type Scale = 'full' | 'quick' | 'moment'

/** One row group of a table, such as a chunk size or a number of peers. Benchmarks add their own fields. */
export interface Case {
  readonly label: string
  /** When it is not the plan's: short measurements need more of them. */
  readonly rounds?: number
}

/**
 * How the measurements of a round follow each other.
 *
 * - `interleaved`: every stack is set up once; case by case they are measured in turn, A B C C B A.
 * - `isolated`: in the same order, but each measurement has its stack to itself, set up before and torn down after.
 * - `together`: all are set up at once and measured in the same moment. For figures that are CPU time, in a hurry.
 */
export type Schedule = 'interleaved' | 'isolated' | 'together'

/** What one run of a benchmark does. */
export interface Plan<C extends Case = Case> {
  readonly cases: readonly C[]
  readonly rounds: number
  readonly schedule: Schedule
  readonly warmUpMs: number
  readonly windowMs: number
}

/** What one process did within a measurement. */
export interface Usage {
  readonly cpuSeconds: number
  readonly peakRssBytes: number
}

/** One measurement of one stack in one case. */
export interface Sample {
  /** How many units (see `Benchmark.unit`) were done; CPU time is divided by it. */
  readonly units: number
  /** By the keys of `Benchmark.metrics`. */
  readonly values: Readonly<Record<string, number>>
  /** By role. Several processes of one role are added up. */
  readonly usage: Readonly<Record<string, Usage>>
  /** What a reader of the table must know about this figure. */
  readonly notes?: readonly string[]
}

/** One column of a table. */
export interface Metric {
  readonly key: string
  readonly label: string
  /** Which way is good; the ratio column compares our stacks with the others by it. */
  readonly better: 'higher' | 'lower'
  /** Gets a ratio column. */
  readonly compared?: boolean
  /** This metric is the CPU time of a role, which then needs no column of its own. */
  readonly cpuOf?: string
}

/** A figure that one of our stacks has to reach beside a peer, checked on the medians of the per-round ratios. */
export interface Target {
  /** In plain words, as it is printed. */
  readonly text: string
  readonly metric: string
  /** File names without extension, in the benchmark's directory of stacks. */
  readonly ours: string
  readonly peer: string
  /** Labels of the cases it holds for; all when absent. */
  readonly cases?: readonly string[]
  /** Ours divided by the peer's: at least for `higher`, at most for `lower` metrics. */
  readonly ratio: number
}

/** A stack that is set up and can be measured, in one case or several. */
export interface Fixture<C extends Case = Case> {
  /** Up to the moment before the measurement: everybody joined, everything warm. */
  measure(which: C): Promise<Sample>
  close(): Promise<void>
}

/** A benchmark: one file in `benches/`, which this is the default export of. */
export interface Benchmark<C extends Case = Case> {
  /** What the figures answer, in one sentence. */
  readonly question: string
  /** What CPU time is divided by: its name in a column's title, such as `GB` in `s/GB`. */
  readonly unit: { readonly label: string; readonly perLabel: string; readonly scale: number }
  /** The order of the role columns. */
  readonly roles: readonly string[]
  readonly metrics: readonly Metric[]
  readonly targets?: readonly Target[]
  plan(scale: Scale): Plan<C>
  /** Sets a stack up for all cases (`interleaved`) or for the given one. */
  open(cast: Cast, plan: Plan<C>, which: C | undefined): Promise<Fixture<C>>
  /** Lines printed below the table, worked out from all samples. */
  remarks?(results: readonly StackResult[]): readonly string[]
}

/** A process of a stack: what it answers to. `close` ends it in good order. */
export type Actor = object

/** Starts a role in the process that this is called in. */
export type Role<P = never> = (params: P) => Promise<Actor>

/** One way to do what a benchmark measures: one file in `stacks/<benchmark>/`, which this is the default export of. */
export interface Stack<R extends object = Readonly<Record<string, Role>>> {
  readonly label: string
  readonly ours?: boolean
  /** Where it stands in the table; ours come last. */
  readonly order: number
  /** What must be installed for it. */
  readonly needs?: readonly ComponentName[]
  /** Added to the environment of its processes. */
  readonly env?: Readonly<Record<string, string>>
  /** Given to Node when it starts one of its processes. */
  readonly nodeArguments?: readonly string[]
  /** Said below the table. */
  readonly remark?: string
  /** Why it takes no part in a case. */
  skip?(which: Case): string | undefined
  readonly roles: R
}

/** All samples of one stack in one case, by round. */
export interface StackResult {
  readonly case: string
  readonly stack: string
  readonly label: string
  readonly ours: boolean
  readonly samples: readonly Sample[]
  /** Why it takes no part in this case, by its own choice. */
  readonly skipped?: string
  /** What went wrong; there may be samples from before. */
  readonly failure?: string
}
