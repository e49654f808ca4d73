import { MAX_ADDRESS_LENGTH } from '@socket-star/protocol/address'
import {
  decodeAddresses,
  encodeAddresses,
  MAX_LIST_CHARACTERS,
  MAX_PEERS,
} from '@socket-star/protocol/rendezvous'
import { expect } from 'chai'
import fc from 'fast-check'

const STAR = '/ip4/127.0.0.1/tcp/9090/ws/p2p-websocket-star'
const ELSEWHERE = '/dns4/example.org/tcp/443/wss/p2p-websocket-star'
const A = '12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK'
const B = 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'

describe('DISC-14 a list of addresses', () => {
  it('names what neighbours begin with once', () => {
    const list = [`${STAR}/p2p/${A}`, `${STAR}/p2p/${B}`, `${ELSEWHERE}/p2p/${A}`, STAR]
    const text = `${STAR}/p2p/\n${A}\n${B}\n${ELSEWHERE}/p2p/\n${A}\n/ip4/127.0.0.1/tcp/9090/ws/\np2p-websocket-star`
    expect(encodeAddresses(list)).to.equal(text)
    expect(decodeAddresses(text)).to.deep.equal(list)
    expect(encodeAddresses([])).to.equal('')
    expect(decodeAddresses('')).to.deep.equal([])
  })

  it('brings together what begins alike, in whatever order it comes', () => {
    const list = Array.from({ length: 100 }, (_, n) => `${n % 2 === 0 ? STAR : ELSEWHERE}/p2p/${n}`)
    const text = encodeAddresses(list)
    expect(text.split('\n')).to.have.length(102)
    expect(decodeAddresses(text)).to.have.members(list)
  })

  it('may name whole addresses, one a line', () => {
    expect(decodeAddresses(`${STAR}\n${ELSEWHERE}`)).to.deep.equal([STAR, ELSEWHERE])
  })

  it('is read as it was written, whatever the addresses', () => {
    const part = fc.stringMatching(/^[a-z0-9.:%-]{1,12}$/)
    const address = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => `/${parts.join('/')}`)
    fc.assert(
      fc.property(fc.uniqueArray(address, { maxLength: 40 }), (list) => {
        expect(decodeAddresses(encodeAddresses(list))).to.have.members(list)
      }),
    )
  })

  it('DISC-6 leaves out what has not the shape of an address, and reads on', () => {
    const long = `/${'x'.repeat(MAX_ADDRESS_LENGTH)}/`
    const junk = [
      'no slash',
      `${STAR}/p2p/`,
      'a b',
      'a\tb',
      '\u202e',
      '',
      long,
      'too-long',
      `${STAR}/p2p/`,
      A,
    ]
    expect(decodeAddresses(junk.join('\n'))).to.deep.equal([`${STAR}/p2p/${A}`])
  })

  it('DISC-6 never throws, and gives nothing but addresses by their shape', () => {
    const line = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('/', '//', '/a/', '/a', 'a'),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        for (const address of decodeAddresses(lines.join('\n'))) {
          expect(address).to.match(/^\/\S*[^/\s]$/)
          expect(address.length).to.be.at.most(MAX_ADDRESS_LENGTH)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('DISC-6 is read up to 100,000 addresses', () => {
    const list = Array.from({ length: MAX_PEERS + 1 }, (_, n) => `/a/${n}`)
    expect(decodeAddresses(encodeAddresses(list))).to.have.length(MAX_PEERS)
    expect(decodeAddresses(list.join('\n'))).to.have.length(MAX_PEERS)
  })

  it('DISC-6 is read up to 16 Mi characters written out, however little text stands for them', () => {
    const beginning = `/${'x'.repeat(MAX_ADDRESS_LENGTH - 7)}/`
    const names = Array.from({ length: MAX_PEERS }, (_, n) => n.toString(36).padStart(5, '0'))
    const text = [beginning, ...names].join('\n')
    expect(text.length).to.be.below(MAX_LIST_CHARACTERS / 20)
    const read = decodeAddresses(text)
    expect(read).to.have.length(Math.floor(MAX_LIST_CHARACTERS / MAX_ADDRESS_LENGTH))
    expect(read[0]).to.have.length(MAX_ADDRESS_LENGTH)
  })
})
