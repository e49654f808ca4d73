import {
  ERROR_CODES,
  errorFromWire,
  errorToWire,
  isStarError,
  MAX_ERROR_TEXT,
  StarError,
} from '@socket-star/protocol'
import { expect } from 'chai'
import fc from 'fast-check'

describe('errors', () => {
  it('ERR-2 travel as "CODE: text" and come back as they were', () => {
    for (const code of Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[]) {
      const back = errorFromWire(errorToWire(new StarError(code, 'because: of\nthis')))
      expect(back).to.include({ code, message: 'because: of\nthis' })
      expect(isStarError(back)).to.equal(true)
    }
  })

  it('ERR-2 say nothing of an error that is not ours, which may hold secrets', () => {
    expect(errorToWire(new Error('password=1234'))).to.equal(
      'ERR_REMOTE: the other side reported an error without a code',
    )
  })

  it('ERR-3 accept anything where an error belongs', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const error = errorFromWire(value, 'ERR_DIAL_REFUSED')
        expect(isStarError(error)).to.equal(true)
        expect(ERROR_CODES).to.have.property(error.code)
      }),
    )
  })

  it('ERR-3 do not take a prototype name for a code', () => {
    expect(errorFromWire('ERR_TOSTRING: x').code).to.equal('ERR_REMOTE')
    expect(errorFromWire('constructor: x').code).to.equal('ERR_REMOTE')
    expect(errorFromWire('Peer not found', 'ERR_PEER_NOT_FOUND')).to.include({
      code: 'ERR_PEER_NOT_FOUND',
      message: 'Peer not found',
    })
  })

  it('ERR-4 keep a bounded text', () => {
    expect(errorFromWire('x'.repeat(MAX_ERROR_TEXT + 1)).message).to.have.length(MAX_ERROR_TEXT)
    expect(errorFromWire('x'.repeat(MAX_ERROR_TEXT)).message).to.have.length(MAX_ERROR_TEXT)
  })

  it('are known across copies of the module, and nothing else is taken for one', () => {
    expect(isStarError({ code: 'ERR_TIMEOUT', [Symbol.for('socket-star.error')]: true })).to.equal(true)
    for (const value of [undefined, null, 'ERR_TIMEOUT', new Error('x'), { code: 'ERR_TIMEOUT' }]) {
      expect(isStarError(value)).to.equal(false)
    }
  })
})
