import { expect } from 'chai'
import fc from 'fast-check'
import { PeerList } from '../src/peers/peer-list.ts'

const whole = (v: number, all: string[], id?: string) => ({ id, v, all })
const delta = (v: number, add: string[] = [], drop: string[] = []) => ({ v, add, drop, isWhole: true })

describe('peer list', () => {
  it('DISC-4 a snapshot replaces what was known', () => {
    const list = new PeerList()
    expect(list.snapshot(whole(1, ['/a', '/b']))).to.deep.equal({ added: ['/a', '/b'], gone: [] })
    expect(list.snapshot(whole(9, ['/b', '/c']))).to.deep.equal({ added: ['/c'], gone: ['/a'] })
    expect([...list.addresses]).to.deep.equal(['/b', '/c'])
  })

  it('DISC-5 DISC-7 deltas follow one another, and a gap is noticed once', () => {
    const list = new PeerList()
    expect(list.delta(delta(1, ['/x']))).to.deep.equal({ added: [], gone: [] })
    list.snapshot(whole(4, ['/a']))
    expect(list.delta(delta(4, ['/x']))).to.deep.equal({ added: [], gone: [] })
    expect(list.delta(delta(5, ['/b'], ['/a']))).to.deep.equal({ added: ['/b'], gone: ['/a'] })
    expect(list.delta(delta(7, ['/c']))).to.equal('missed')
    expect(list.delta(delta(8, ['/d']))).to.deep.equal({ added: [], gone: [] })
    expect([...list.addresses]).to.deep.equal(['/b'])
    list.snapshot(whole(8, ['/b', '/c', '/d']))
    expect(list.delta(delta(9, [], ['/c']))).to.deep.equal({ added: [], gone: ['/c'] })
  })

  it('DISC-5 tells of each change once, whatever is repeated', () => {
    const list = new PeerList()
    list.snapshot(whole(0, []))
    expect(list.delta(delta(1, ['/a', '/a'], ['/b']))).to.deep.equal({ added: ['/a'], gone: [] })
  })

  it('DISC-16 goes on from a list that it knows, and tells nothing twice', () => {
    const list = new PeerList()
    expect(list.resume()).to.equal(undefined)
    list.snapshot(whole(4, ['/a', '/b'], 'one'))
    list.delta(delta(5, ['/c']))
    list.unfollow()
    expect(list.delta(delta(6, ['/x']))).to.deep.equal({ added: [], gone: [] })
    expect(list.resume()).to.deep.equal({ id: 'one', v: 5 })
    // sent before the server knew which one it has, and then from there
    expect(list.delta(delta(8, ['/y']))).to.deep.equal({ added: [], gone: [] })
    expect(list.delta(delta(5, ['/z']))).to.deep.equal({ added: [], gone: [] })
    expect(list.delta(delta(6, ['/d'], ['/a']))).to.deep.equal({ added: ['/d'], gone: ['/a'] })
    expect([list.following, list.resuming]).to.deep.equal([false, true])
    expect(list.resumed(6)).to.deep.equal({ added: [], gone: [] })
    expect([list.following, list.resuming]).to.deep.equal([true, false])
    expect(list.delta(delta(8))).to.equal('missed')
    expect(list.resume()).to.deep.equal({ id: 'one', v: 6 })
    // no answer came: it knows what it knew
    list.resumed()
    expect([list.following, list.resume()?.v]).to.deep.equal([false, 6])
    // a list came instead
    list.snapshot(whole(2, ['/b'], 'two'))
    list.resumed(2)
    expect(list.following).to.equal(true)
    expect(list.resume()).to.deep.equal({ id: 'two', v: 2 })
    // what the server sent does not make what it says
    list.resumed(3)
    expect([list.following, list.resume()]).to.deep.equal([false, undefined])
  })

  it('DISC-16 goes on from no list that may differ from the one that was sent', () => {
    const known = (limit?: number): PeerList => {
      const list = new PeerList(limit)
      list.snapshot(whole(1, ['/a', '/b'], 'one'))
      list.unfollow()
      return list
    }
    const changes: ((list: PeerList) => unknown)[] = [
      (list) => list.sample(['/c']),
      (list) => list.announce('/c', '/C'),
      (list) => [1, 2, 3, 4].map(() => list.endRound()),
      (list) => list.distrust(),
      (list) => list.snapshot(whole(1, ['/a'])),
    ]
    for (const change of changes) {
      const list = known()
      list.startRounds()
      change(list)
      expect(list.resume()).to.equal(undefined)
    }
    expect(known(1).resume()).to.equal(undefined)
    const full = known(2)
    full.resume()
    full.delta(delta(2, ['/c']))
    full.resumed(2)
    expect([full.following, full.resume()]).to.deep.equal([true, undefined])
    const cut = known()
    cut.resume()
    cut.delta({ ...delta(2, ['/c']), isWhole: false })
    cut.resumed(2)
    expect([cut.following, cut.resume()]).to.deep.equal([true, undefined])
    const same = known()
    same.sample(['/a'])
    same.announce('/b', '/B')
    same.endRound()
    expect(same.resume()).to.deep.equal({ id: 'one', v: 1 })
  })

  it('DISC-16 takes back what it put aside, and loses it again unless that is confirmed', () => {
    const list = new PeerList()
    list.snapshot(whole(1, ['/a', '/b'], 'one'))
    list.putAside()
    expect(list.size).to.equal(0)
    expect(list.takeBack()).to.deep.equal({ added: ['/a', '/b'], gone: [] })
    expect(list.takeBack()).to.deep.equal({ added: [], gone: [] })
    expect(list.resume()).to.deep.equal({ id: 'one', v: 1 })
    list.delta(delta(2, ['/c'], ['/a']))
    expect(list.resumed(2)).to.deep.equal({ added: [], gone: [] })
    list.putAside()
    expect(list.takeBack().added).to.deep.equal(['/b', '/c'])
    list.resume()
    expect(list.resumed()).to.deep.equal({ added: [], gone: ['/b', '/c'] })
    expect([list.size, list.resume()]).to.deep.equal([0, undefined])
    expect(list.takeBack().added).to.deep.equal(['/b', '/c'])
    expect(list.resume()).to.deep.equal({ id: 'one', v: 2 })
    // what is known there and what the server says differ
    expect(list.resumed(3)).to.deep.equal({ added: [], gone: ['/b', '/c'] })
    expect(list.takeBack()).to.deep.equal({ added: [], gone: [] })
    // one that cannot be gone on from any more before it was confirmed
    list.snapshot(whole(2, ['/b'], 'one'))
    list.putAside()
    list.takeBack()
    list.resume()
    list.distrust()
    expect(list.resumed()).to.deep.equal({ added: [], gone: ['/b'] })
    expect(list.takeBack()).to.deep.equal({ added: [], gone: [] })
    // one of nobody that turned out to be none: whoever is announced then is there
    list.snapshot(whole(2, [], 'one'))
    list.putAside()
    list.takeBack()
    list.distrust()
    list.resumed()
    list.announce('/z', '/Z')
    expect(list.resumed()).to.deep.equal({ added: [], gone: [] })
    list.putAside()
    // it is kept while nobody is there to be told
    list.snapshot(whole(2, ['/b'], 'one'))
    list.putAside()
    list.putAside()
    expect(list.takeBack().added).to.deep.equal(['/b'])
    list.resume()
    list.resumed(2)
    // others are known by now
    list.snapshot(whole(3, ['/a'], 'one'))
    list.putAside()
    list.announce('/z', '/Z')
    expect(list.takeBack()).to.deep.equal({ added: [], gone: [] })
  })

  it('DISC-6 keeps as many as it may, and counts the others', () => {
    const list = new PeerList(3)
    expect(list.snapshot(whole(0, ['/a', '/b', '/c', '/d'])).added).to.have.length(3)
    list.announce('/e', '/E')
    expect(list.size).to.equal(3)
    expect(list.refused).to.equal(2)
    list.delta(delta(1, ['/f'], ['/a']))
    expect([...list.addresses]).to.deep.equal(['/b', '/c', '/f'])
  })

  it('DISC-8 takes a peer for gone that was not announced in three rounds', () => {
    const list = new PeerList()
    list.announce('/a', '/A')
    list.announce('/b', '/B')
    list.endRound()
    for (let round = 0; round < 2; round++) {
      list.announce('/b', '/B')
      expect(list.endRound().gone).to.deep.equal([])
    }
    list.announce('/b', '/B')
    expect(list.endRound().gone).to.deep.equal(['/a'])
    expect(list.announce('/a', '/A').added).to.deep.equal(['/a'])
  })

  it('DISC-8 knows the spelling in which a legacy server announced an address', () => {
    const list = new PeerList()
    list.sample(['/a'])
    expect(list.announced('/a')).to.equal(undefined)
    list.announce('/a', '/A')
    expect(list.announced('/a')).to.equal('/A')
  })

  it('DISC-5 is the list of the server for any history of changes, gaps and snapshots', () => {
    const address = fc.constantFrom('/a', '/b', '/c', '/d', '/e')
    const step = fc.record({
      add: fc.uniqueArray(address),
      drop: fc.uniqueArray(address),
      lost: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const list = new PeerList()
        const seen = new Set<string>()
        const hear = ({ added, gone }: { added: readonly string[]; gone: readonly string[] }) => {
          for (const one of gone) expect(seen.delete(one)).to.equal(true)
          for (const one of added) expect(seen.has(one)).to.equal(false)
          for (const one of added) seen.add(one)
        }
        const server = new Set<string>()
        let v = 0
        hear(list.snapshot(whole(v, [])))
        for (const { add, drop, lost } of steps) {
          const added = add.filter((one) => !server.has(one) && !drop.includes(one))
          const dropped = drop.filter((one) => server.has(one))
          for (const one of dropped) server.delete(one)
          for (const one of added) server.add(one)
          v += 1
          if (lost) continue
          const change = list.delta(delta(v, added, dropped))
          hear(change === 'missed' ? list.snapshot(whole(v, [...server])) : change)
          expect([...seen].sort()).to.deep.equal([...server].sort())
        }
        expect([...list.addresses].sort()).to.deep.equal([...seen].sort())
      }),
    )
  })
})
