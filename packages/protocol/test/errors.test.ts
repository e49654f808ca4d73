import {
  ERROR_TEXTS,
  type ErrorCode,
  errorFromWire,
  errorToWire,
  explainErrors,
  isStarError,
  MAX_ERROR_TEXT,
  StarError,
} from '@socket-star/protocol'
import { expect } from 'chai'
import fc from 'fast-check'
import { ANY_CODE, explainErrorsWith } from '../src/errors.ts'

/** Every code that was ever published. One may be added here; none is ever taken away. */
const PUBLISHED = [
  'ERR_ABORTED',
  'ERR_ADDRESS_TAKEN',
  'ERR_ALREADY_JOINED',
  'ERR_BACKLOG',
  'ERR_BAD_ADDRESS',
  'ERR_BAD_DIAL_ID',
  'ERR_BAD_FRAME',
  'ERR_BAD_KEY',
  'ERR_BAD_REQUEST',
  'ERR_CHALLENGE',
  'ERR_CHALLENGE_DISABLED',
  'ERR_CHALLENGE_EXPIRED',
  'ERR_CLOSED',
  'ERR_CONFIG',
  'ERR_DIAL_ID_IN_USE',
  'ERR_DIAL_REFUSED',
  'ERR_DIAL_TIMEOUT',
  'ERR_DISCONNECTED',
  'ERR_EXHAUSTED',
  'ERR_FORBIDDEN',
  'ERR_HANDSHAKE',
  'ERR_ID_MISMATCH',
  'ERR_INTERRUPTED',
  'ERR_KEY_REQUIRED',
  'ERR_LEGACY_CHALLENGE',
  'ERR_NAMESPACE',
  'ERR_NOT_CONNECTED',
  'ERR_NOT_JOINED',
  'ERR_PEER_NOT_FOUND',
  'ERR_QUOTA',
  'ERR_REMOTE',
  'ERR_SESSION_REFUSED',
  'ERR_SIGNATURE',
  'ERR_STREAM_BACKLOG',
  'ERR_STREAM_RESET',
  'ERR_TIMEOUT',
  'ERR_TOO_LARGE',
]

describe('errors', () => {
  it('ERR-1 keep every code that was ever published, with a text for people', () => {
    expect(ERROR_TEXTS).to.have.all.keys(PUBLISHED)
    for (const [code, text] of Object.entries(ERROR_TEXTS)) expect(text, code).to.match(/^[^A-Z].{10,}[^.]$/)
  })

  it('ERR-2 travel as "CODE: text" and come back as they were', () => {
    for (const code of Object.keys(ERROR_TEXTS) as ErrorCode[]) {
      const back = errorFromWire(errorToWire(new StarError(code, 'because: of\nthis')))
      expect(back).to.include({ code, message: 'because: of\nthis' })
      expect(isStarError(back)).to.equal(true)
    }
  })

  it('ERR-1 have the text of their code where the texts are, and show the code where they are not', () => {
    explainErrorsWith({}, ANY_CODE)
    expect(new StarError('ERR_TIMEOUT').message).to.equal('ERR_TIMEOUT')
    const bare = errorToWire(new StarError('ERR_TIMEOUT'))
    explainErrors()
    expect(new StarError('ERR_TIMEOUT').message).to.equal(ERROR_TEXTS.ERR_TIMEOUT)
    expect(new StarError('ERR_TIMEOUT', 'of 5 s').message).to.equal('of 5 s')
    expect(errorFromWire(bare)).to.include({ code: 'ERR_TIMEOUT', message: ERROR_TEXTS.ERR_TIMEOUT })
  })

  it('ERR-2 say nothing of an error that is not ours, which may hold secrets', () => {
    explainErrors()
    expect(errorToWire(new Error('password=1234'))).to.equal(
      'ERR_REMOTE: the other side reported an error without a code',
    )
  })

  it('ERR-3 accept anything where an error belongs', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const error = errorFromWire(value, 'ERR_DIAL_REFUSED')
        expect(isStarError(error)).to.equal(true)
        expect(ERROR_TEXTS).to.have.property(error.code)
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

  it('ERR-3 keep every code of the form of one where the registry is not, and none but its own where it is', () => {
    const later = 'ERR_OF_A_LATER_VERSION: what it says'
    explainErrorsWith({}, ANY_CODE)
    const open = [later, 'ERR_REMOTE: x', 'ERR_lower: x', `ERR_${'X'.repeat(41)}: x`].map((each) =>
      errorFromWire(each),
    )
    explainErrors()
    expect(open.map(({ code }) => code)).to.deep.equal([
      'ERR_OF_A_LATER_VERSION',
      'ERR_REMOTE',
      'ERR_REMOTE',
      'ERR_REMOTE',
    ])
    expect(open[0]?.message).to.equal('what it says')
    expect(errorFromWire(later)).to.include({ code: 'ERR_REMOTE', message: later })
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
