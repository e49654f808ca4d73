import { expect } from 'chai'
import { Crowd } from '../../src/session/crowd.ts'

describe('who gives way in a crowd', () => {
  it('HS-19 is the oldest of whoever has the most, and nobody while everybody has one', () => {
    const crowd = new Crowd<string>()
    expect(crowd.oldestOfMost).to.equal(undefined)
    crowd.add('a1', 'a')
    crowd.add('b1', 'b')
    expect(crowd.oldestOfMost).to.equal(undefined)
    crowd.add('b2', 'b')
    crowd.add('a2', 'a')
    crowd.add('a3', 'a')
    expect(crowd.oldestOfMost).to.equal('a1')
    crowd.delete('a1')
    crowd.delete('a2')
    expect(crowd.oldestOfMost).to.equal('b1')
    crowd.delete('b1')
    expect(crowd.oldestOfMost).to.equal(undefined)
    crowd.delete('nobody')
    // one that was away and comes back is the youngest, whosever it is now
    crowd.add('b2', 'a')
    expect(crowd.oldestOfMost).to.equal('a3')
  })

  it('HS-19 is the same as a look over all of them finds, whatever came and went', () => {
    let seed = 7
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
      return (seed >>> 8) % below
    }
    const crowd = new Crowd<number>()
    const all = new Map<number, string>()
    for (let n = 0; n < 5_000; n++) {
      if (random(5) < 3) {
        const holder = `h${random(6)}`
        crowd.add(n, holder)
        all.set(n, holder)
      } else {
        const [gone = -1] = [...all.keys()].slice(random(Math.max(1, all.size)))
        crowd.delete(gone)
        all.delete(gone)
      }
      const counts = new Map<string, number>()
      for (const holder of all.values()) counts.set(holder, (counts.get(holder) ?? 0) + 1)
      const most = Math.max(0, ...counts.values())
      const chosen = crowd.oldestOfMost
      if (most < 2) expect(chosen).to.equal(undefined)
      else {
        const holder = all.get(chosen ?? -1)
        expect(counts.get(holder ?? '')).to.equal(most)
        expect([...all].find(([, each]) => each === holder)?.[0]).to.equal(chosen)
      }
    }
  })

  it('HS-19 is found at once among a hundred thousand of one holder', () => {
    const crowd = new Crowd<number>()
    for (let n = 0; n < 1_000; n++) crowd.add(-1 - n, `h${n}`)
    for (let n = 0; n < 100_000; n++) crowd.add(n, 'one')
    // a look over all of them each time would take minutes
    let inOrder = true
    for (let n = 0; n < 99_999; n++) {
      inOrder &&= crowd.oldestOfMost === n
      crowd.delete(n)
    }
    expect(inOrder).to.equal(true)
    expect(crowd.oldestOfMost).to.equal(undefined)
  })
})
