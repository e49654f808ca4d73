import { joinStar, wrap } from '@socket-star/client'
import { MAX_DELAY_MS } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { type FakeStar, fakeStar } from './support/fake-star.ts'
import { newKey } from './support/keys.ts'
import { letIn } from './support/let-in.ts'
import { ManualTimers } from './support/manual-timers.ts'

describe('a wait without an end', () => {
  let star: FakeStar
  beforeEach(async () => {
    star = await fakeStar()
  })
  afterEach(() => star.close())

  /** Longer than a timer that the platform takes for one millisecond. */
  const later = () => new Promise((resolve) => setTimeout(resolve, 50))

  for (const timeoutMs of [Number.POSITIVE_INFINITY, 2 ** 31]) {
    it(`JOIN-15 DIAL-9 ${timeoutMs} ms is a long time, not one millisecond`, async () => {
      letIn(star)
      const options = { ...(await newKey()), timeoutMs, replyTimeoutMs: timeoutMs }
      const peer = await joinStar(wrap(star.client()), star.address, options)
      star.on('ss-dial', ({ args }) => void later().then(() => args.at(-1)()))
      const stream = await peer.dial(peer.address, { timeoutMs })
      expect(stream).to.have.all.keys('source', 'sink')
      peer.leave()
    })
  }

  it('SES-10 what waits for longer than a platform’s timer is waited for to its end', async () => {
    const clock = new ManualTimers()
    const timers = {
      now: () => clock.now(),
      after: (ms: number, callback: () => void) => clock.after(Math.min(ms, MAX_DELAY_MS), callback),
    }
    const patient = wrap(star.client({ autoConnect: false }), { env: { timers } })
    let ended: unknown
    patient.timeout(2 ** 32).emit('ask', (error: unknown) => {
      ended = error
    })
    clock.advance(2 ** 32 - 1)
    expect(ended).to.equal(undefined)
    clock.advance(1)
    expect(ended).to.have.property('code', 'ERR_TIMEOUT')
  })
})
