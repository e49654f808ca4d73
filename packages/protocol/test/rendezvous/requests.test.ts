import { isStarError } from '@socket-star/protocol'
import {
  decodeJoinData,
  encodeJoinData,
  listVersionIn,
  MAX_DIAL_ID_LENGTH,
  MAX_FEATURES,
  MAX_JOIN_DATA_LENGTH,
  parseCapabilities,
  parseDial,
  parseIncoming,
  parseJoin,
  parseJoinReply,
  parseLeave,
  parseLeft,
  parsePeer,
  parsePeers,
  parsePlainReply,
  parseWatch,
  parseWatchReply,
  replyIn,
} from '@socket-star/protocol/rendezvous'
import { expect } from 'chai'
import fc from 'fast-check'
import { codeOf } from '../code-of.ts'

const STAR = '/ip4/127.0.0.1/tcp/9090/ws/p2p-websocket-star'
const A = `${STAR}/p2p/12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK`
const B = `${STAR}/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N`
const cb = () => {}

describe('requests', () => {
  it('LIM-1 are read or refused with a code, whatever arrives', () => {
    const readers = [
      parseJoin,
      parseLeave,
      parseLeft,
      parseDial,
      parseIncoming,
      parseWatch,
      parsePeer,
      parseJoinReply,
      parsePlainReply,
      parseWatchReply,
      listVersionIn,
      parsePeers,
    ]
    const argument = fc.oneof(
      fc.anything(),
      fc.constantFrom<unknown>(
        A,
        B,
        cb,
        '__proto__',
        'constructor',
        'toString',
        new Uint8Array(9),
        Number.NaN,
      ),
    )
    fc.assert(
      fc.property(fc.constantFrom(...readers), fc.array(argument, { maxLength: 6 }), (read, args) => {
        try {
          read(args)
        } catch (error) {
          expect(isStarError(error), String(error)).to.equal(true)
        }
        replyIn(args)
      }),
      { numRuns: 2000 },
    )
  })

  it('JOIN-2, JOIN-4 a join has an address, optional data and a callback', () => {
    for (const args of [
      [A, 'ab', cb],
      [A, '', cb],
      [A, null, cb],
      [A, undefined, cb],
      [A, cb],
    ]) {
      expect(parseJoin(args).address.canonical).to.equal(A)
      expect(parseJoin(args).reply).to.equal(cb)
    }
    expect(parseJoin([A, cb]).data).to.equal('')
    for (const args of [
      [],
      [A],
      [A, 'ab'],
      [A, 'ab', 7],
      [A, 7, cb],
      [A, {}, cb],
      [A, new Uint8Array(2), cb],
    ]) {
      expect(codeOf(() => parseJoin(args))).to.equal('ERR_BAD_REQUEST')
    }
    expect(codeOf(() => parseJoin(['nonsense', '', cb]))).to.equal('ERR_BAD_ADDRESS')
  })

  const known = { id: 'a list', v: 7 }
  /** What names no version of a list. */
  const UNKNOWN = [
    1,
    'x',
    [],
    {},
    null,
    { id: 'a list' },
    { v: 7 },
    { id: '', v: 7 },
    { id: 7, v: 7 },
    { id: 'x'.repeat(65), v: 7 },
    { id: 'a list', v: -1 },
    { id: 'a list', v: 1.5 },
    { id: 'a list', v: '7' },
  ]

  it('DISC-15 DISC-16 a join may ask for the peer list as well, or for what changed of a known one', () => {
    for (const [options, wish] of [
      [{ watch: true }, 'all'],
      [{ watch: true, more: 1 }, 'all'],
      [{ watch: known }, known],
      [{ watch: { ...known, more: 1 } }, known],
      ...UNKNOWN.map((watch) => [{ watch }, typeof watch === 'object' && watch !== null ? 'all' : undefined]),
      [{}, undefined],
      [null, undefined],
      [undefined, undefined],
      [[], undefined],
    ]) {
      expect(parseJoin([A, 'ab', options, cb])).to.deep.include({ data: 'ab', wish, reply: cb })
    }
    expect(parseJoin([A, cb]).wish).to.equal(undefined)
    expect(parseJoin([A, 'ab', cb, { watch: true }])).to.deep.include({ wish: undefined, reply: cb })
    for (const options of [7, 'watch', true]) {
      expect(codeOf(() => parseJoin([A, 'ab', options, cb]))).to.equal('ERR_BAD_REQUEST')
    }
    expect(codeOf(() => parseJoin([A, 'ab', { watch: true }]))).to.equal('ERR_BAD_REQUEST')
  })

  it('DISC-4 DISC-16 a watch asks for the whole list, or for what changed of a known one', () => {
    expect(parseWatch([cb])).to.deep.equal({ wish: 'all', reply: cb })
    expect(parseWatch([cb, known])).to.deep.equal({ wish: 'all', reply: cb })
    expect(parseWatch([known, cb])).to.deep.equal({ wish: known, reply: cb })
    for (const bad of [...UNKNOWN, undefined]) {
      expect(parseWatch([bad, cb])).to.deep.equal({ wish: 'all', reply: cb })
    }
    for (const args of [[], [known], [known, 7], [7]]) {
      expect(codeOf(() => parseWatch(args))).to.equal('ERR_BAD_REQUEST')
    }
  })

  it('JOIN-11 a leave has an address', () => {
    expect(parseLeave([A]).address.canonical).to.equal(A)
    expect(codeOf(() => parseLeave([]))).to.equal('ERR_BAD_ADDRESS')
  })

  it('DIAL-1 a dial has two addresses, an id and a callback', () => {
    const { from, to, dialId, reply } = parseDial([A, B.replace('/p2p/', '/ipfs/'), 'id-1', cb])
    expect([from.canonical, to.canonical, dialId, reply]).to.deep.equal([A, B, 'id-1', cb])
    expect(codeOf(() => parseDial([A, B, 'id']))).to.equal('ERR_BAD_REQUEST')
    expect(codeOf(() => parseDial(['x', B, 'id', cb]))).to.equal('ERR_BAD_ADDRESS')
    expect(parseIncoming(['id-1', A, cb])).to.deep.include({ dialId: 'id-1', reply: cb })
  })

  it('DIAL-6 an incoming dial may say whom it is for', () => {
    expect(parseIncoming(['id-1', A, cb]).to).to.equal(undefined)
    expect(parseIncoming(['id-1', A, B, cb])).to.deep.include({ dialId: 'id-1', reply: cb })
    expect(parseIncoming(['id-1', A, B, cb]).to?.canonical).to.equal(B)
    expect(codeOf(() => parseIncoming(['id-1', A, 'junk', cb]))).to.equal('ERR_BAD_ADDRESS')
  })

  it('DIAL-3 a dial id is short and of a safe alphabet', () => {
    expect(parseDial([A, B, 'x'.repeat(MAX_DIAL_ID_LENGTH), cb]).dialId).to.have.length(MAX_DIAL_ID_LENGTH)
    for (const id of ['', 'x'.repeat(MAX_DIAL_ID_LENGTH + 1), 'a b', 'a\n', 'ä', 7, null, {}, ['a']]) {
      expect(codeOf(() => parseDial([A, B, id, cb]))).to.equal('ERR_BAD_DIAL_ID')
    }
  })

  it('LIM-1 find the callback of a request that could not be read', () => {
    expect(replyIn(['junk', 1, cb])).to.equal(cb)
    expect(replyIn([cb, 'junk'])).to.equal(undefined)
    expect(replyIn([])).to.equal(undefined)
  })
})

describe('replies', () => {
  it('JOIN-3 a join is answered with an error, a nonce or "joined"', () => {
    expect(codeOf(() => parseJoinReply(['ERR_SIGNATURE: no']))).to.equal('ERR_SIGNATURE')
    expect(codeOf(() => parseJoinReply(['Signature Invalid']))).to.equal('ERR_REMOTE')
    expect(codeOf(() => parseJoinReply([{}]))).to.equal('ERR_REMOTE')
    expect(parseJoinReply([null, 'nonce'])).to.deep.equal({ type: 'challenge', nonce: 'nonce' })
    expect(codeOf(() => parseJoinReply([null, { sign: 'this' }]))).to.equal('ERR_CHALLENGE')
    expect(parseJoinReply([])).to.deep.equal({ type: 'joined', peers: [], capabilities: undefined })
    expect(
      parseJoinReply([
        null,
        null,
        [A, 7, 'junk', B.replace('/p2p/', '/ipfs/')],
        { v: 1, features: ['peers'] },
        'more',
      ]),
    ).to.deep.equal({ type: 'joined', peers: [A, B], capabilities: { v: 1, features: ['peers'] } })
  })

  it('JOIN-9 capabilities are read leniently and bounded', () => {
    expect(parseCapabilities({ v: 2, features: ['a', 7, null, 'b'], more: 1 })).to.deep.equal({
      v: 2,
      features: ['a', 'b'],
    })
    const many = Array.from({ length: MAX_FEATURES + 1 }, (_, i) => `f${i}`)
    expect(parseCapabilities({ v: 1, features: many })?.features).to.have.length(MAX_FEATURES)
    for (const bad of [
      undefined,
      null,
      'x',
      [],
      {},
      { v: '1', features: [] },
      { v: 1 },
      { v: 1, features: {} },
    ]) {
      expect(parseCapabilities(bad)).to.equal(undefined)
    }
  })

  it('DIAL-1 a dial is answered with an error or with nothing', () => {
    expect(codeOf(() => parsePlainReply(['ERR_NOT_JOINED: x']))).to.equal('ERR_NOT_JOINED')
    for (const args of [[], [null], [undefined, 7]]) expect(() => parsePlainReply(args)).not.to.throw()
  })

  it('DISC-4 DISC-15 a watch, and a join that asks for the list, is answered with its version', () => {
    expect(codeOf(() => parseWatchReply(['ERR_NOT_JOINED: x']))).to.equal('ERR_NOT_JOINED')
    expect(
      [[null, 7], [undefined, 0], [null], [], [null, -1], [null, '7']].map(parseWatchReply),
    ).to.deep.equal([7, 0, undefined, undefined, undefined, undefined])
    expect(listVersionIn([null, null, [], {}, 7])).to.equal(7)
    for (const version of [undefined, null, -1, 1.5, '7', {}]) {
      expect(listVersionIn([null, null, [], {}, version])).to.equal(undefined)
    }
  })

  it('DISC-4, DISC-5 a list and a change of it travel as strings', () => {
    const all = `${STAR}/p2p/\n${A.slice(STAR.length + 5)}\n${B.slice(STAR.length + 5)}`
    expect(parsePeers([{ v: 3, all }])).to.deep.equal({ type: 'all', id: undefined, v: 3, all: [A, B] })
    expect(parsePeers([{ id: 'a', v: 0, all: '' }])).to.deep.equal({ type: 'all', id: 'a', v: 0, all: [] })
    for (const id of ['', 7, 'x'.repeat(65)]) {
      expect(parsePeers([{ id, v: 0, all: '' }])).to.have.property('id', undefined)
    }
    expect(parsePeers([{ v: 4, add: A, drop: `junk\n${B}` }])).to.deep.equal({
      type: 'change',
      v: 4,
      add: [A],
      drop: [B],
      isWhole: false,
    })
    expect(parsePeers([{ v: 4, add: A, drop: B }])).to.have.property('isWhole', true)
    expect(parsePeers([{ v: 4, add: `junk\n${A}`, drop: '' }])).to.have.property('isWhole', false)
    // nothing can be gone on from that lacks an entry
    expect(parsePeers([{ id: 'a', v: 4, all: `junk\n${B}` }])).to.deep.equal({
      type: 'all',
      id: undefined,
      v: 4,
      all: [B],
    })
    for (const bad of [
      undefined,
      7,
      {},
      { v: -1, add: '', drop: '' },
      { v: 1.5, add: '', drop: '' },
      { v: 1, add: [], drop: '' },
      { v: 1, all: [] },
      { v: '1', all: '' },
      { v: 1, all: null },
    ]) {
      expect(codeOf(() => parsePeers([bad]))).to.equal('ERR_BAD_REQUEST')
    }
  })
})

describe('JOIN-4 join data', () => {
  const bytes = Uint8Array.from({ length: 36 }, (_, at) => (at * 73) & 255)
  const base64 = Buffer.from(bytes).toString('base64')

  it('is read as hex, base64 and base64url, and sent as hex', () => {
    const spellings = [
      encodeJoinData(bytes),
      encodeJoinData(bytes).toUpperCase(),
      base64,
      base64.replace(/=+$/, ''),
      Buffer.from(bytes).toString('base64url'),
    ]
    for (const text of spellings) expect([...decodeJoinData(text)]).to.deep.equal([...bytes])
    expect(encodeJoinData(bytes)).to.equal(Buffer.from(bytes).toString('hex'))
    expect(decodeJoinData('')).to.have.length(0)
  })

  it('is the bytes that were encoded, in hex and base64, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (any) => {
        expect(Buffer.from(decodeJoinData(encodeJoinData(any))).equals(any)).to.equal(true)
        const text = Buffer.from(any).toString('base64')
        if (!/^[0-9a-f]*$/i.test(text)) expect(Buffer.from(decodeJoinData(text)).equals(any)).to.equal(true)
      }),
    )
  })

  it('is refused when it is anything else, or too long', () => {
    for (const text of ['_', 'a', 'zz zz', 'ä', '====', 'YQ===', '<script>']) {
      expect(
        codeOf(() => decodeJoinData(text)),
        text,
      ).to.equal('ERR_BAD_REQUEST')
    }
    expect(decodeJoinData('0'.repeat(MAX_JOIN_DATA_LENGTH))).to.have.length(MAX_JOIN_DATA_LENGTH / 2)
    expect(codeOf(() => decodeJoinData('0'.repeat(MAX_JOIN_DATA_LENGTH + 2)))).to.equal('ERR_BAD_REQUEST')
  })
})
