import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { StarError } from '@socket-star/protocol'
import { toBytes, toWire } from './bytes.ts'

/** How data is put into one frame and taken out again. */
export interface Codec<T> {
  /** What goes out as the argument of `queue`. Throws when `value` cannot be sent. */
  encode(value: T): unknown
  /** What came as the argument of `queue`. Throws when it is not what `encode` makes. */
  decode(value: unknown): T
}

/** `buffer`: bytes as binary. `hex`: bytes as text. `plain`: text or bytes as they are (PS-6). */
export type CodecName = 'buffer' | 'hex' | 'plain'

function malformed(what: string): StarError {
  return new StarError('ERR_BAD_REQUEST', `a frame has to be ${what}`)
}

const utf8 = new TextEncoder()

function bytesToSend(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? utf8.encode(value) : toBytes(value)
  if (bytes === undefined) throw malformed('bytes')
  return bytes
}

const buffer: Codec<Uint8Array> = {
  encode: (value) => toWire(bytesToSend(value)),
  // Text is taken as UTF-8, as the legacy package does.
  decode: (value) => bytesToSend(value),
}

const hex: Codec<Uint8Array> = {
  encode: (value) => bytesToHex(bytesToSend(value)),
  decode(value) {
    if (typeof value !== 'string') throw malformed('hexadecimal text')
    return hexToBytes(value)
  },
}

const plain: Codec<Uint8Array | string> = {
  encode: (value) => (typeof value === 'string' ? value : toWire(bytesToSend(value))),
  decode: (value) => (typeof value === 'string' ? value : bytesToSend(value)),
}

/** The codec that an option names. Throws `ERR_BAD_REQUEST` for an unknown name. */
export function codecOf(option: CodecName | Codec<unknown> = 'buffer'): Codec<unknown> {
  if (typeof option === 'object') return option
  switch (option) {
    case 'buffer':
      return buffer
    case 'hex':
      return hex
    case 'plain':
      return plain as Codec<unknown>
    default:
      option satisfies never
      throw new StarError('ERR_BAD_REQUEST', 'there is no codec of this name')
  }
}
