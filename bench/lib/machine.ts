import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'

/** What is assumed where the system does not say. */
const DEFAULT_OPEN_FILES = 10_000
const BYTES_PER_GIB = 2 ** 30
const require = createRequire(import.meta.url)

/** Where the figures were made; without it they mean nothing. */
export interface Machine {
  readonly node: string
  readonly system: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGib: number
  /** Of the last minute, when the run began. */
  readonly load: number
  /** How many files, sockets included, a process may have open. */
  readonly openFiles: number
  /** Whether ws masks with native code. */
  readonly bufferutil: boolean
}

/** This machine, now. */
export function thisMachine(): Machine {
  const processors = cpus()
  return {
    node: process.version,
    system: `${platform()} ${release()} ${arch()}`,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGib: Math.round(totalmem() / BYTES_PER_GIB),
    load: loadavg()[0] ?? 0,
    openFiles: openFilesLimit(),
    bufferutil: process.env.WS_NO_BUFFER_UTIL === undefined && isInstalled('bufferutil'),
  }
}

/** How many files a process may have open. Node raises its own limit as far as it may, so this is it. */
export function openFilesLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    if (soft !== undefined) return Number(soft)
  } catch {
    // Not Linux.
  }
  return DEFAULT_OPEN_FILES
}

/** One line for the head of a report. */
export function describeMachine(machine: Machine): string {
  const { node, system, cpu, cores, memoryGib, load, openFiles, bufferutil } = machine
  const masking = bufferutil ? 'with bufferutil' : 'without bufferutil'
  return `Node ${node}, ${system}, ${cores} x ${cpu}, ${memoryGib} GiB, load ${load.toFixed(1)}, ${openFiles} open files a process, ${masking}`
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}
