import type { LogFields } from './log.ts'

/** What a log line says of what a function of the application threw: its text, and the calls that led there. */
export function thrown(error: unknown): LogFields {
  const stack = error instanceof Error ? error.stack?.match(/(?<=\n\s+)at .+/g) : undefined
  return { error: String(error), stack: stack ?? undefined }
}
