import { expect } from 'chai'
import fc from 'fast-check'
import { bytesFrame, type Frame, noteFrame, readFrames } from '../../examples/01-chat-and-files/frames.ts'

const frame = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }).map((bytes): Frame => ({ bytes })),
  fc.string({ maxLength: 40 }).map((words): Frame => ({ note: { type: 'say', words } })),
)

const encode = (sent: Frame): Uint8Array => ('bytes' in sent ? bytesFrame(sent.bytes) : noteFrame(sent.note))

async function read(pieces: readonly Uint8Array[]): Promise<Frame[]> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* pieces
  }
  const frames: Frame[] = []
  for await (const each of readFrames(source())) {
    frames.push('bytes' in each ? { bytes: Uint8Array.from(each.bytes) } : each)
  }
  return frames
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

const failure = (pieces: Uint8Array[]): Promise<unknown> =>
  read(pieces).then(
    () => undefined,
    (error) => error,
  )

describe('the frames of the page', () => {
  it('come out as they went in, wherever the stream was cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(frame, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (sent, places) => {
          const pieces = cut(Buffer.concat(sent.map(encode)), places)
          expect(await read(pieces)).to.deep.equal(sent)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('cost the same however small the pieces are that they come in', async () => {
    const whole = bytesFrame(new Uint8Array(256 * 1024))
    const copied = async (step: number): Promise<number> => {
      const pieces = []
      for (let at = 0; at < whole.length; at += step) pieces.push(whole.subarray(at, at + step))
      const { set } = Uint8Array.prototype
      let bytes = 0
      Uint8Array.prototype.set = function (from, at) {
        bytes += from.length
        set.call(this, from, at)
      }
      try {
        expect(await read(pieces)).to.have.length(1)
      } finally {
        Uint8Array.prototype.set = set
      }
      return bytes
    }
    for (const step of [16, 1024, 65_536]) expect(await copied(step)).to.be.below(4 * whole.length)
  })

  it('may be as large as the limit, and not a byte larger', async () => {
    const limit = 256 * 1024
    expect(await read([bytesFrame(new Uint8Array(limit))])).to.have.length(1)
    expect(await failure([bytesFrame(new Uint8Array(limit + 1))])).to.be.instanceOf(Error)
  })

  it('that are no notes end the stream, whatever they are', async () => {
    for (const text of ['', '{', 'null', '1', '[]', '{"type":1}', '{"kind":"say"}']) {
      const note = bytesFrame(new TextEncoder().encode(text))
      note[4] = 0
      expect(await failure([note]), text).to.be.instanceOf(Error)
    }
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
        await failure([bytes])
      }),
      { numRuns: 200 },
    )
  })
})
