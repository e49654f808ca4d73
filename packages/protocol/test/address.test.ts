import { isStarError } from '@socket-star/protocol'
import {
  canonicalPeerId,
  MAX_ADDRESS_LENGTH,
  parseAddress,
  peerIdMatchesKey,
  spell,
  urlOf,
  withPeerId,
} from '@socket-star/protocol/address'
import { expect } from 'chai'
import fc from 'fast-check'
import { base32 } from 'multiformats/bases/base32'
import { codeOf } from './code-of.ts'

const RSA_ID = 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'
const ED25519_ID = '12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK'
const ED25519_ID_AS_CID = 'bafzaajaiaejcbzdibmxyzdjbbehgvizh6g5tikvy47mshdy6gwbruvgwvd24seje'
const STAR = '/ip4/127.0.0.1/tcp/9090/ws/p2p-websocket-star'

describe('addresses', () => {
  it('ADDR-1 are strings of a bounded length that are multiaddrs', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.string(), fc.constantFrom('', '/', '/foo', 'constructor')),
        (value) => {
          try {
            expect(parseAddress(value).canonical).to.be.a('string')
          } catch (error) {
            expect(isStarError(error) && error.code).to.equal('ERR_BAD_ADDRESS')
          }
        },
      ),
    )
    for (const bad of [
      undefined,
      null,
      7,
      {},
      [],
      '',
      '/',
      '/foo',
      '/ip4/1.2.3.4/tcp/99999/ws',
      '__proto__',
      // their components are read, and cannot be written
      '/unix/\ud800',
      '/http-path/\udc00',
    ]) {
      expect(codeOf(() => parseAddress(bad))).to.equal('ERR_BAD_ADDRESS')
    }
  })

  it('ADDR-1 end at the longest length', () => {
    const host = (length: number) => `/dns4/${'a'.repeat(length - '/dns4//ws'.length)}/ws`
    expect(parseAddress(host(MAX_ADDRESS_LENGTH)).canonical).to.have.length(MAX_ADDRESS_LENGTH)
    expect(codeOf(() => parseAddress(host(MAX_ADDRESS_LENGTH + 1)))).to.equal('ERR_BAD_ADDRESS')
  })

  it('ADDR-2 have one canonical form', () => {
    const spellings = [
      [
        '/dns4/Example.ORG/tcp/443/wss/p2p-websocket-star/',
        '/dns4/example.org/tcp/443/wss/p2p-websocket-star',
      ],
      ['/ip6/0:0::1/tcp/1/ws/p2p-websocket-star', '/ip6/::1/tcp/1/ws/p2p-websocket-star'],
      [`${STAR}/ipfs/${RSA_ID}`, `${STAR}/p2p/${RSA_ID}`],
      [`${STAR}/p2p/${ED25519_ID_AS_CID}`, `${STAR}/p2p/${ED25519_ID}`],
    ] as const
    for (const [text, canonical] of spellings) {
      expect(parseAddress(text).canonical).to.equal(canonical)
      expect(parseAddress(canonical).canonical).to.equal(canonical)
    }
  })

  it('ADDR-2 ADDR-5 are read alike whether what they begin with was seen before or not', () => {
    const beginning = fc.oneof(
      fc.integer({ min: 1, max: 65_535 }).map((port) => `/ip4/10.0.0.1/tcp/${port}/ws/p2p-websocket-star`),
      fc.integer({ min: 1, max: 999 }).map((host) => `/dns4/Host${host}/tcp/443/wss/p2p-websocket-star`),
      fc.integer({ min: 1, max: 999 }).map((name) => `/unix/socket${name}`),
      fc.constantFrom('', '/ip4/10.0.0.1', `${STAR}/p2p/${RSA_ID}/p2p-circuit`),
    )
    const end = fc.constantFrom(
      RSA_ID,
      ED25519_ID,
      ED25519_ID_AS_CID,
      `${RSA_ID}/`,
      'Qm',
      '1',
      '',
      '/',
      'x'.repeat(500),
    )
    const read = (text: string): unknown => {
      try {
        return parseAddress(text)
      } catch (error) {
        return isStarError(error) && error.code
      }
    }
    /** More servers than are remembered. */
    const forget = (): void => {
      for (let port = 1; port <= 100; port += 1) parseAddress(`/ip4/10.9.9.9/tcp/${port}/p2p/${RSA_ID}`)
    }
    fc.assert(
      fc.property(beginning, fc.constantFrom('p2p', 'ipfs'), end, (begins, name, ends) => {
        const text = `${begins}/${name}/${ends}`
        forget()
        const anew = read(text)
        forget()
        read(`${begins}/${name}/${ED25519_ID}`)
        expect(read(text)).to.deep.equal(anew)
      }),
    )
  })

  it('ADDR-8 are too long in their canonical form also behind a beginning that is known', () => {
    // in lower case this letter is two
    const host = 'İ'.repeat((MAX_ADDRESS_LENGTH - `/dns4//tcp/443/p2p/${RSA_ID}`.length) / 2)
    const beginning = `/dns4/${host}/tcp/443/p2p/`
    expect(parseAddress(beginning + RSA_ID).canonical.length).to.be.within(
      MAX_ADDRESS_LENGTH - 1,
      MAX_ADDRESS_LENGTH,
    )
    expect(codeOf(() => parseAddress(beginning + ED25519_ID))).to.equal('ERR_BAD_ADDRESS')
  })

  it('ADDR-3 are spelled for their audience', () => {
    const { canonical, spelling } = parseAddress(`${STAR}/ipfs/${RSA_ID}`)
    expect(spelling).to.equal('ipfs')
    expect(spell(canonical, spelling)).to.equal(`${STAR}/ipfs/${RSA_ID}`)
    expect(parseAddress(`${STAR}/p2p/${RSA_ID}`).spelling).to.equal('p2p')
    expect(spell(canonical, 'p2p')).to.equal(canonical)
  })

  it('ADDR-3 are spelled so that a host of the same name stays what it is', () => {
    for (const host of ['p2p', 'ipfs']) {
      const { canonical, spelling } = parseAddress(
        `/dns4/${host}/tcp/9090/ws/p2p-websocket-star/p2p/${RSA_ID}`,
      )
      expect(spelling, host).to.equal('p2p')
      const legacy = `/dns4/${host}/tcp/9090/ws/p2p-websocket-star/ipfs/${RSA_ID}`
      expect(spell(canonical, 'ipfs')).to.equal(legacy)
      expect(parseAddress(legacy)).to.include({ canonical, spelling: 'ipfs' })
      const server = `/dns4/${host}/tcp/9090/ws/p2p-websocket-star`
      expect(spell(parseAddress(server).canonical, 'ipfs')).to.equal(server)
    }
    const circuit = parseAddress(`${STAR}/p2p/${RSA_ID}/p2p-circuit/p2p/${ED25519_ID}`).canonical
    expect(spell(circuit, 'ipfs')).to.equal(`${STAR}/ipfs/${RSA_ID}/p2p-circuit/ipfs/${ED25519_ID}`)
  })

  it('ADDR-8 hold nothing that separates, hides or turns what is around it', () => {
    const hidden = [
      '\n',
      '\r',
      '\t',
      ' ',
      '\u0000',
      '\u0085',
      '\u2028',
      '\u00a0',
      '\u202e',
      '\u200b',
      '\ud800',
    ]
    for (const character of hidden) {
      for (const host of [`a${character}`, `a${character}b`, character]) {
        const address = `/dns4/${host}/tcp/1/ws/p2p-websocket-star/p2p/${RSA_ID}`
        expect(
          codeOf(() => parseAddress(address)),
          JSON.stringify(address),
        ).to.equal('ERR_BAD_ADDRESS')
      }
    }
    expect(parseAddress('/dns4/münchen.de/tcp/1/ws').canonical).to.equal('/dns4/münchen.de/tcp/1/ws')
  })

  it('ADDR-8 are no longer in their canonical form than ADDR-1 allows', () => {
    const address = `/unix/${'|'.repeat(400)}`
    expect(codeOf(() => parseAddress(address))).to.equal('ERR_BAD_ADDRESS')
  })

  it('ADDR-4 have the WebSocketStar form or not', () => {
    const strict = [
      STAR,
      `${STAR}/ipfs/${RSA_ID}`,
      '/ip6/::1/tcp/1/wss/p2p-websocket-star',
      '/dns4/example.org/tcp/443/tls/ws/p2p-websocket-star',
      '/dns/example.org/wss/p2p-websocket-star',
      '/dnsaddr/example.org/tcp/1/ws/p2p-websocket-star',
    ]
    const lax = [
      '/ip4/127.0.0.1/ws/p2p-websocket-star',
      '/ip4/127.0.0.1/udp/9090/ws/p2p-websocket-star',
      '/ip4/127.0.0.1/tcp/9090/p2p-websocket-star',
      '/ip4/127.0.0.1/tcp/9090/ws',
      `${STAR}/p2p/${RSA_ID}/p2p-circuit`,
      `/p2p/${RSA_ID}`,
    ]
    for (const address of strict) expect(parseAddress(address).strict, address).to.equal(true)
    for (const address of lax) expect(parseAddress(address).strict, address).to.equal(false)
  })

  it('ADDR-5 end in a peer id that is a multihash', () => {
    expect(parseAddress(`${STAR}/ipfs/${RSA_ID}`).peerId).to.equal(RSA_ID)
    expect(parseAddress(STAR).peerId).to.equal(undefined)
    expect(canonicalPeerId(ED25519_ID_AS_CID)).to.equal(ED25519_ID)
    for (const id of ['notanid', 'Qm', '1', '12D3', 'Qm0OIl', '11', `${RSA_ID}1`]) {
      expect(
        codeOf(() => parseAddress(`${STAR}/p2p/${id}`)),
        id,
      ).to.equal('ERR_BAD_ADDRESS')
    }
  })

  it('ADDR-6 name the URL of their server', () => {
    const urls = [
      [STAR, 'http://127.0.0.1:9090'],
      ['/ip6/::1/tcp/9090/ws/p2p-websocket-star', 'http://[::1]:9090'],
      ['/dns4/example.org/tcp/443/wss/p2p-websocket-star', 'https://example.org'],
      ['/dns6/example.org/tcp/80/ws', 'http://example.org'],
      ['/dns/example.org/tcp/80/wss', 'https://example.org:80'],
      ['/dns/example.org/tcp/8443/tls/ws/p2p-websocket-star', 'https://example.org:8443'],
      ['/dnsaddr/example.org/wss', 'https://example.org'],
    ] as const
    for (const [address, url] of urls) expect(urlOf(address)).to.equal(url)
    for (const bad of [
      '/dns4/a%2Fb/tcp/1/ws',
      '/dns4/u%40h/tcp/1/ws',
      '/ip4/1.2.3.4/tcp/1',
      `/p2p/${RSA_ID}`,
    ]) {
      expect(
        codeOf(() => urlOf(bad)),
        bad,
      ).to.equal('ERR_BAD_ADDRESS')
    }
  })

  it('ADDR-7 are completed with the own peer id, never with two', () => {
    const server = parseAddress(STAR)
    const own = withPeerId(server, ED25519_ID)
    expect(own.canonical).to.equal(`${STAR}/p2p/${ED25519_ID}`)
    expect(withPeerId(own, ED25519_ID)).to.equal(own)
    expect(codeOf(() => withPeerId(own, RSA_ID))).to.equal('ERR_ID_MISMATCH')
  })

  it('JOIN-7 belong to a key that is in their peer id, or whose hash is', () => {
    const key = Uint8Array.of(8, 1, 18, 32, ...Array.from({ length: 32 }, (_, i) => i))
    const inline = canonicalPeerId(toCid(Uint8Array.of(0, 36, ...key)))
    const sha256 = () => Uint8Array.from({ length: 32 }, (_, i) => 255 - i)
    const hashed = canonicalPeerId(toCid(Uint8Array.of(0x12, 32, ...sha256())))
    expect(peerIdMatchesKey(inline, key, sha256)).to.equal(true)
    expect(peerIdMatchesKey(hashed, key, sha256)).to.equal(true)
    const other = key.map((byte, at) => (at === 35 ? byte ^ 1 : byte))
    expect(peerIdMatchesKey(inline, other, sha256)).to.equal(false)
    expect(peerIdMatchesKey(hashed, key, () => new Uint8Array(32))).to.equal(false)
    expect(peerIdMatchesKey(inline, key.subarray(0, 35), sha256)).to.equal(false)
  })
})

/** A CID of version 1 with the libp2p-key codec. */
function toCid(multihash: Uint8Array): string {
  return base32.encode(Uint8Array.of(1, 0x72, ...multihash))
}
