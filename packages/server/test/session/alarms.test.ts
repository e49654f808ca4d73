import { ASLEEP, type Sleeper } from '@socket-star/protocol/session'
import { expect } from 'chai'
import { Alarms } from '../../src/session/alarms.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'

describe('the alarms of many sessions behind one timer', () => {
  const environment = () => new FakeEnvironment(7)
  const sleeper = (name: number, rung: [number, number][]): Sleeper => ({
    ...ASLEEP,
    wake: (now) => rung.push([name, now]),
  })

  const fail = (error: unknown): never => {
    throw error
  }

  it('ring in order of time, each once, with one timer', () => {
    const clock = environment()
    const alarms = new Alarms(clock, fail)
    const rung: [number, number][] = []
    const times = Array.from({ length: 500 }, () => 1 + Math.floor(clock.random() * 10_000))
    for (const [name, at] of times.entries()) alarms.by(sleeper(name, rung), at)
    expect(clock.timers).to.equal(1)
    clock.advance(20_000)
    expect(rung.map(([, at]) => at)).to.deep.equal(times.toSorted((a, b) => a - b))
    for (const [name, at] of rung) expect(at).to.equal(times[name])
    expect(alarms.size).to.equal(0)
    expect(clock.timers).to.equal(0)
  })

  it('wait on where a timer cannot wait so long and comes early', () => {
    const clock = environment()
    const most = 1_000
    const timers = {
      now: () => clock.now(),
      after: (ms: number, callback: () => void) => clock.after(Math.min(ms, most), callback),
    }
    const alarms = new Alarms(timers, fail)
    const rung: [number, number][] = []
    alarms.by(sleeper(1, rung), 5_500)
    clock.advance(5_499)
    expect(rung).to.deep.equal([])
    clock.advance(1)
    expect(rung).to.deep.equal([[1, 5_500]])
  })

  it('leave an earlier alarm alone, bring a later one forward, and forget', () => {
    const clock = environment()
    const alarms = new Alarms(clock, fail)
    const rung: [number, number][] = []
    const [a, b, c] = [1, 2, 3].map((name) => sleeper(name, rung)) as [Sleeper, Sleeper, Sleeper]
    alarms.by(a, 10)
    alarms.by(a, 20)
    alarms.by(b, 30)
    alarms.by(b, 5)
    alarms.by(c, 7)
    alarms.forget(c)
    alarms.forget(c)
    alarms.by(c, Number.POSITIVE_INFINITY)
    clock.advance(100)
    expect(rung).to.deep.equal([
      [2, 5],
      [1, 10],
    ])
  })

  it('may be set again, and forgotten, by who is woken; one that throws does not stop the others', () => {
    const clock = environment()
    const failures: unknown[] = []
    const alarms = new Alarms(clock, (error) => failures.push(error))
    const rung: number[] = []
    const again: Sleeper = {
      ...ASLEEP,
      wake: (now) => {
        rung.push(now)
        if (rung.length < 3) alarms.by(again, now + 10)
      },
    }
    const broken: Sleeper = {
      ...ASLEEP,
      wake: () => {
        throw new Error('broken')
      },
    }
    alarms.by(again, 10)
    alarms.by(broken, 15)
    clock.advance(100)
    expect(rung).to.have.length(3)
    expect(failures.map(String)).to.deep.equal(['Error: broken'])
  })

  it('close forgets all', () => {
    const clock = environment()
    const alarms = new Alarms(clock, fail)
    const rung: [number, number][] = []
    const one = sleeper(1, rung)
    alarms.by(one, 10)
    alarms.close()
    expect(clock.timers).to.equal(0)
    clock.advance(100)
    expect(rung).to.deep.equal([])
    expect(one.alarmIndex).to.equal(-1)
  })
})
