/** A call to a role process, over the IPC channel of `child_process.fork`. */
export interface Call {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

/** Its answer. */
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }

/** Starts the role with its parameters; the first call. */
export const START = '$start'
/** Forgets the highest memory so far; answers with a {@link Reading}. */
export const BEGIN = '$begin'
/** Answers with a {@link Reading}. */
export const READ = '$read'

/** What a process says of itself at one moment. */
export interface Reading {
  readonly cpuMicros: number
  readonly peakRssBytes: number
  readonly rssBytes: number
  /** The process's clock, in ms since the epoch. */
  readonly atMs: number
}
