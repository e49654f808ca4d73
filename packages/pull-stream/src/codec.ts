/** How data is put into one frame and taken out again. */
export interface Codec<T> {
  /** What goes out as the argument of `queue`. Throws when `value` cannot be sent. */
  encode(value: T): unknown
  /** What came as the argument of `queue`. Throws when it is not what `encode` makes. */
  decode(value: unknown): T
}

/** `buffer`: bytes as binary. `hex`: bytes as text. `plain`: text or bytes as they are. */
export type CodecName = 'buffer' | 'hex' | 'plain'
