import { createDuplex, createRelay, createSink, createSource } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { createLink } from './support/link.ts'
import { codeOf } from './support/reading.ts'

function thrownBy(make: () => unknown): unknown {
  try {
    make()
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}

describe('the limits of a stream', () => {
  const SINK = ['frameBytes', 'maxUnsentBytes']
  const SOURCE = ['maxBufferedBytes', 'overrunBytes', 'holdTimeoutMs', 'releaseBytes', 'maxFrameBytes']
  const RELAY = ['maxBacklogBytes', 'overrunBytes', 'holdTimeoutMs', 'releaseBytes', 'maxFrameBytes']

  for (const value of [Number.NaN, -1, 0.5, '65536', null]) {
    it(`PS-12 refuses ${String(value)} before there is a stream`, () => {
      const { a, b } = createLink()
      const codes = [
        ...SINK.map((name) => thrownBy(() => createSink(a, 'x', { [name]: value }))),
        ...SOURCE.map((name) => thrownBy(() => createSource(a, 'x', { [name]: value }))),
        ...RELAY.map((name) => thrownBy(() => createRelay(a, b, 'x', { [name]: value }))),
        thrownBy(() => createDuplex(a, { readId: 'x', writeId: 'y' }, { [SINK[0] as string]: value })),
      ]
      expect([...new Set(codes)]).to.deep.equal(['ERR_CONFIG'])
      expect([a.listenerCount, b.listenerCount, a.sent]).to.deep.equal([0, 0, []])
    })
  }

  it('PS-12 refuses frames of no bytes, which would be frames without end', () => {
    const { a } = createLink()
    expect(thrownBy(() => createSink(a, 'x', { frameBytes: 0 }))).to.equal('ERR_CONFIG')
  })

  it('PS-12 takes whole numbers, none at all, and Infinity', () => {
    for (const value of [1, 65_536, undefined, Number.POSITIVE_INFINITY]) {
      const { a, b } = createLink()
      createSink(a, 'x', { frameBytes: value, maxUnsentBytes: value })
      createSource(b, 'x', { maxBufferedBytes: value, holdTimeoutMs: value })
    }
  })
})
