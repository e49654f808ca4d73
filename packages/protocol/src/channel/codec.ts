import { ACK, DATA, END, type FrameKind, HELLO, PING, PONG, RESET, WELCOME } from './frame-kind.ts'
import { MAX_RANGES } from './limits.ts'
import type { Ack, Frame, Hello } from './types.ts'

const NO_RANGES: readonly number[] = []
const ACK_FIELDS = 4
const HELLO_FIELDS = 7

/**
 * The head of a frame as a list of integers (CH-18): kind, seq, then for HELLO
 * its seven fields, then, if the frame acknowledges, received, ack, credit in
 * messages and in bytes, and the ranges. The payloads travel beside it.
 */
export function encodeHead({ kind, seq, ack, hello }: Frame<unknown>): number[] {
  const head: number[] = [kind, seq]
  if (hello) {
    const { version, incarnation, peerIncarnation, sent, acked, span, heard } = hello
    head.push(version, incarnation, peerIncarnation, sent, acked, span, heard ? 1 : 0)
  }
  if (ack) head.push(ack.received, ack.ack, ack.creditMessages, ack.creditBytes, ...ack.ranges)
  return head
}

/**
 * The frame that a head and its payloads make, undefined when the head is not
 * one. The payloads' own shape is the binding's to check, before this.
 */
export function decodeFrame<P>(head: unknown, payloads: readonly P[]): Frame<P> | undefined {
  if (!isHead(head)) return undefined
  const [kind = -1, seq = -1] = head
  if (!isKind(kind) || seq < 0 || !countFits(kind, payloads.length)) return undefined
  // The last payload needs a sequence number too.
  if (!Number.isSafeInteger(seq + (payloads.length - 1)) || (seq > 0 && !hasNumber(kind))) return undefined
  const hello = kind === HELLO ? helloOf(head) : undefined
  const ackFrom = kind === HELLO ? 2 + HELLO_FIELDS : 2
  const ack = ackOf(head, ackFrom)
  const bare = head.length === 2 && (kind < ACK || kind > PONG)
  if (!(ack || bare) || (kind === HELLO && !hello)) return undefined
  return { kind, seq, payloads, ack, hello }
}

function isHead(head: unknown): head is number[] {
  if (!Array.isArray(head) || head.length < 2) return false
  if (head.length > 2 + HELLO_FIELDS + ACK_FIELDS + 2 * MAX_RANGES) return false
  for (const value of head) if (!Number.isSafeInteger(value) || value < -1) return false
  return true
}

function isKind(kind: number): kind is FrameKind {
  return kind >= DATA && kind <= RESET
}

function hasNumber(kind: FrameKind): boolean {
  return kind <= END || kind === PING || kind === PONG
}

function countFits(kind: FrameKind, count: number): boolean {
  if (kind === DATA) return count > 0
  return count === (kind === WELCOME || kind === END || kind === RESET ? 1 : 0)
}

function helloOf(head: readonly number[]): Hello | undefined {
  const [version = 0, incarnation = 0, peerIncarnation = -1, sent = -2, acked = -2, span = 0, heard = -1] =
    head.slice(2)
  const valid =
    incarnation > 0 && peerIncarnation >= 0 && sent >= acked && span > 0 && (heard === 0 || heard === 1)
  return valid ? { version, incarnation, peerIncarnation, sent, acked, span, heard: heard === 1 } : undefined
}

function ackOf(head: readonly number[], from: number): Ack | undefined {
  const [received = -2, ack = -2, creditMessages = -1, creditBytes = -1] = head.slice(from, from + ACK_FIELDS)
  if (received < ack || ack < -1 || creditMessages < 0 || creditBytes < 0) return undefined
  const ranges = head.length > from + ACK_FIELDS ? head.slice(from + ACK_FIELDS) : NO_RANGES
  if (ranges.length % 2 > 0 || ranges.length > 2 * MAX_RANGES) return undefined
  let previous = received
  for (let i = 0; i < ranges.length; i += 2) {
    const [first = -1, last = -1] = [ranges[i], ranges[i + 1]]
    if (first <= previous + 1 || last < first) return undefined
    previous = last
  }
  return { received, ack, creditMessages, creditBytes, ranges }
}
