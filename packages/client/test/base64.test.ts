import { createToken } from '@socket-star/protocol/session'
import { expect } from 'chai'
import fc from 'fast-check'
import { base64url } from '../src/base64.ts'

describe('base64url', () => {
  it('HS-2 writes a token as the protocol does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(base64url(bytes)).to.equal(createToken(bytes))
      }),
    )
  })
})
