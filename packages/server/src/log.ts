import { checkOptions, FUNCTION, type OptionRules, SWITCH } from '@socket-star/protocol'

/** From the least to the most that is written. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What a log line may carry beside its event: plain values only, so that no object with a secret slips in. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/**
 * Where the server writes what happens: one event a line, named by a constant
 * text, with plain fields. Tokens, keys, challenges and payloads are never
 * passed to it.
 */
export type Log = Readonly<Record<LogLevel, (event: string, fields?: LogFields) => void>>

const nothing = (): void => {}

/** Writes nothing. */
export const SILENT_LOG: Log = { error: nothing, warn: nothing, info: nothing, debug: nothing }

export interface LogOptions {
  readonly level: LogLevel
  /** JSON for machines, or a line for people. */
  readonly json: boolean
  write(line: string): void
  /** Milliseconds since the epoch. */
  now?(): number
}

const RULES: OptionRules<LogOptions> = {
  level: {
    required: true,
    says: `one of ${LOG_LEVELS.join(', ')}`,
    fits: (value) => LOG_LEVELS.some((level) => level === value),
  },
  json: SWITCH,
  write: { ...FUNCTION, required: true },
  now: FUNCTION,
}

/**
 * A {@link Log} that writes lines. Line breaks and control characters in values are escaped.
 *
 * @throws StarError ERR_CONFIG for what cannot be used: a level that there is not would write nothing, errors included
 */
export function createLog(options: LogOptions): Log {
  checkOptions(RULES, options)
  const { level, json, write, now = Date.now } = options
  const last = LOG_LEVELS.indexOf(level)
  const line = (name: LogLevel, index: number) => {
    if (index > last) return nothing
    return (event: string, fields: LogFields = {}): void => {
      const time = new Date(now()).toISOString()
      // a field never takes the place of one of ours
      const own = { time, level: name, event }
      write(json ? escaped({ ...own, ...fields, ...own }) : readable(time, name, event, fields))
    }
  }
  return { error: line('error', 0), warn: line('warn', 1), info: line('info', 2), debug: line('debug', 3) }
}

function readable(time: string, level: LogLevel, event: string, fields: LogFields): string {
  const words = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${plain(value)}`)
  return [time.slice(11, 19), level.padEnd(5), event, ...words].join(' ')
}

function plain(value: LogFields[string]): string {
  return typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : escaped(value)
}

/** What a terminal or a reader of lines would act on, and JSON leaves as it is: C1 controls, lines, directions. */
const UNSEEN = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

function escaped(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSEEN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
