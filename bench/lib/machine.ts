import { createRequire } from 'node:module'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'

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
    bufferutil: process.env.WS_NO_BUFFER_UTIL === undefined && isInstalled('bufferutil'),
  }
}

/** One line for the head of a report. */
export function describeMachine(machine: Machine): string {
  const { node, system, cpu, cores, memoryGib, load, bufferutil } = machine
  const masking = bufferutil ? 'with bufferutil' : 'without bufferutil'
  return `Node ${node}, ${system}, ${cores} x ${cpu}, ${memoryGib} GiB, load ${load.toFixed(1)}, ${masking}`
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}
