import { readFileSync } from 'node:fs'
import { isStarError } from '@socket-star/protocol'
import { readFlags } from './arguments.ts'
import { helpText } from './help.ts'
import { keepMemoryLow } from './memory.ts'
import { readSettings } from './settings.ts'
import { startUpProblem } from './start-up-problem.ts'
import { UsageError } from './usage-error.ts'

/** The command line or the environment is wrong. */
const EXIT_USAGE = 2
/** It could not start. */
const EXIT_FAILURE = 1

/** The `socket-star` command: starts a server and stops it on a signal. */
export async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  try {
    const flags = readFlags(args)
    if (flags.has('help')) return print(helpText())
    if (flags.has('version')) return print(`${readVersion()}\n`)
    const settings = readSettings(flags, env)
    keepMemoryLow(env)
    // what only prints, or refuses, need not wait for the server to load
    const { serve } = await import('./serve.ts')
    await serve(settings, env)
  } catch (error) {
    process.stderr.write(`socket-star: ${startUpProblem(error)}\n`)
    if (error instanceof UsageError) process.stderr.write('Try "socket-star --help".\n')
    process.exitCode = error instanceof UsageError || isStarError(error) ? EXIT_USAGE : EXIT_FAILURE
  }
}

function print(text: string): void {
  // `socket-star --help | head`
  process.stdout.on('error', () => {})
  process.stdout.write(text)
}

function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
