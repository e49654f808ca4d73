import { expect } from 'chai'
import { type Clock, QUIET_MS, type Traffic, waitUntilQuiet } from '../../src/http/drain.ts'

/** Virtual time: a sleep is over at once. */
function virtualClock(): Clock {
  let time = 0
  return {
    now: () => time,
    sleep: async (ms) => {
      time += ms
    },
  }
}

const drain = async (traffic: (now: number) => Traffic, limitMs: number) => {
  const clock = virtualClock()
  const outcome = await waitUntilQuiet(() => traffic(clock.now()), limitMs, clock)
  return { outcome, tookMs: clock.now() }
}

describe('waiting for running streams', () => {
  it('does not wait where no stream is open', async () => {
    expect(await drain(() => ({ streamsOpen: 0, relayedBytes: 5 }), 10_000)).to.deep.equal({
      outcome: 'quiet',
      tookMs: 0,
    })
  })

  it('waits until the last stream has ended', async () => {
    const { outcome, tookMs } = await drain(
      (now) => ({ streamsOpen: now < 2_000 ? 1 : 0, relayedBytes: now }),
      10_000,
    )
    expect(outcome).to.equal('quiet')
    expect(tookMs).to.equal(2_000)
  })

  it('does not wait for a stream that is open and idle', async () => {
    expect(await drain(() => ({ streamsOpen: 1, relayedBytes: 7 }), 10_000)).to.deep.equal({
      outcome: 'quiet',
      tookMs: QUIET_MS,
    })
  })

  it('gives up at the limit', async () => {
    const { outcome, tookMs } = await drain((now) => ({ streamsOpen: 1, relayedBytes: now }), 3_000)
    expect(outcome).to.equal('timeout')
    expect(tookMs).to.equal(3_000)
  })
})
