import { createToken, isToken, mergeTokens, TOKEN_BYTES, TOKEN_LENGTH } from '@socket-star/protocol/session'
import { expect } from 'chai'
import fc from 'fast-check'

describe('tokens', () => {
  it('HS-2 are random bytes in base64url without padding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(createToken(bytes)).to.equal(Buffer.from(bytes).toString('base64url'))
      }),
    )
    const token = createToken(new Uint8Array(TOKEN_BYTES).fill(255))
    expect(token).to.have.length(TOKEN_LENGTH)
    expect(isToken(token, TOKEN_LENGTH)).to.equal(true)
  })

  it('HS-3 merge in the order of code units, whoever merges', () => {
    expect(mergeTokens('AAAA', 'BBBB', 4)).to.equal('AAAABBBB')
    expect(mergeTokens('BBBB', 'AAAA', 4)).to.equal('AAAABBBB')
    // code units, not the alphabet of a locale: upper case, then '_', then lower case
    expect(mergeTokens('aaaa', 'BBBB', 4)).to.equal('BBBBaaaa')
    expect(mergeTokens('_aaa', 'aaaa', 4)).to.equal('_aaaaaaa')
    expect(mergeTokens('-aaa', '0aaa', 4)).to.equal('-aaa0aaa')
  })

  it('HS-3 a merged token contributes its first half, so tokens do not grow', () => {
    expect(mergeTokens('AAAABBBB', 'DDDD', 4)).to.equal('AAAADDDD')
    expect(mergeTokens('DDDD', 'AAAABBBB', 4)).to.equal('AAAADDDD')
    expect(mergeTokens('CCCCDDDD', 'AAAA', 4)).to.equal('AAAACCCC')
    const token = fc.uint8Array({ minLength: 3, maxLength: 3 }).map((bytes) => createToken(bytes))
    fc.assert(
      fc.property(token, fc.array(token, { minLength: 1, maxLength: 6 }), (first, renewals) => {
        const last = renewals.reduce((merged, fresh) => mergeTokens(merged, fresh, 4), first)
        expect(last).to.have.length(8)
        expect(last).to.contain(renewals.at(-1))
      }),
    )
  })
})
