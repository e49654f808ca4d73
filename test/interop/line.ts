import { expect } from 'chai'
import { type Peer, sameSpelling } from './cast.ts'
import type { Outcome } from './roles/streams.ts'
import { type SeededPlan, seededHash } from './seeded.ts'

/** One direction of a stream between two peers, by the names that its ends have in their processes. */
export interface Line {
  readonly from: Peer
  readonly fromStream: string
  readonly to: Peer
  readonly toStream: string
}

const CHUNK_BYTES = 64 * 1024
const DIAL_LIMIT_MS = 15_000

/** Opens a stream; the answer is the direction from the dialler to the listener. */
export async function dial(from: Peer, to: Peer): Promise<Line> {
  const incoming = to.role.waitFor(
    'stream',
    (detail) => sameSpelling(detail.from) === sameSpelling(from.address),
    DIAL_LIMIT_MS,
    to.role.mark,
  )
  const [dialled, { stream: toStream }] = await Promise.all([
    from.role.call<{ stream: string }>('dial', { to: to.address }, DIAL_LIMIT_MS),
    incoming,
  ])
  return { from, fromStream: dialled.stream, to, toStream }
}

/** The other direction of the same stream. */
export function turned({ from, fromStream, to, toStream }: Line): Line {
  return { from: to, fromStream: toStream, to: from, toStream: fromStream }
}

/** Sends the bytes of a seed along a line to their end, and compares what arrived with what the seed says. */
export async function transfer(line: Line, seed: string, bytes: number): Promise<Outcome> {
  const plan: SeededPlan = { seed, bytes, chunkBytes: CHUNK_BYTES }
  const [sent, received] = await Promise.all([
    line.from.role.call<Outcome>('send', { stream: line.fromStream, ...plan }),
    line.to.role.call<Outcome>('receive', { stream: line.toStream }),
  ])
  expect(sent.error, `${seed}: the sender's end`).to.equal(undefined)
  expect(received.error, `${seed}: the receiver's end`).to.equal(undefined)
  expect(received.bytes).to.equal(bytes)
  expect(received.sha256).to.equal(seededHash(plan))
  return received
}
