import { LEAST_HTTP_BUFFER_BYTES } from '../http/star-server-options.ts'
import { LOG_LEVELS, type LogLevel } from '../log.ts'
import { UsageError } from './usage-error.ts'

const MAX_PORT = 65_535
/** A day: longer than any restart may take, and far from where timers overflow. */
const MAX_SECONDS = 86_400

/** More than Node reads into one text. */
const MAX_BYTES = 500_000_000

const YES = new Set(['1', 'true', 'yes', 'on'])
const NO = new Set(['0', 'false', 'no', 'off'])

/** `origin` is how the user spelled the option: `--port` or `SOCKET_STAR_PORT`. */
export function readPort(text: string, origin: string): number {
  return readInteger(text, origin, MAX_PORT, `a port, 0 to ${MAX_PORT}`)
}

export function readSeconds(text: string, origin: string): number {
  return readInteger(text, origin, MAX_SECONDS, `whole seconds, 0 to ${MAX_SECONDS}`)
}

export function readBytes(text: string, origin: string): number {
  const wanted = `whole bytes, ${LEAST_HTTP_BUFFER_BYTES} to ${MAX_BYTES}`
  const value = readInteger(text, origin, MAX_BYTES, wanted)
  if (value >= LEAST_HTTP_BUFFER_BYTES) return value
  throw new UsageError(`${origin} must be ${wanted}, not "${text}"`)
}

function readInteger(text: string, origin: string, max: number, wanted: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value <= max) return value
  throw new UsageError(`${origin} must be ${wanted}, not "${text}"`)
}

export function readLevel(text: string, origin: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text)
  if (level !== undefined) return level
  throw new UsageError(`${origin} must be one of ${LOG_LEVELS.join(', ')}, not "${text}"`)
}

/** A switch from the environment. `false` means false here, also for the legacy variables. */
export function readSwitch(text: string, origin: string): boolean {
  const word = text.toLowerCase()
  if (YES.has(word)) return true
  if (NO.has(word)) return false
  throw new UsageError(`${origin} must be 1 or 0 (or true, false, yes, no, on, off), not "${text}"`)
}

export function readList(texts: readonly string[]): string[] {
  return texts
    .flatMap((text) => text.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
