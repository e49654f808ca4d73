import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { StarError } from '@socket-star/protocol'
import type { Encoded, RoomSnapshot } from '@socket-star/protocol/session'
import type { RestingRecord } from './memory-store.ts'

/** The name and version of the format, at the head of the file. */
const FORMAT = 'socket-star-state'
const VERSION = 1
/** Only the server's own user reads it: it holds what was not delivered. */
const MODE = 0o600
/** How a binary stands in the file. */
const BINARY = '$binary'

/** What a state file holds. */
export interface State {
  readonly sessions: readonly RestingRecord[]
  readonly rooms: readonly RoomSnapshot<Encoded>[]
}

/**
 * Writes everything into a file of its own and then puts that in the place of
 * the old one, so that there is always a whole one. Synchronous: the process
 * is about to stop.
 *
 * @throws the system's error when it cannot be written
 */
export function writeState(file: string, state: State): void {
  const body = Buffer.from(JSON.stringify(state, hideBinaries))
  const head = JSON.stringify({ format: FORMAT, v: VERSION, bytes: body.length, sha256: checksum(body) })
  const temporary = temporaryOf(file)
  rmSync(temporary, { force: true })
  const handle = openSync(temporary, 'wx', MODE)
  try {
    try {
      for (const part of [Buffer.from(`${head}\n`), body]) {
        for (let at = 0; at < part.length; ) at += writeSync(handle, part, at)
      }
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
    const content = readFileSync(file)
    const state = parseState(content)
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

function parseState(content: Buffer): State {
  const end = content.indexOf('\n')
  const head = parseHead(content.subarray(0, Math.max(end, 0)).toString())
  if (head.format !== FORMAT) throw new Error('is not a state file of socket-star')
  if (head.v !== VERSION)
    throw new Error(`is of version ${String(head.v)}, this server reads version ${VERSION}`)
  const body = content.subarray(end + 1)
  if (body.length !== head.bytes) throw new Error('is not complete')
  if (checksum(body) !== head.sha256) throw new Error('is damaged: its checksum does not match')
  return JSON.parse(body.toString(), showBinaries) as State
}

function parseHead(line: string): Record<string, unknown> {
  try {
    const head: unknown = JSON.parse(line)
    return typeof head === 'object' && head !== null ? (head as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function checksum(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex')
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
