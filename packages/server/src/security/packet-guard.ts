import { MAX_PACKET_ARGUMENTS } from '../limits.ts'
import type { AnySocket } from '../socket-types.ts'

type Connection = AnySocket['conn']

/** A text packet of a type that Socket.IO does not know: its parser rejects it and closes the connection. */
const INVALID_PACKET = '9'
/** One argument and its comma take at least two characters. */
const SUSPICIOUS_LENGTH = 2 * MAX_PACKET_ARGUMENTS

/**
 * Closes a connection that sends a packet of more than
 * {@link MAX_PACKET_ARGUMENTS} arguments (LIM-5). Socket.IO hands a packet's
 * arguments to listeners and acknowledgement callbacks by `apply`, which
 * overflows the stack, outside of any handler's reach, and ends the process.
 * Only long texts are looked at.
 */
export class PacketGuard {
  readonly #guarded = new WeakSet<Connection>()
  readonly #onViolation: () => void

  constructor(onViolation: () => void) {
    this.#onViolation = onViolation
  }

  watch(connection: Connection): void {
    if (this.#guarded.has(connection)) return
    this.#guarded.add(connection)
    connection.on('packet', (packet) => {
      const { data } = packet
      if (typeof data !== 'string' || data.length < SUSPICIOUS_LENGTH) return
      if (countArguments(data, MAX_PACKET_ARGUMENTS) <= MAX_PACKET_ARGUMENTS) return
      packet.data = INVALID_PACKET
      this.#onViolation()
    })
  }
}

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c

/** How many elements the JSON array in a Socket.IO packet has, counted up to one more than `limit`. */
export function countArguments(packet: string, limit: number): number {
  const start = packet.indexOf('[')
  if (start === -1) return 0
  let depth = 0
  let count = 1
  for (let at = start; at < packet.length; at += 1) {
    const code = packet.charCodeAt(at)
    if (code === QUOTE) at = endOfString(packet, at)
    else if (OPENING.has(code)) depth += 1
    else if (CLOSING.has(code)) depth -= 1
    else if (code === COMMA && depth === 1) {
      count += 1
      if (count > limit) return count
    }
  }
  return count
}

const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

/** Where the JSON string that begins at `start` ends; the packet's end when it never does. */
function endOfString(packet: string, start: number): number {
  let end = start
  do {
    end = packet.indexOf('"', end + 1)
    if (end === -1) return packet.length
  } while (isEscaped(packet, end))
  return end
}

function isEscaped(packet: string, quote: number): boolean {
  let backslashes = 0
  while (packet.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1
  return backslashes % 2 === 1
}
