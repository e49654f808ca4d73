/**
 * A Channel's frame as the arguments of one Socket.IO event (SES-6):
 * `kind, seq, payloads, ack, hello`, without the empty ones at the end. Binary
 * may stand inside a payload alone.
 */
import { type FrameKind, RESET } from '../../channel/frame-kind.ts'
import { DEFAULT_FRAME_MESSAGES, MAX_RANGES } from '../../channel/limits.ts'
import type { Ack, Frame, Hello } from '../../channel/types.ts'
import { bad, integer, list } from './check.ts'

/** A message inside a frame: an array whose first element says what it is (SES-8). */
export type Payload = readonly unknown[]

/** The arguments of the event `star` for a frame. */
export function encodeFrame(frame: Frame<unknown>): unknown[] {
  const { ack, hello, payloads } = frame
  const args: unknown[] = [frame.kind]
  if (frame.seq === 0 && payloads.length === 0 && ack === undefined && hello === undefined) return args
  args.push(frame.seq, payloads)
  if (ack !== undefined || hello !== undefined) args.push(ack === undefined ? 0 : encodeAck(ack))
  if (hello !== undefined) args.push(encodeHello(hello))
  return args
}

/** Reads a frame from the arguments of the event `star`; `mostPayloads` bounds its batch. Throws `ERR_BAD_FRAME`. */
export function decodeFrame(args: readonly unknown[], mostPayloads = DEFAULT_FRAME_MESSAGES): Frame<unknown> {
  const [kind, seq = 0, payloads = [], ack = 0, hello] = args
  if (args.length > 5 || integer(kind, 'kind') > RESET) bad('frame')
  return {
    kind: kind as FrameKind,
    seq: integer(seq, 'seq'),
    payloads: list(payloads, 'payloads', mostPayloads),
    ack: ack === 0 ? undefined : decodeAck(ack),
    hello: hello === undefined ? undefined : decodeHello(hello),
  }
}

function encodeAck(ack: Ack): number[] {
  return [ack.received, ack.ack, ack.creditMessages, ack.creditBytes, ...ack.ranges]
}

function decodeAck(value: unknown): Ack {
  const numbers = list(value, 'ack', 4 + 2 * MAX_RANGES)
  const ranges = numbers.slice(4).map((n) => integer(n, 'ack'))
  if (ranges.length % 2 === 1) bad('ack')
  return {
    received: integer(numbers[0], 'ack', -1),
    ack: integer(numbers[1], 'ack', -1),
    creditMessages: integer(numbers[2], 'ack'),
    creditBytes: integer(numbers[3], 'ack'),
    ranges,
  }
}

function encodeHello(hello: Hello): number[] {
  const { version, incarnation, peerIncarnation, sent, acked, span, heard } = hello
  return [version, incarnation, peerIncarnation, sent, acked, span, heard ? 1 : 0]
}

function decodeHello(value: unknown): Hello {
  const [version, incarnation, peerIncarnation, sent, acked, span, heard] = list(value, 'hello', 7)
  return {
    version: integer(version, 'hello', 1),
    incarnation: integer(incarnation, 'hello'),
    peerIncarnation: integer(peerIncarnation, 'hello'),
    sent: integer(sent, 'hello', -1),
    acked: integer(acked, 'hello', -1),
    span: integer(span, 'hello', 1),
    heard: integer(heard, 'hello') === 1,
  }
}
