import { expect } from 'chai'
import fc from 'fast-check'
import { PeerList } from '../src/peers/peer-list.ts'

const delta = (v: number, add: string[] = [], drop: string[] = []) => ({ v, add, drop })

describe('peer list', () => {
  it('DISC-4 a snapshot replaces what was known', () => {
    const list = new PeerList()
    expect(list.snapshot({ v: 1, all: ['/a', '/b'] })).to.deep.equal({ added: ['/a', '/b'], gone: [] })
    expect(list.snapshot({ v: 9, all: ['/b', '/c'] })).to.deep.equal({ added: ['/c'], gone: ['/a'] })
    expect([...list.addresses]).to.deep.equal(['/b', '/c'])
  })

  it('DISC-5 DISC-7 deltas follow one another, and a gap is noticed once', () => {
    const list = new PeerList()
    expect(list.delta(delta(1, ['/x']))).to.deep.equal({ added: [], gone: [] })
    list.snapshot({ v: 4, all: ['/a'] })
    expect(list.delta(delta(4, ['/x']))).to.deep.equal({ added: [], gone: [] })
    expect(list.delta(delta(5, ['/b'], ['/a']))).to.deep.equal({ added: ['/b'], gone: ['/a'] })
    expect(list.delta(delta(7, ['/c']))).to.equal('missed')
    expect(list.delta(delta(8, ['/d']))).to.deep.equal({ added: [], gone: [] })
    expect([...list.addresses]).to.deep.equal(['/b'])
    list.snapshot({ v: 8, all: ['/b', '/c', '/d'] })
    expect(list.delta(delta(9, [], ['/c']))).to.deep.equal({ added: [], gone: ['/c'] })
  })

  it('DISC-5 tells of each change once, whatever is repeated', () => {
    const list = new PeerList()
    list.snapshot({ v: 0, all: [] })
    expect(list.delta(delta(1, ['/a', '/a'], ['/b']))).to.deep.equal({ added: ['/a'], gone: [] })
  })

  it('DISC-6 keeps as many as it may, and counts the others', () => {
    const list = new PeerList(3)
    expect(list.snapshot({ v: 0, all: ['/a', '/b', '/c', '/d'] }).added).to.have.length(3)
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
        hear(list.snapshot({ v, all: [] }))
        for (const { add, drop, lost } of steps) {
          const added = add.filter((one) => !server.has(one) && !drop.includes(one))
          const dropped = drop.filter((one) => server.has(one))
          for (const one of dropped) server.delete(one)
          for (const one of added) server.add(one)
          v += 1
          if (lost) continue
          const change = list.delta(delta(v, added, dropped))
          hear(change === 'missed' ? list.snapshot({ v, all: [...server] }) : change)
          expect([...seen].sort()).to.deep.equal([...server].sort())
        }
        expect([...list.addresses].sort()).to.deep.equal([...seen].sort())
      }),
    )
  })
})
