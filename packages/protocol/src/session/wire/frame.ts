/**
 * A Channel's frame as the arguments of one Socket.IO event (SES-6): its head
 * (CH-18) and, unless there are none, the array of its encoded payloads (SES-12).
 */
import { decodeFrame as decodeHead, encodeHead } from '../../channel/codec.ts'
import { PONG } from '../../channel/frame-kind.ts'
import { DEFAULT_FRAME_MESSAGES } from '../../channel/limits.ts'
import type { Frame } from '../../channel/types.ts'
import { array, bad } from './check.ts'
import { type Encoded, isEncoded } from './payload.ts'

/** A message: an array whose first element says what it is (SES-8). */
export type Payload = readonly unknown[]

/** The arguments of the event `star` for a frame. */
export function encodeFrame(frame: Frame<Encoded>): unknown[] {
  const head = encodeHead(frame)
  return frame.payloads.length > 0 ? [head, frame.payloads] : [head]
}

/** Reads a frame from the arguments of the event `star`; `mostPayloads` bounds its batch. Throws `ERR_BAD_FRAME`. */
export function decodeFrame(
  args: readonly unknown[],
  mostPayloads: number = DEFAULT_FRAME_MESSAGES,
): Frame<Encoded> {
  const [head, payloads = []] = args
  if (!array(mostPayloads, payloads).every(isEncoded)) bad()
  const frame = decodeHead(head, payloads as readonly Encoded[])
  // a session ends otherwise (HS-10): END and RESET are none of its frames
  return frame && frame.kind <= PONG ? frame : bad()
}
