import { createHash, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, unlinkSync } from 'node:fs'
import { StarError } from '@socket-star/protocol'
import type { Encoded, RoomSnapshot } from '@socket-star/protocol/session'
import { linesOf, writeLines } from './lines.ts'
import type { RestingRecord } from './memory-store.ts'

/** The name and version of the format, in the first line of the file. */
const FORMAT = 'socket-star-state'
const VERSION = 2
/** Only the server's own user reads it: it holds what was not delivered. */
const MODE = 0o600
const NOT_OURS = 'is not a state file of socket-star'
/** How a binary stands in the file. */
const BINARY = '$binary'

/** What a state file holds. */
export interface State {
  readonly sessions: readonly RestingRecord[]
  readonly rooms: readonly RoomSnapshot<Encoded>[]
}

/** A line of the file between the first, which names the format, and the last, which has the checksum of all before it. */
type Line = { readonly session: RestingRecord } | { readonly room: RoomSnapshot<Encoded> }

/**
 * Writes everything into a file of its own and then puts that in the place of
 * the old one, so that there is always a whole one. A record is a line, so
 * that what waits for all clients together need not fit into one text, nor
 * into memory twice. Synchronous: the process is about to stop.
 *
 * @throws the system's error when it cannot be written
 */
export function writeState(file: string, state: State): void {
  const temporary = temporaryOf(file)
  rmSync(temporary, { force: true })
  const handle = openSync(temporary, 'wx', MODE)
  try {
    try {
      writeLines(handle, textOf(state))
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(temporary, file)
  } catch (error) {
    // it holds what was not delivered
    unlinkSync(temporary)
    throw error
  }
}

function* textOf({ sessions, rooms }: State): Generator<string> {
  const sum = createHash('sha256')
  const summed = (line: string): string => {
    sum.update(line)
    return line
  }
  const record = (line: Line): string => summed(JSON.stringify(line, hideBinaries))
  yield summed(JSON.stringify({ format: FORMAT, v: VERSION }))
  for (const session of sessions) yield record({ session })
  for (const room of rooms) yield record({ room })
  yield JSON.stringify({ sha256: sum.digest('hex') })
}

/**
 * Reads a state file and takes it away: what it holds is only true once,
 * because offsets and numbers go on from it. Undefined when there is none. One
 * that was not written to its end is removed.
 *
 * @throws StarError ERR_CONFIG when it is damaged or not ours, or cannot be read; it was set aside then, under the
 * name in the message
 */
export function takeState(file: string): State | undefined {
  // whoever was killed while it wrote left it, and it holds what was not delivered
  rmSync(temporaryOf(file), { force: true })
  try {
    const state = readState(file)
    unlinkSync(file)
    return state
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const aside = `${file}.refused-${randomBytes(4).toString('hex')}`
    renameSync(file, aside)
    throw new StarError(
      'ERR_CONFIG',
      `the state file ${file} ${reasonOf(error)}; it was set aside as ${aside}`,
    )
  }
}

/** What is written first, and then put in the place of the file. */
function temporaryOf(file: string): string {
  return `${file}.tmp`
}

function readState(file: string): State {
  const handle = openSync(file, 'r')
  try {
    return parseState(linesOf(handle))
  } finally {
    closeSync(handle)
  }
}

function parseState(lines: Iterable<Buffer>): State {
  const sum = createHash('sha256')
  const sessions: RestingRecord[] = []
  const rooms: RoomSnapshot<Encoded>[] = []
  let first = true
  for (const line of lines) {
    const said = parseLine(line.toString())
    if (first) checkHead(said)
    else if (typeof said.sha256 === 'string') {
      if (said.sha256 !== sum.digest('hex')) throw new Error('is damaged: its checksum does not match')
      return { sessions, rooms }
    } else if ('session' in said) sessions.push(said.session as RestingRecord)
    else if ('room' in said) rooms.push(said.room as RoomSnapshot<Encoded>)
    first = false
    sum.update(line)
  }
  throw new Error(first ? NOT_OURS : 'is not complete')
}

function checkHead({ format, v }: Record<string, unknown>): void {
  if (format !== FORMAT) throw new Error(NOT_OURS)
  if (v !== VERSION) throw new Error(`is of version ${String(v)}, this server reads version ${VERSION}`)
}

/** What is no JSON says nothing: the checksum tells. */
function parseLine(line: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(line, showBinaries)
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** JSON has written a Buffer as an object of its own by the time it is asked: look at the original. */
function hideBinaries(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key]
  if (original instanceof ArrayBuffer) return { [BINARY]: Buffer.from(original).toString('base64') }
  return original instanceof Uint8Array ? { [BINARY]: Buffer.from(original).toString('base64') } : value
}

function showBinaries(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, BINARY)) return value
  return Buffer.from((value as { [BINARY]: string })[BINARY], 'base64')
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'syscall' in error ? `cannot be read: ${error.message}` : error.message
}
