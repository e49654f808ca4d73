import {
  ANSWER_MS,
  HEARTBEAT_MS,
  Liveness,
  type LivenessOutput,
  SLOW_LINK_BYTES_PER_SECOND,
} from '@socket-star/protocol/session'
import { expect } from 'chai'
import fc from 'fast-check'

/** Runs a machine on its own deadlines until `until`, and lists what came when. */
function run(liveness: Liveness, until: number): [number, LivenessOutput][] {
  const came: [number, LivenessOutput][] = []
  for (;;) {
    const now = liveness.deadline()
    if (now > until) return came
    const output = liveness.timeout(now)
    if (output === undefined) throw new Error('a deadline that asks for nothing')
    came.push([now, output])
    if (output === 'timeout') return came
  }
}

describe('liveness', () => {
  it('SES-9 idle: a heartbeat after 30 s, a timeout 5 s after it', () => {
    expect([HEARTBEAT_MS, ANSWER_MS]).to.deep.equal([30_000, 5_000])
    expect(run(new Liveness(100), 60_000)).to.deep.equal([
      [30_100, 'heartbeat'],
      [35_100, 'timeout'],
    ])
  })

  it('SES-9 004: heartbeats that are answered go on every 30 s', () => {
    const liveness = new Liveness(0)
    for (let beat = 1; beat <= 4; beat++) {
      const now = liveness.deadline()
      expect(now).to.equal(beat * HEARTBEAT_MS + (beat - 1) * 40)
      expect(liveness.timeout(now)).to.equal('heartbeat')
      liveness.heard(now + 40)
    }
  })

  it('SES-9 anything heard puts the heartbeat off: they flow only when nothing else does', () => {
    const liveness = new Liveness(0)
    for (let now = 0; now < 100_000; now += 29_000) {
      expect(liveness.timeout(now)).to.equal(undefined)
      liveness.heard(now)
    }
  })

  it('SES-9 outstanding: 5 s of silence is a timeout', () => {
    const liveness = new Liveness(0)
    liveness.outstanding(1_000, true)
    expect(run(liveness, 60_000)).to.deep.equal([[6_000, 'timeout']])
  })

  it('SES-9 what is added to what is outstanding does not put the timeout off', () => {
    const liveness = new Liveness(0)
    for (let now = 1_000; now < 6_000; now += 100) {
      liveness.outstanding(now, true)
      liveness.sent()
      expect(liveness.timeout(now), String(now)).to.equal(undefined)
    }
    expect(liveness.timeout(6_000)).to.equal('timeout')
  })

  it('SES-9 a sign of life puts it off by 5 s, whether it answers or not', () => {
    const liveness = new Liveness(0)
    liveness.outstanding(0, true)
    liveness.heard(4_000)
    expect(liveness.deadline()).to.equal(9_000)
    liveness.progress(8_000)
    expect(run(liveness, 60_000)).to.deep.equal([[13_000, 'timeout']])
  })

  it('SES-9 nothing outstanding any more: idle again', () => {
    const liveness = new Liveness(0)
    liveness.outstanding(0, true)
    liveness.heard(2_000)
    liveness.outstanding(2_000, false)
    expect(run(liveness, 60_000)).to.deep.equal([
      [32_000, 'heartbeat'],
      [37_000, 'timeout'],
    ])
  })

  it('SES-9 a byte that moves does not answer a heartbeat', () => {
    const liveness = new Liveness(0)
    liveness.timeout(30_000)
    liveness.progress(31_000)
    expect(liveness.deadline()).to.equal(36_000)
    expect(liveness.timeout(36_000)).to.equal('timeout')
  })

  it('SES-9 900 kB at 1 Mbit/s is not silence, seen or not', () => {
    const bytes = 900_000
    const arrivesAfter = bytes / 125
    const unseen = new Liveness(0)
    unseen.outstanding(0, true, bytes)
    expect(unseen.deadline()).to.be.greaterThan(arrivesAfter)
    const allowance = (bytes * 1_000) / SLOW_LINK_BYTES_PER_SECOND
    expect(unseen.deadline()).to.equal(ANSWER_MS + allowance)

    const seen = new Liveness(0, { slowLinkBytesPerSecond: Number.POSITIVE_INFINITY })
    seen.outstanding(0, true, bytes)
    for (let now = 0; now <= arrivesAfter; now += 1_000) {
      expect(seen.timeout(now)).to.equal(undefined)
      seen.progress(now)
    }
  })

  it('SES-9 a large message that was acknowledged gives no time to those after it', () => {
    const liveness = new Liveness(0)
    liveness.outstanding(0, true, 900_000)
    liveness.heard(1_000)
    liveness.outstanding(1_000, true, 0)
    expect(liveness.deadline()).to.equal(6_000)
  })

  it('SES-9 who owes an answer shows in 2.5 s that it lives, and asks for nothing', () => {
    const liveness = new Liveness(0)
    liveness.owe(1_000)
    liveness.owe(2_000)
    expect(liveness.deadline()).to.equal(3_500)
    expect(liveness.timeout(3_500)).to.equal('alive')
    expect(liveness.deadline(), 'no answer is waited for').to.equal(HEARTBEAT_MS)
    liveness.owe(4_000)
    liveness.sent()
    expect(liveness.deadline(), 'it was answered').to.equal(HEARTBEAT_MS)
  })

  it('SES-9 too early asks for nothing', () => {
    const liveness = new Liveness(0)
    expect(liveness.timeout(29_999)).to.equal(undefined)
    liveness.outstanding(29_999, true)
    expect(liveness.timeout(34_998)).to.equal(undefined)
    expect(liveness.timeout(34_999)).to.equal('timeout')
  })

  it('SES-9 both times are options', () => {
    const liveness = new Liveness(0, { idleMs: 100, answerMs: 10 })
    expect(run(liveness, 1_000)).to.deep.equal([
      [100, 'heartbeat'],
      [110, 'timeout'],
    ])
  })

  it('SES-9 a silent peer is found within 5 s of what it owes and 35 s of its last sign; a live one never', () => {
    const event = fc.record({ after: fc.nat(4_000), what: fc.constantFrom('heard', 'send', 'acked') })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.boolean(), (events, diesOwing) => {
        const liveness = new Liveness(0)
        let now = 0
        for (const { after, what } of events) {
          const next = now + after
          while (liveness.deadline() <= next)
            expect(liveness.timeout(liveness.deadline())).not.to.equal('timeout')
          now = next
          // the peer lives: it says something at least every 4 s
          liveness.heard(now)
          if (what !== 'heard') liveness.outstanding(now, what === 'send')
        }
        liveness.outstanding(now, diesOwing)
        const came = run(liveness, now + 100_000)
        const [at, last] = came.at(-1) ?? []
        expect(last).to.equal('timeout')
        expect(at).to.equal(now + (diesOwing ? ANSWER_MS : HEARTBEAT_MS + ANSWER_MS))
      }),
    )
  })
})
