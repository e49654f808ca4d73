import { type Ack, decodeFrame, encodeHead, type Frame, type Hello } from '@socket-star/protocol/channel'
import { expect } from 'chai'
import fc from 'fast-check'

const MAX = Number.MAX_SAFE_INTEGER
const ack: Ack = [7, 5, 2_055, 1_048_999]
const hello: Hello = [2, 3, 9, 7]

/** What the wire looks like, for whoever writes another implementation. */
const VECTORS: readonly (readonly [string, Frame<string>, readonly number[]])[] = [
  ['DATA', { kind: 0, seq: 8, payloads: ['x', 'y'], ack: undefined, hello: undefined }, [0, 8]],
  [
    'DATA with an acknowledgement',
    { kind: 0, seq: 8, payloads: ['x'], ack, hello: undefined },
    [0, 8, 7, 5, 2_055, 1_048_999],
  ],
  ['message 0', { kind: 0, seq: 0, payloads: ['w'], ack: undefined, hello: undefined }, [0, 0]],
  [
    'ACK before anything',
    { kind: 1, seq: 0, payloads: [], ack: [-1, -1, 2_055, 1_048_999], hello: undefined },
    [1, 0, -1, -1, 2_055, 1_048_999],
  ],
  [
    'ACK with ranges',
    { kind: 1, seq: 0, payloads: [], ack: [...ack, 9, 9, 12, 20], hello: undefined },
    [1, 0, 7, 5, 2_055, 1_048_999, 9, 9, 12, 20],
  ],
  ['HELLO', { kind: 2, seq: 1, payloads: [], ack, hello }, [2, 1, 2, 3, 9, 7, 7, 5, 2_055, 1_048_999]],
  ['PING', { kind: 3, seq: 44, payloads: [], ack, hello: undefined }, [3, 44, 7, 5, 2_055, 1_048_999]],
  ['PONG', { kind: 4, seq: 44, payloads: [], ack, hello: undefined }, [4, 44, 7, 5, 2_055, 1_048_999]],
  ['END', { kind: 5, seq: 9, payloads: ['e'], ack: undefined, hello: undefined }, [5, 9]],
  ['RESET', { kind: 6, seq: 0, payloads: ['r'], ack: undefined, hello: undefined }, [6, 0]],
  ['the largest number', { kind: 0, seq: MAX, payloads: ['x'], ack: undefined, hello: undefined }, [0, MAX]],
]

const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['nothing', undefined, []],
  ['a string', '0,1', ['x']],
  ['an object with a length', { 0: 0, 1: 1, length: 2 }, ['x']],
  ['an empty head', [], []],
  ['a kind that is none', [7, 0], []],
  ['a kind below all', [-1, 0], []],
  ['text for a number', [0, '1'], ['x']],
  ['a fraction', [0, 1.5], ['x']],
  ['a number beyond 2^53-1', [0, 2 ** 53], ['x']],
  ['a last message beyond 2^53-1', [0, MAX], ['x', 'y']],
  ['a negative number', [0, -1], ['x']],
  ['DATA without a message', [0, 1], []],
  ['END with two', [5, 1], ['x', 'y']],
  ['ACK with a message', [1, 0, 7, 5, 1, 1], ['x']],
  ['ACK without an acknowledgement', [1, 0], []],
  ['PONG without an acknowledgement', [4, 3], []],
  ['half an acknowledgement', [1, 0, 7, 5, 1], []],
  ['HELLO without an acknowledgement', [2, 1, 2, 3, 9, 7], []],
]

describe('the Channel codec', () => {
  for (const [name, frame, head] of VECTORS) {
    it(`CH-18 writes and reads ${name}`, () => {
      expect(encodeHead(frame)).to.deep.equal(head)
      expect(decodeFrame(head, frame.payloads)).to.deep.equal(frame)
    })
  }

  for (const [name, head, payloads] of REFUSED) {
    it(`CH-18 does not take ${name} for a frame`, () => {
      expect(decodeFrame(head, payloads)).to.equal(undefined)
    })
  }

  it('CH-18 reads a head of up to 74 numbers: a HELLO with 32 ranges', () => {
    const head = [2, 1, ...hello, ...ack, ...Array.from({ length: 64 }, (_, i) => 10 + 2 * i)]
    expect(decodeFrame(head, [])?.ack).to.have.length(68)
    expect(decodeFrame([...head, 99], [])).to.equal(undefined)
  })

  it('CH-18 never throws, and what it reads it writes again', () => {
    const number = fc.oneof(
      fc.integer({ min: -2, max: 12 }),
      fc.maxSafeInteger(),
      fc.double(),
      fc.string(),
      fc.constant(null),
    )
    fc.assert(
      fc.property(
        fc.array(number, { maxLength: 20 }),
        fc.array(fc.string(), { maxLength: 3 }),
        (head, payloads) => {
          const frame = decodeFrame(head, payloads)
          if (frame) expect(encodeHead(frame)).to.deep.equal(head)
        },
      ),
      { numRuns: 5_000 },
    )
  })
})
