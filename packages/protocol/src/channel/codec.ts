import { ACK, DATA, type FrameKind, HELLO, PONG } from './frame-kind.ts'
import { ACK_FIELDS, HELLO_FIELDS, MAX_RANGES } from './limits.ts'
import type { Ack, Frame, Hello } from './types.ts'

/** The payloads of each kind but DATA. */
const PAYLOADS = [undefined, 0, 0, 0, 0, 1, 1]
const MOST_FIELDS = 2 + HELLO_FIELDS + ACK_FIELDS + 2 * MAX_RANGES

/**
 * The head of a frame as a list of integers (CH-18): kind, seq, then for HELLO
 * its four fields, then, if the frame acknowledges, received, ack, credit in
 * messages and in bytes, and the ranges. The payloads travel beside it.
 */
export function encodeHead({ kind, seq, ack, hello }: Frame<unknown>): number[] {
  return [kind, seq, ...(hello ?? []), ...(ack ?? [])]
}

/**
 * The frame that a head and its payloads make, undefined when the head is not
 * one. The payloads' own shape is the binding's to check, before this; whether
 * the numbers make sense is the Channel's.
 */
export function decodeFrame<P>(head: unknown, payloads: readonly P[]): Frame<P> | undefined {
  if (!Array.isArray(head) || head.length > MOST_FIELDS) return undefined
  for (const value of head) if (!Number.isSafeInteger(value) || value < -1) return undefined
  const [kind = -1, seq = -1, ...rest]: number[] = head
  const count = payloads.length
  // The last payload needs a sequence number too.
  if (
    seq < 0 ||
    !(kind === DATA ? count > 0 : count === PAYLOADS[kind]) ||
    !Number.isSafeInteger(seq + (count - 1))
  )
    return undefined
  const hello = kind === HELLO ? rest.splice(0, HELLO_FIELDS) : undefined
  if (rest.length === 0 ? kind >= ACK && kind <= PONG : rest.length < ACK_FIELDS) return undefined
  return {
    kind: kind as FrameKind,
    seq,
    payloads,
    ack: rest.length === 0 ? undefined : (rest as unknown as Ack),
    hello: hello as Hello | undefined,
  }
}
