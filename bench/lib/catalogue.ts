import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Benchmark, Stack } from './model.ts'

const BENCHES = join(import.meta.dirname, '../benches')
const STACKS = join(import.meta.dirname, '../stacks')
const SOURCE = '.ts'

/** A stack and where it was found. */
export interface FoundStack {
  /** The file's name without its extension. */
  readonly name: string
  readonly file: string
  readonly stack: Stack
  /** Why it cannot be loaded. */
  readonly failure?: string
}

/** The names of all benchmarks: the files in `benches/`. */
export async function benchmarkNames(): Promise<string[]> {
  return (await sources(BENCHES)).map((file) => basename(file, SOURCE))
}

/** Loads a benchmark. */
export async function loadBenchmark(name: string): Promise<Benchmark> {
  return (await import(pathToFileURL(join(BENCHES, name + SOURCE)).href)).default
}

/** Loads the stacks of a benchmark, the files in `stacks/<benchmark>/`, in the order in which tables show them. */
export async function loadStacks(benchmark: string): Promise<FoundStack[]> {
  const files = await sources(join(STACKS, benchmark))
  const found = await Promise.all(files.map(loadStack))
  return found.toSorted((a, b) => a.stack.order - b.stack.order || a.name.localeCompare(b.name))
}

/** A stack that cannot be loaded is left out of the run, not the run out of the question. */
async function loadStack(file: string): Promise<FoundStack> {
  const name = basename(file, SOURCE)
  try {
    return { name, file, stack: (await import(pathToFileURL(file).href)).default }
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error)
    return { name, file, stack: { label: name, order: Number.POSITIVE_INFINITY, roles: {} }, failure }
  }
}

async function sources(directory: string): Promise<string[]> {
  const names = await readdir(directory)
  return names
    .filter((name) => name.endsWith(SOURCE))
    .toSorted()
    .map((name) => join(directory, name))
}
