import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string }

/** Runs what follows in a terminal, and shows what it writes there. */
const TERMINAL = ['python3', '-c', 'import pty, sys; pty.spawn(sys.argv[1:])']

export interface CliCircumstances {
  /** Another program that says where it listens as the command line does. */
  readonly program?: string
  /** How many files and connections the process may have open. */
  readonly openFiles?: number
  /** In a terminal of its own: the child is the terminal then, and ends with it. */
  readonly terminal?: boolean
}

/** The command line in a process of its own. */
export class CliProcess {
  readonly child: ChildProcess
  readonly lines: LogLine[] = []
  /** Everything on standard output that was no log line. */
  text = ''
  errors = ''
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  readonly #waiting: { event: string; resolve: (line: LogLine) => void; reject: (error: Error) => void }[] =
    []

  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    { program = CLI, openFiles, terminal = false }: CliCircumstances = {},
  ) {
    const clean = { PATH: process.env.PATH ?? '', ...env }
    const words = [process.execPath, '--conditions=@socket-star/source', program, ...args]
    const limit = openFiles === undefined ? [] : ['sh', '-c', `ulimit -n ${openFiles}; exec "$@"`, 'sh']
    const [command = '', ...rest] = [...(terminal ? TERMINAL : []), ...limit, ...words]
    this.child = spawn(command, rest, {
      env: clean,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.exited = once(this.child, 'close').then(([code, signal]) => {
      for (const { event, reject } of this.#waiting.splice(0)) {
        reject(new Error(`the process ended before ${event}: ${this.errors}`))
      }
      return { code, signal }
    })
    this.child.stderr?.on('data', (chunk) => (this.errors += chunk))
    const { stdout } = this.child
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => this.#read(line))
  }

  /** The first line of an event, also one that came already. */
  async line(event: string): Promise<LogLine> {
    const found = this.lines.find((line) => line.event === event)
    if (found !== undefined) return found
    return new Promise((resolve, reject) => this.#waiting.push({ event, resolve, reject }))
  }

  /** Where it listens on this machine. */
  async url(): Promise<string> {
    const { urls } = await this.line('server.listening')
    return String((urls as string[])[0])
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** For `afterEach`: gone, however it stands. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exited
  }

  #read(text: string): void {
    if (!text.startsWith('{')) {
      this.text += `${text}\n`
      return
    }
    const line = JSON.parse(text) as LogLine
    this.lines.push(line)
    for (const waiting of this.#waiting.filter(({ event }) => event === line.event)) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      waiting.resolve(line)
    }
  }
}
