import { createInterface } from 'node:readline'

/** Carries out one command; what it answers goes back as JSON. */
export type Handler = (args: Arguments) => unknown

/** The arguments of a command, as they came in. */
// biome-ignore lint/suspicious/noExplicitAny: both ends of this pipe belong to the tests; each role names the fields that it reads
export type Arguments = Record<string, any>

/**
 * Turns this process into a role of a test: one JSON object a line. In comes
 * `{id, command, args}`, out goes `{id, result}` or `{id, error}`, and events
 * through {@link report}. The process ends with its standard input, so that no
 * role outlives the test that started it.
 */
export function serveCommands(handlers: Record<string, Handler>): void {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', async (line) => {
    const { id, command, args } = JSON.parse(line)
    try {
      const handler = handlers[command]
      if (handler === undefined) throw new Error(`no command ${command} here`)
      print({ id, result: (await handler(args)) ?? null })
    } catch (error) {
      print({ id, error: describeError(error) })
    }
  })
  lines.on('close', () => process.exit(0))
  report('ready', {})
}

/** Tells the test about something that happened. */
export function report(event: string, detail: object): void {
  print({ event, detail })
}

/** A line for whoever looks for the cause of a failure: a test that fails shows the last ones. */
export function note(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 23)} ${text}\n`)
}

/** An error as it crosses the pipe. Legacy streams end in strings, `true` or `Error` objects. */
export interface ErrorReport {
  readonly code?: string
  readonly message: string
}

/** Brings whatever a stream or a callback ended in into one form. */
export function describeError(error: unknown): ErrorReport {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code } = error as Error & { code?: unknown }
  return { ...(typeof code === 'string' && { code }), message: error.message }
}

function print(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
