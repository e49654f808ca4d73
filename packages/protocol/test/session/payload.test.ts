import { isStarError } from '@socket-star/protocol'
import {
  decodeFrame,
  decodePayload,
  type Encoded,
  encodePayload,
  isEncoded,
  MAX_ATTACHMENTS,
  payloadAttachments,
  payloadBytes,
  wireBytes,
} from '@socket-star/protocol/session'
import { expect } from 'chai'
import fc from 'fast-check'
import { Decoder, Encoder } from 'socket.io-parser'
import { codeOf } from '../code-of.ts'

/** What Socket.IO's own parser makes of the same event. */
function throughSocketIo(payload: unknown[]): unknown {
  let received: unknown
  const decoder = new Decoder()
  decoder.on('decoded', (packet) => {
    received = packet.data
  })
  for (const part of new Encoder().encode({ type: 2, data: payload, nsp: '/' } as never)) decoder.add(part)
  return received
}

const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, item) =>
      ArrayBuffer.isView(item) || item?.type === 'Buffer'
        ? { bytes: [...(item.data ?? (item as Uint8Array))] }
        : item,
    ),
  )

describe('SES-12 encoded messages', () => {
  it('read as what Socket.IO itself would have delivered', () => {
    const leaf = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(undefined, Number.NaN, new Date(0), '__proto__', '\ud800', 'ü€😀', {
        toJSON: () => 7,
      }),
      fc.uint8Array({ maxLength: 20 }),
    )
    const args = fc.array(fc.oneof(leaf, fc.dictionary(fc.string(), leaf), fc.array(leaf)), { maxLength: 4 })
    fc.assert(
      fc.property(args, (values) => {
        fc.pre(attachmentsOf(values) <= MAX_ATTACHMENTS)
        const payload = ['event', ...values]
        expect(plain(decodePayload(encodePayload(payload)))).to.deep.equal(plain(throughSocketIo(payload)))
      }),
      { numRuns: 1000 },
    )
  })

  it('are taken as they are when they are sent', () => {
    const bytes = Uint8Array.of(1, 2)
    const object = { list: [1] }
    const encoded = encodePayload(['event', object, bytes])
    object.list.push(2)
    bytes[0] = 9
    expect(decodePayload(encoded)).to.deep.equal(['event', { list: [1] }, Uint8Array.of(1, 2)])
  })

  it('carry ArrayBuffers and every view of one, by the bytes that are in view', () => {
    const buffer = Uint8Array.of(1, 2, 3, 4).buffer
    const encoded = encodePayload(['event', buffer, new Uint8Array(buffer, 1, 2), new DataView(buffer, 3)])
    expect(decodePayload(encoded)).to.deep.equal([
      'event',
      Uint8Array.of(1, 2, 3, 4),
      Uint8Array.of(2, 3),
      Uint8Array.of(4),
    ])
    expect(payloadAttachments(encoded)).to.equal(3)
  })

  it('hold at most MAX_ATTACHMENTS binaries', () => {
    const many = (count: number) => ['event', ...Array.from({ length: count }, () => Uint8Array.of(1))]
    expect(payloadAttachments(encodePayload(many(MAX_ATTACHMENTS)))).to.equal(MAX_ATTACHMENTS)
    expect(codeOf(() => encodePayload(many(MAX_ATTACHMENTS + 1)))).to.equal('ERR_TOO_LARGE')
  })

  it('throw at the sender what cannot be written', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => encodePayload(['event', cycle])).to.throw(TypeError)
    expect(() => encodePayload(['event', 1n])).to.throw(TypeError)
    const around: { self?: unknown; bytes: Uint8Array } = { bytes: Uint8Array.of(1) }
    around.self = around
    expect(codeOf(() => encodePayload(['event', around]))).to.equal('ERR_TOO_LARGE')
  })

  it('weigh the same on both ends, and never less on the wire than they are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.uint8Array({ maxLength: 50 }),
        fc.boolean(),
        (text, bytes, binary) => {
          const encoded = encodePayload(binary ? ['event', text, bytes] : ['event', text])
          const frame = JSON.parse(JSON.stringify(typeof encoded === 'string' ? encoded : encoded[0]))
          const arrived = (typeof encoded === 'string' ? frame : [frame, ...encoded.slice(1)]) as Encoded
          expect(payloadBytes(arrived)).to.equal(payloadBytes(encoded))
          const onWire = Buffer.byteLength(JSON.stringify(frame)) + (binary ? bytes.length : 0)
          expect(wireBytes(encoded, Number.MAX_SAFE_INTEGER)).to.be.at.least(onWire)
          expect(wireBytes(encoded, 0)).to.equal(onWire)
        },
      ),
    )
  })

  it('SES-3 anything in their place is refused by its shape, or reads, or is ERR_BAD_FRAME', () => {
    for (const bad of [
      undefined,
      7,
      {},
      [],
      ['x'],
      [7, Uint8Array.of(1)],
      ['x', 'y'],
      ['x', new DataView(new ArrayBuffer(1))],
    ]) {
      expect(isEncoded(bad)).to.equal(false)
      expect(codeOf(() => decodeFrame([[0, 1], [bad]]))).to.equal('ERR_BAD_FRAME')
    }
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const hostile = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '',
        '{',
        '[',
        'null',
        '{"_placeholder":true,"num":"length"}',
        '{"_placeholder":true,"num":-1}',
        deep,
      ),
    )
    fc.assert(
      fc.property(hostile, fc.boolean(), (json, binary) => {
        try {
          decodePayload(binary ? [json, Uint8Array.of(1)] : json)
        } catch (error) {
          expect(isStarError(error) && error.code).to.equal('ERR_BAD_FRAME')
        }
      }),
    )
    expect(codeOf(() => decodePayload([deep, Uint8Array.of(1)]))).to.equal('ERR_BAD_FRAME')
    expect(codeOf(() => decodePayload(['{"_placeholder":true,"num":1}', Uint8Array.of(1)]))).to.equal(
      'ERR_BAD_FRAME',
    )
  })
})

function attachmentsOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return 1
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce((sum: number, item) => sum + attachmentsOf(item), 0)
}
