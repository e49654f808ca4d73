import { ANSWER_MS, HEARTBEAT_MS, SLOW_LINK_BYTES_PER_SECOND, Watched } from '@socket-star/protocol/session'
import { expect } from 'chai'
import fc from 'fast-check'

const TIMES = { heartbeatMs: HEARTBEAT_MS, answerMs: ANSWER_MS }

/** A socket whose bytes a test moves. */
class FakeLine extends Watched {
  unsent = 0
  read = 0
  held = false

  constructor(times = TIMES) {
    super(times)
    this.carry(0)
  }

  /** Runs on its own deadlines until `until`, and lists what came due when. */
  wait(until: number): [at: number, due: string][] {
    const dues: [number, string][] = []
    for (let now = this.deadline(); now <= until; now = this.deadline()) {
      const due = this.timeout(now)
      if (due !== undefined) dues.push([now, due])
      if (due === 'timeout') break
    }
    return dues
  }

  protected unsentBytes(): number {
    return this.unsent
  }

  protected readBytes(): number {
    return this.read
  }

  protected isHeld(): boolean {
    return this.held
  }

  /** Lets the time pass as its driver does; the answer is what came due, and when. */
  run(fromMs: number, toMs: number, each: (now: number) => void = () => {}): [at: number, due: string][] {
    const dues: [number, string][] = []
    for (let now = fromMs; now <= toMs; now += 250) {
      each(now)
      if (now < this.deadline()) continue
      const due = this.timeout(now)
      if (due !== undefined) dues.push([now, due])
      if (due === 'timeout') break
    }
    return dues
  }
}

describe('SES-9: what counts as a sign of life while an answer is awaited', () => {
  let line: FakeLine
  beforeEach(() => {
    line = new FakeLine()
  })

  it('nothing moves: a heartbeat, and 5 s later a timeout', () => {
    expect(line.run(0, 60_000)).to.deep.equal([
      [30_000, 'heartbeat'],
      [35_000, 'timeout'],
    ])
  })

  it('an older socket that is silent is given up, and one that is heard, or whose bytes move, is given its time', () => {
    const older = new FakeLine()
    older.outstanding(0, true, 0)
    older.heard(900)
    expect(older.wait(60_000)).to.deep.equal([[5_900, 'timeout']])
    const slow = new FakeLine()
    slow.outstanding(0, true, 0)
    expect(slow.run(0, 20_000, () => slow.read++)).to.deep.equal([])
  })

  it('bytes that come in while a heartbeat waits behind them', () => {
    const dues = line.run(0, 60_000, () => line.read++)
    expect(dues).to.deep.equal([[30_000, 'heartbeat']])
  })

  it('bytes that leave', () => {
    line.unsent = 1_000_000
    expect(line.run(0, 60_000, () => line.unsent--)).to.deep.equal([[30_000, 'heartbeat']])
  })

  it('a connection that is held by our own side: its silence says nothing, until it is let go', () => {
    line.held = true
    line.outstanding(0, true, 0)
    expect(line.run(0, 10_000)).to.deep.equal([])
    line.held = false
    expect(line.run(10_250, 60_000)[0]?.[1]).to.equal('timeout')
  })

  it('bytes that moved before anything was outstanding do not', () => {
    line.run(0, 20_000, () => line.read++)
    line.outstanding(20_250, true, 0)
    expect(line.run(20_250, 60_000)).to.deep.equal([[25_250, 'timeout']])
  })
})

describe('SES-9: when silence is one', () => {
  it('SES-9 the times are 30 s and 5 s, and both are options', () => {
    expect([HEARTBEAT_MS, ANSWER_MS]).to.deep.equal([30_000, 5_000])
    const line = new FakeLine({ heartbeatMs: 100, answerMs: 10 })
    expect(line.wait(1_000)).to.deep.equal([
      [100, 'heartbeat'],
      [110, 'timeout'],
    ])
  })

  it('SES-9 004: heartbeats that are answered go on every 30 s', () => {
    const line = new FakeLine()
    for (let beat = 1; beat <= 4; beat++) {
      const now = line.deadline()
      expect(now).to.equal(beat * HEARTBEAT_MS + (beat - 1) * 40)
      expect(line.timeout(now)).to.equal('heartbeat')
      line.heard(now + 40)
    }
  })

  it('SES-9 anything heard puts the heartbeat off: they flow only when nothing else does', () => {
    const line = new FakeLine()
    for (let now = 0; now < 100_000; now += 29_000) {
      expect(line.timeout(now)).to.equal(undefined)
      line.heard(now)
    }
  })

  it('SES-9 outstanding: 5 s of silence is a timeout', () => {
    const line = new FakeLine()
    line.outstanding(1_000, true, 0)
    expect(line.wait(60_000)).to.deep.equal([[6_000, 'timeout']])
  })

  it('SES-9 what is added to what is outstanding does not put the timeout off', () => {
    const line = new FakeLine()
    for (let now = 1_000; now < 6_000; now += 100) {
      line.outstanding(now, true, 0)
      expect(line.timeout(now), String(now)).to.equal(undefined)
    }
    expect(line.timeout(6_000)).to.equal('timeout')
  })

  it('SES-9 a sign of life puts it off by 5 s, whether it answers or not', () => {
    const line = new FakeLine()
    line.outstanding(0, true, 0)
    line.heard(4_000)
    line.timeout(7_999)
    line.read++
    line.timeout(8_500)
    // it moved since the look before this one, nobody knows when
    expect(line.wait(60_000)).to.deep.equal([[12_999, 'timeout']])
  })

  it('SES-9 nothing outstanding any more: idle again', () => {
    const line = new FakeLine()
    line.outstanding(0, true, 0)
    line.heard(2_000)
    line.outstanding(2_000, false, 0)
    expect(line.wait(60_000)).to.deep.equal([
      [32_000, 'heartbeat'],
      [37_000, 'timeout'],
    ])
  })

  it('SES-9 a byte that moves does not answer a heartbeat', () => {
    const line = new FakeLine()
    line.timeout(30_000)
    line.timeout(31_000)
    line.read++
    line.timeout(31_500)
    expect(line.wait(60_000)).to.deep.equal([[36_000, 'timeout']])
  })

  it('SES-9 900 kB at 1 Mbit/s is not silence, seen or not', () => {
    const bytes = 900_000
    const arrivesAfter = bytes / 125
    const unseen = new FakeLine()
    unseen.outstanding(0, true, bytes)
    const allowance = (bytes * 1_000) / SLOW_LINK_BYTES_PER_SECOND
    expect(ANSWER_MS + allowance).to.be.greaterThan(arrivesAfter)
    expect(unseen.wait(60_000)).to.deep.equal([[ANSWER_MS + allowance, 'timeout']])

    const seen = new FakeLine()
    seen.unsent = bytes
    seen.outstanding(0, true, 0)
    expect(seen.run(0, arrivesAfter, () => (seen.unsent -= 31_250))).to.be.empty
  })

  it('SES-9 a large message that was acknowledged gives no time to those after it', () => {
    const line = new FakeLine()
    line.outstanding(0, true, 900_000)
    line.heard(1_000)
    line.outstanding(1_000, true, 0)
    expect(line.wait(60_000)).to.deep.equal([[6_000, 'timeout']])
  })

  it('SES-9 too early asks for nothing', () => {
    const line = new FakeLine()
    expect(line.timeout(29_999)).to.equal(undefined)
    line.outstanding(29_999, true, 0)
    expect(line.timeout(34_998)).to.equal(undefined)
    expect(line.timeout(34_999)).to.equal('timeout')
  })

  it('SES-9 a silent peer is found within 5 s of what it owes and 35 s of its last sign; a live one never', () => {
    const event = fc.record({ after: fc.nat(4_000), what: fc.constantFrom('heard', 'send', 'acked') })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.boolean(), (events, diesOwing) => {
        const line = new FakeLine()
        let now = 0
        for (const { after, what } of events) {
          const next = now + after
          expect(line.wait(next).filter(([, due]) => due === 'timeout')).to.be.empty
          now = next
          // the peer lives: it says something at least every 4 s
          line.heard(now)
          if (what !== 'heard') line.outstanding(now, what === 'send', 0)
        }
        line.outstanding(now, diesOwing, 0)
        const [at, last] = line.wait(now + 100_000).at(-1) ?? []
        expect(last).to.equal('timeout')
        expect(at).to.equal(now + (diesOwing ? ANSWER_MS : HEARTBEAT_MS + ANSWER_MS))
      }),
    )
  })
})
