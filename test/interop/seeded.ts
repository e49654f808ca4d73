import { createCipheriv, createHash } from 'node:crypto'

/** How a stream of reproducible bytes is cut. */
export interface SeededPlan {
  readonly seed: string
  readonly bytes: number
  readonly chunkBytes: number
}

/** The bytes of a seed, chunk by chunk: a key stream, so both ends can compute them and no file is needed. */
export function* seededChunks({ seed, bytes, chunkBytes }: SeededPlan): Generator<Buffer, void> {
  const cipher = createCipheriv('aes-128-ctr', createHash('md5').update(seed).digest(), Buffer.alloc(16))
  const zeros = Buffer.alloc(chunkBytes)
  for (let left = bytes; left > 0; left -= chunkBytes) {
    yield cipher.update(left < chunkBytes ? zeros.subarray(0, left) : zeros)
  }
}

/** The SHA-256 of the bytes of a seed, in hex. */
export function seededHash(plan: SeededPlan): string {
  const hash = createHash('sha256')
  for (const chunk of seededChunks(plan)) hash.update(chunk)
  return hash.digest('hex')
}
