/**
 * A message as the Channel carries it (SES-12): encoded once, when it is sent.
 * So a later change of the application's objects does not reach it, its weight
 * is the same on both ends, and it is the same bytes when it is sent again.
 */

import type { Measure } from '../../channel/types.ts'
import { StarError } from '../../errors.ts'
import { MAX_ATTACHMENTS, MAX_DEPTH, MAX_ELEMENTS, REPLAY_DEPTH } from '../limits.ts'
import { bad } from './check.ts'
import type { Payload } from './frame.ts'

/** JSON; with binary in it, the JSON with placeholders and then the binaries, in order. */
export type Encoded = string | readonly [json: string, ...binaries: Binary[]]

/** A browser hands binaries out as ArrayBuffers, Node as Buffers. */
export type Binary = Uint8Array | ArrayBuffer

/**
 * Encodes a message as Socket.IO itself would: JSON, in which each ArrayBuffer
 * and typed array is replaced by a placeholder, and nothing else looks like one.
 *
 * @param depth how many levels beside its own the message has to leave free; none when it is a replay
 * @throws StarError ERR_TOO_LARGE with more than {@link MAX_ELEMENTS}, or {@link MAX_ATTACHMENTS} binaries, or what
 *   nests deeper than {@link MAX_DEPTH}, as a cycle does; ERR_BAD_REQUEST for a Blob, whose bytes nobody has at once
 * @throws TypeError when it cannot be written as JSON: a BigInt
 */
export function encodePayload(payload: Payload, depth: number = REPLAY_DEPTH): Encoded {
  const count = countBinaries(payload, depth)
  // before any is copied: what came from elsewhere may name one large binary many times
  if (count > MAX_ATTACHMENTS) throw new StarError('ERR_TOO_LARGE', 'too many binaries')
  if (payload.length > MAX_ELEMENTS) throw new StarError('ERR_TOO_LARGE')
  if (count === 0) return JSON.stringify(payload)
  const binaries: Binary[] = []
  const place = (value: object): unknown =>
    isBinary(value) ? { _placeholder: true, num: binaries.push(bytesOf(value)) - 1 } : undefined
  return [JSON.stringify(replace(payload, place, /^(?=_+placeholder$)/, '_', depth)), ...binaries]
}

/** Reads what {@link encodePayload} made, or what came in its place. Throws `ERR_BAD_FRAME`. */
export function decodePayload(encoded: Encoded): unknown {
  try {
    if (typeof encoded === 'string') return JSON.parse(encoded)
    if (!isEncoded(encoded)) bad()
    const [json, ...binaries] = encoded
    const back = (value: { _placeholder?: unknown; num?: unknown }): unknown =>
      value._placeholder === true ? (binaries[Number(value.num)] ?? bad()) : undefined
    return replace(JSON.parse(json), back, /^_(?=_+placeholder$)/, '', 0)
  } catch {
    return bad()
  }
}

/** Whether what arrived in a payload's place has a payload's shape; its JSON is not read. */
export function isEncoded(value: unknown): value is Encoded {
  return (
    typeof value === 'string' ||
    (Array.isArray(value) &&
      value.length > 1 &&
      value.length <= 1 + MAX_ATTACHMENTS &&
      value.every((part, at) => (at ? isBytes(part) : typeof part === 'string')))
  )
}

/** The weight of a message in bytes, the same on both ends (CH-2): UTF-16 units of the JSON, and the binaries. */
export function payloadBytes(encoded: Encoded): number {
  if (typeof encoded === 'string') return encoded.length
  let bytes = encoded[0].length
  for (let at = 1; at < encoded.length; at += 1) bytes += (encoded[at] as Binary).byteLength
  return bytes
}

/** How many binaries a frame needs for a message. */
export function payloadAttachments(encoded: Encoded): number {
  return typeof encoded === 'string' ? 0 : encoded.length - 1
}

/** How a Channel weighs what it carries (CH-2). */
export const PAYLOAD_MEASURE: Measure<Encoded> = { bytes: payloadBytes, attachments: payloadAttachments }

/**
 * An upper bound of a message's size in a frame, in bytes of UTF-8: a character
 * takes at most six as an escape, so short ones need not be looked at.
 *
 * @param limit what it is compared with: below it the bound may be rough
 * @param utf8Bytes how many bytes of UTF-8 a text has
 */
export function wireBytes(encoded: Encoded, limit: number, utf8Bytes: (text: string) => number): number {
  const bytes = payloadBytes(encoded)
  const rough = bytes * 6 + 2
  if (rough <= limit) return rough
  const [json] = typeof encoded === 'string' ? [encoded] : encoded
  return bytes - json.length + utf8Bytes(JSON.stringify(json))
}

function isBytes(value: unknown): value is Binary {
  return value instanceof Uint8Array || value instanceof ArrayBuffer
}

function isBinary(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || isBytes(value)
}

/** Goes through all that JSON would write. Throws what {@link encodePayload} does. */
function countBinaries(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > MAX_DEPTH) throw new StarError('ERR_TOO_LARGE')
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += countBinaries(item, depth + 1)
    return count
  }
  if (isBinary(value)) return 1
  const written = writtenFor(value)
  if (written !== value) return countBinaries(written, depth + 1)
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key]
    if (Object.hasOwn(value, key)) count += countBinaries(item, depth + 1)
    else if (key === 'arrayBuffer') throw new StarError('ERR_BAD_REQUEST')
  }
  return count
}

/**
 * A copy in which `by` has replaced what it answers anything for. The application's own `_placeholder`, and what looks
 * like that, travels with one underscore more: `part` of such a key becomes `to`.
 */
function replace(
  value: unknown,
  by: (value: object) => unknown,
  part: RegExp,
  to: string,
  depth: number,
): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) throw new StarError('ERR_TOO_LARGE')
  const other = by(value)
  if (other) return other
  const inner = (item: unknown): unknown => replace(item, by, part, to, depth + 1)
  const written = writtenFor(value)
  if (written !== value) return inner(written)
  if (Array.isArray(value)) return value.map(inner)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.replace(part, to), inner(item)]))
}

/** What JSON would write for an object that says so itself. */
function writtenFor(value: object): unknown {
  const { toJSON } = value as { toJSON?: unknown }
  return typeof toJSON === 'function' ? toJSON.call(value, '') : value
}

/**
 * The bytes as they are now: the application may write to its buffer before the frame leaves. An ArrayBuffer, which every
 * version of Socket.IO's clients takes for binary everywhere.
 */
function bytesOf(value: ArrayBuffer | ArrayBufferView): ArrayBuffer {
  const { buffer = value, byteOffset, byteLength } = value as Partial<ArrayBufferView>
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength).slice().buffer
}
