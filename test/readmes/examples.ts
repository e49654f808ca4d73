import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { codeBlocks } from '../../scripts/code-blocks.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** The port that the documents name. */
const PRINTED_PORT = '9090'

/** The examples of a document of the repository that are in one language, in their order. */
export const examplesOf = (document: string, language: string): string[] =>
  codeBlocks(join(ROOT, document), language)

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}

/** An example that runs as it is printed, but for the port. */
interface Running {
  /** Resolves with all that it printed so far, once that matches. */
  prints(wanted: RegExp): Promise<string>
  /** Resolves with all that it printed, once it has ended well. */
  readonly ended: Promise<string>
}

/** Examples, each in a process of its own. */
export class Examples {
  readonly #children: ChildProcess[] = []
  readonly #files: string[] = []

  run(code: string, port: number): Running {
    const file = join(import.meta.dirname, `example-${process.pid}-${this.#files.length}.generated.mjs`)
    writeFileSync(file, code.replaceAll(PRINTED_PORT, String(port)))
    this.#files.push(file)
    const child = spawn(process.execPath, ['--conditions=@socket-star/source', file])
    this.#children.push(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output += text
      })
    }
    const ended = once(child, 'close').then(([status]) => {
      if (status !== 0) throw new Error(`it ended with ${status}: ${output}`)
      return output
    })
    ended.catch(() => {}) // most are stopped
    const prints = (wanted: RegExp): Promise<string> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (wanted.test(output)) resolve(output)
        }
        for (const stream of [child.stdout, child.stderr]) stream.on('data', look)
        ended.then(() => reject(new Error(`it ended: ${output}`)), reject)
        look()
      })
    return { prints, ended }
  }

  /** Ends those that still run. */
  stop(): void {
    for (const child of this.#children.splice(0)) child.kill('SIGKILL')
    for (const file of this.#files.splice(0)) rmSync(file)
  }
}
