import { expect } from 'chai'
import fc from 'fast-check'
import { Registry } from '../../src/rendezvous/registry.ts'
import { sampleIndices } from '../../src/rendezvous/sample.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'

describe('the registry', () => {
  it('JOIN-14 gives an address to the newest owner and takes it only from that one', () => {
    const registry = new Registry<string>()
    expect(registry.claim('/a', 'first')).to.equal(undefined)
    expect(registry.claim('/a', 'second')).to.equal('first')
    expect(registry.release('/a', 'first')).to.equal(false)
    expect(registry.get('/a')?.owner).to.equal('second')
    expect(registry.release('/a', 'second')).to.equal(true)
    expect(registry.size).to.equal(0)
  })

  it('holds what a plain map would, whatever comes and goes, also under names of prototypes', () => {
    const names = fc.constantFrom('/a', '/b', '/c', '__proto__', 'constructor')
    const step = fc.record({ claim: fc.boolean(), name: names, owner: fc.constantFrom('x', 'y') })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const registry = new Registry<string>()
        const model = new Map<string, string>()
        for (const { claim, name, owner } of steps) {
          if (claim) {
            expect(registry.claim(name, owner)).to.equal(model.get(name))
            model.set(name, owner)
          } else {
            expect(registry.release(name, owner)).to.equal(model.get(name) === owner)
            if (model.get(name) === owner) model.delete(name)
          }
        }
        const all = registry.sample(Number.POSITIVE_INFINITY, Math.random)
        expect(new Map(all.map((entry) => [entry.address, entry.owner]))).to.deep.equal(model)
        expect(registry.size).to.equal(model.size)
      }),
    )
  })

  it('ADDR-3 spells an entry for either audience', () => {
    const registry = new Registry<string>()
    registry.claim('/ws/p2p-websocket-star/p2p/Qm', 'x')
    const [entry] = registry.sample(1, Math.random)
    expect(entry?.spelled('ipfs')).to.equal('/ws/p2p-websocket-star/ipfs/Qm')
    expect(entry?.spelled('p2p')).to.equal('/ws/p2p-websocket-star/p2p/Qm')
  })
})

describe('a sample', () => {
  it('has the asked size or all there is, and no number twice', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), fc.integer(), (size, count, seed) => {
        const { random } = new FakeEnvironment(seed)
        const sample = sampleIndices(size, count, random)
        expect(new Set(sample).size).to.equal(Math.min(size, count))
        expect(sample.every((index) => index >= 0 && index < size)).to.equal(true)
      }),
    )
  })

  it('draws every number about equally often', () => {
    const { random } = new FakeEnvironment(7)
    const hits = new Array<number>(20).fill(0)
    for (let round = 0; round < 4000; round += 1) {
      for (const index of sampleIndices(20, 5, random)) hits[index] = (hits[index] ?? 0) + 1
    }
    // 1000 expected each; 150 are more than five standard deviations
    for (const count of hits) expect(count).to.be.within(850, 1150)
  })
})
