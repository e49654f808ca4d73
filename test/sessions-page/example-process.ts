import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url))

interface Waiting {
  readonly pattern: RegExp
  resolve(found: RegExpMatchArray): void
  reject(error: Error): void
}

/** A program of an example, run as its README says, on the sources. */
export class ExampleProcess {
  /** What it printed. */
  readonly lines: string[] = []
  readonly exited: Promise<number | null>
  readonly #child: ChildProcessWithoutNullStreams
  #errors = ''
  #waiting: Waiting[] = []

  constructor(path: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(
      process.execPath,
      ['--conditions=@socket-star/source', `${EXAMPLES}${path}`, ...args],
      {
        env: { PATH: process.env.PATH ?? '', ...env },
      },
    )
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#read(line))
    this.#child.stderr.on('data', (chunk) => (this.#errors += chunk))
    this.exited = once(this.#child, 'close').then(([code]) => {
      for (const { pattern, reject } of this.#waiting.splice(0)) {
        reject(new Error(`it ended before it printed ${pattern}: ${this.#errors}`))
      }
      return code
    })
  }

  /** The first line that a pattern finds, also one that was printed already. */
  line(pattern: RegExp): Promise<RegExpMatchArray> {
    const found = this.lines.map((line) => line.match(pattern)).find((match) => match !== null)
    if (found) return Promise.resolve(found)
    return new Promise((resolve, reject) => this.#waiting.push({ pattern, resolve, reject }))
  }

  /** Where it says that it listens. */
  async port(): Promise<number> {
    const [, port] = await this.line(/http:\/\/localhost:(\d+)/)
    return Number(port)
  }

  types(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** The end of its input, as Ctrl-D. */
  closeInput(): void {
    this.#child.stdin.end()
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exited
  }

  #read(line: string): void {
    this.lines.push(line)
    this.#waiting = this.#waiting.filter(({ pattern, resolve }) => {
      const found = line.match(pattern)
      if (found !== null) resolve(found)
      return found === null
    })
  }
}
