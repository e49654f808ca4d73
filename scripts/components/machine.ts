import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** How a command ended: its exit code (`undefined` when it could not start) and what it printed. */
export interface RunResult {
  readonly code: number | undefined
  readonly output: string
}

/** What the look for a component needs to know of the machine; tests bring their own. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isRoot: boolean
  /** The absolute path of an executable: `name` itself when it is a path, else the first on PATH. */
  find(name: string): string | undefined
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>
}

/** Where and how long a command may run. */
interface RunOptions {
  readonly cwd?: string
  readonly timeoutMs?: number
}

/** How much of a command's output is kept, in UTF-16 units: the end of it, where the error stands. */
const MAX_OUTPUT = 20_000
const DEFAULT_RUN_TIMEOUT_MS = 240_000

/** The machine that the tests run on. */
export const thisMachine: Machine = {
  env: process.env,
  isRoot: process.getuid?.() === 0,
  find,
  run,
}

function find(name: string): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? name : undefined
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, name)
    if (directory !== '' && isExecutable(path)) return path
  }
  return undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? DEFAULT_RUN_TIMEOUT_MS,
    })
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-MAX_OUTPUT)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => resolve({ code: undefined, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? undefined, output }))
  })
}
