import { StarError } from '@socket-star/protocol'
import { expect } from 'chai'
import { DEFAULT_QUOTAS } from '../../src/index.ts'
import { Offences } from '../../src/quota/offences.ts'
import { TokenBucket } from '../../src/quota/token-bucket.ts'

describe('a token bucket', () => {
  it('LIM-3 gives its burst at once, then its rate', () => {
    const bucket = new TokenBucket(2, 3, 0)
    expect([0, 0, 0, 0].map((now) => bucket.take(now))).to.deep.equal([true, true, true, false])
    expect(bucket.take(499)).to.equal(false)
    expect(bucket.take(500)).to.equal(true)
    expect(bucket.take(501)).to.equal(false)
  })

  it('LIM-3 saves no more than its burst, and does not mind a clock that stands', () => {
    const bucket = new TokenBucket(1000, 2, 0)
    const later = [1e9, 1e9, 1e9].map((now) => bucket.take(now))
    expect(later).to.deep.equal([true, true, false])
  })
})

describe('offences', () => {
  const bad = new StarError('ERR_BAD_REQUEST')

  it('LIM-4 forgives 100 at once, and 5 more each second', () => {
    const offences = new Offences(DEFAULT_QUOTAS, 0)
    for (let n = 0; n < 100; n += 1) expect(offences.record(bad, 0)).to.equal(true)
    expect(offences.record(bad, 0)).to.equal(false)
    for (let n = 0; n < 5; n += 1) expect(offences.record(bad, 1000)).to.equal(true)
    expect(offences.record(bad, 1000)).to.equal(false)
  })

  it('LIM-4 counts what an honest client may send in a hurry a fifth, and bad luck not at all', () => {
    const offences = new Offences(DEFAULT_QUOTAS, 0)
    for (let n = 0; n < 499; n += 1) expect(offences.record(new StarError('ERR_QUOTA'), 0)).to.equal(true)
    for (const innocent of ['ERR_PEER_NOT_FOUND', 'ERR_DIAL_TIMEOUT', 'ERR_DIAL_REFUSED'] as const) {
      for (let n = 0; n < 1000; n += 1) expect(offences.record(new StarError(innocent), 0)).to.equal(true)
    }
    expect(offences.record(new Error('a bug of ours'), 0)).to.equal(true)
    expect(offences.record(bad, 0)).to.equal(false)
  })
})
