import { expect } from 'chai'
import { type Clock, QUIET_MS, STALLED_MS, type Traffic, waitUntilQuiet } from '../../src/http/drain.ts'

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

const drain = async (
  traffic: (now: number) => Pick<Traffic, 'streamsOpen' | 'relayedBytes'> & Partial<Traffic>,
  limitMs: number,
) => {
  const clock = virtualClock()
  const outcome = await waitUntilQuiet(
    () => ({ waitingBytes: 0, working: 0, ...traffic(clock.now()) }),
    limitMs,
    clock,
  )
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

  it('OPS-5 waits for a reader that still takes what is behind the end of its stream', async () => {
    const { outcome, tookMs } = await drain(
      (now) => ({ streamsOpen: 0, relayedBytes: 9, waitingBytes: Math.max(0, 3_000 - now) }),
      10_000,
    )
    expect({ outcome, tookMs }).to.deep.equal({ outcome: 'quiet', tookMs: 3_000 })
  })

  it('OPS-5 waits for a slow reader whose writer is held, as long as it takes anything', async () => {
    // nothing is relayed meanwhile, and what waits goes in steps of the system's buffers
    const step = (now: number) => 4_000_000 - 1_000_000 * Math.floor(now / 3_000)
    const { outcome, tookMs } = await drain(
      (now) => ({ streamsOpen: 1, relayedBytes: 9, waitingBytes: step(now) }),
      10_000,
    )
    expect({ outcome, tookMs }).to.deep.equal({ outcome: 'timeout', tookMs: 10_000 })
  })

  it('OPS-5 waits for listeners that are at work on messages', async () => {
    const { outcome, tookMs } = await drain(
      (now) => ({ streamsOpen: 0, relayedBytes: 0, working: now < 2_500 ? 3 : 0 }),
      10_000,
    )
    expect({ outcome, tookMs }).to.deep.equal({ outcome: 'quiet', tookMs: 2_500 })
  })

  it('OPS-5 does not wait long for a reader that takes nothing', async () => {
    const { outcome, tookMs } = await drain(
      () => ({ streamsOpen: 1, relayedBytes: 9, waitingBytes: 4_000_000 }),
      10_000,
    )
    expect({ outcome, tookMs }).to.deep.equal({ outcome: 'quiet', tookMs: STALLED_MS })
  })
})
