import { isStarError } from '@socket-star/protocol'
import {
  decodeFrame,
  decodePayload,
  type Encoded,
  encodePayload,
  encodeRoom,
  encodeRoomItem,
  isEncoded,
  MAX_ATTACHMENTS,
  type Payload,
  parseAside,
  parseMessage,
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

/** All of a value as text, bytes as what they are, keys in their order. */
const same = (value: unknown): string =>
  JSON.stringify(value, (_, item) => {
    if (item instanceof ArrayBuffer || item instanceof Uint8Array) return { bytes: [...new Uint8Array(item)] }
    return item?.type === 'Buffer' ? { bytes: item.data } : item
  })

const plain = (value: unknown): unknown => JSON.parse(same(value))

describe('SES-12 encoded messages', () => {
  it('read as what Socket.IO itself would have delivered', () => {
    // what Socket.IO itself loses with binaries, or takes for one
    const lost = /"(__proto__|_placeholder)":/
    const leaf = fc.oneof(
      fc.jsonValue().filter((value) => !lost.test(JSON.stringify(value))),
      fc.constantFrom<unknown>(undefined, Number.NaN, new Date(0), '__proto__', '\ud800', 'ü€😀', {
        toJSON: () => 7,
      }),
      fc.uint8Array({ maxLength: 20 }),
    )
    const key = fc.string().filter((name) => !lost.test(JSON.stringify({ [name]: 0 })))
    const args = fc.array(fc.oneof(leaf, fc.dictionary(key, leaf), fc.array(leaf)), { maxLength: 4 })
    fc.assert(
      fc.property(args, (values) => {
        fc.pre(attachmentsOf(values) <= MAX_ATTACHMENTS)
        const payload = ['event', ...values]
        expect(plain(decodePayload(encodePayload(payload)))).to.deep.equal(plain(throughSocketIo(payload)))
      }),
      { numRuns: 1000 },
    )
  })

  it('SES-8 ROOM-3 ROOM-6 come back as they were, whatever the application calls its properties', () => {
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom('_placeholder', '__placeholder', '___placeholder', 'num', '__proto__'),
    )
    const leaf = fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom(true, false, 0, 7, 'x', null),
      fc.constant({ _placeholder: true, num: 0 }),
      fc.jsonValue(),
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, leaf, fc.dictionary(key, tie('value')), fc.array(tie('value'))),
    }))
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (args) => {
        fc.pre(attachmentsOf(args) <= MAX_ATTACHMENTS)
        const event = ['said', ...args]
        const encoded = encodePayload(event)
        expect(same(parseMessage(decodePayload(encoded)))).to.equal(
          same({ kind: 'event', name: 'said', args }),
        )
        // a room: live, through Socket.IO's own parser when there is binary, and again
        const item = encodeRoomItem('lobby', { epoch: 'e', offset: 1 }, encoded)
        const [, ...parts] = throughSocketIo(['star-volatile', ...item]) as unknown[]
        const live = { kind: 'room', room: 'lobby', epoch: 'e', offset: 0, id: 0, head: 1 }
        expect(same(parseAside(parts))).to.equal(same({ ...live, bodies: [event] }))
        const replay = { kind: 'room', room: 'lobby', epoch: 'e', offset: 0, id: 1, head: 2 } as const
        const bodies = [decodePayload(encoded) as Payload, ['said', Uint8Array.of(1)]]
        fc.pre(attachmentsOf(bodies) <= MAX_ATTACHMENTS)
        const again = decodePayload(encodePayload(encodeRoom({ ...replay, bodies }), 0))
        expect(same(parseMessage(again))).to.equal(same({ ...replay, bodies: [event, bodies[1]] }))
      }),
      { numRuns: 300 },
    )
  })

  it('ROOM-6 nest as deep as a replay of them may, and no deeper', () => {
    const nested = (levels: number, value: unknown): Payload => {
      for (let level = 0; level < levels; level++) value = [value]
      return ['deep', value]
    }
    // without binaries as well: those of another body may travel in the same replay
    for (const inmost of [Uint8Array.of(1), []]) {
      // 512 less the event's own list and the two levels of a replay
      const deepest = decodePayload(encodePayload(nested(509, inmost))) as Payload
      for (const levels of [510, 100_000]) {
        expect(codeOf(() => encodePayload(nested(levels, inmost)))).to.equal('ERR_TOO_LARGE')
      }
      const replay = encodePayload([3, 'lobby', 'e', 1, 1, 1, [deepest, ['said', Uint8Array.of(1)]]], 0)
      expect(parseMessage(decodePayload(replay))).to.have.property('kind', 'room')
    }
  })

  it('are no Blob, whose bytes nobody has at once', () => {
    for (const args of [
      [new Blob(['x'])],
      [{ file: new File(['x'], 'y') }],
      [Uint8Array.of(1), new Blob()],
    ]) {
      expect(codeOf(() => encodePayload(['event', ...args]))).to.equal('ERR_BAD_REQUEST')
    }
  })

  it('are taken as they are when they are sent', () => {
    const bytes = Uint8Array.of(1, 2)
    const object = { list: [1] }
    const encoded = encodePayload(['event', object, bytes])
    object.list.push(2)
    bytes[0] = 9
    expect(decodePayload(encoded)).to.deep.equal(['event', { list: [1] }, Uint8Array.of(1, 2).buffer])
  })

  it('carry ArrayBuffers and every view of one, by the bytes that are in view', () => {
    const buffer = Uint8Array.of(1, 2, 3, 4).buffer
    const encoded = encodePayload(['event', buffer, new Uint8Array(buffer, 1, 2), new DataView(buffer, 3)])
    expect(decodePayload(encoded)).to.deep.equal([
      'event',
      Uint8Array.of(1, 2, 3, 4).buffer,
      Uint8Array.of(2, 3).buffer,
      Uint8Array.of(4).buffer,
    ])
    expect(payloadAttachments(encoded)).to.equal(3)
  })

  it('SES-12 are refused with more than MAX_ATTACHMENTS binaries before any is copied: one may stand there many times', () => {
    const binary = new Uint8Array(8)
    const { buffer } = binary
    let copies = 0
    Object.defineProperty(binary, 'buffer', {
      get: () => {
        copies += 1
        return buffer
      },
    })
    expect(codeOf(() => encodePayload(['echo', new Array(1_000).fill(binary)]))).to.equal('ERR_TOO_LARGE')
    expect(copies).to.equal(0)
  })

  it('hold at most MAX_ATTACHMENTS binaries', () => {
    const many = (count: number) => ['event', ...Array.from({ length: count }, () => Uint8Array.of(1))]
    expect(payloadAttachments(encodePayload(many(MAX_ATTACHMENTS)))).to.equal(MAX_ATTACHMENTS)
    expect(codeOf(() => encodePayload(many(MAX_ATTACHMENTS + 1)))).to.equal('ERR_TOO_LARGE')
    // the code alone would send whoever reads it in search of bytes
    expect(() => encodePayload(many(MAX_ATTACHMENTS + 1))).to.throw('too many binaries')
  })

  it('throw at the sender what cannot be written', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(codeOf(() => encodePayload(['event', cycle]))).to.equal('ERR_TOO_LARGE')
    // two ways around: whoever walked both at every turn would never come back
    const rings: { one?: unknown; other?: unknown } = {}
    rings.one = rings.other = rings
    expect(codeOf(() => encodePayload(['event', rings]))).to.equal('ERR_TOO_LARGE')
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
          expect(wireBytes(encoded, Number.MAX_SAFE_INTEGER, Buffer.byteLength)).to.be.at.least(onWire)
          expect(wireBytes(encoded, 0, Buffer.byteLength)).to.equal(onWire)
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
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 1
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce((sum: number, item) => sum + attachmentsOf(item), 0)
}
