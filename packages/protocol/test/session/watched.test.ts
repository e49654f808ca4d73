import { Watched } from '@socket-star/protocol/session'
import { expect } from 'chai'

const TIMES = { heartbeatMs: 30_000, answerMs: 5_000 }

/** A socket whose bytes a test moves. */
class FakeLine extends Watched {
  unsent = 0
  read = 0
  held = false

  constructor() {
    super(TIMES)
    this.carry(0)
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

  it('an older socket that is silent is given up before a newer one that waits for what the older has under way', () => {
    for (const answerMs of [5_000, 500]) {
      const older = new FakeLine()
      older.carry(0, { ...TIMES, answerMs })
      older.drain(0)
      expect(older.deadline()).to.be.below(answerMs).and.at.most(1_000)
      expect(older.timeout(older.deadline())).to.equal('timeout')
    }
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
