import { decodeAddresses, encodeAddresses, type PeersDelta } from '@socket-star/protocol/rendezvous'
import { expect } from 'chai'
import fc from 'fast-check'
import { intervalMs, MAX_INTERVAL_MS, MIN_INTERVAL_MS } from '../../src/rendezvous/discovery-pace.ts'
import { LegacyFeed, ROUND_MS, ROUND_SAMPLE } from '../../src/rendezvous/legacy-feed.ts'
import { Registry } from '../../src/rendezvous/registry.ts'
import { WatcherFeed } from '../../src/rendezvous/watcher-feed.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'

const words = (text: string): string[] => (text === '' ? [] : text.split(' '))

describe('the pace of discovery', () => {
  it('DISC-11 grows with the audience from 50 ms to 850 ms', () => {
    expect([0, 1, 58, 500, 1000, 100_000].map(intervalMs)).to.deep.equal([
      MIN_INTERVAL_MS,
      MIN_INTERVAL_MS,
      MIN_INTERVAL_MS,
      425,
      MAX_INTERVAL_MS,
      MAX_INTERVAL_MS,
    ])
  })
})

describe('the feed of watchers', () => {
  function feed(watchers = 1000) {
    const environment = new FakeEnvironment()
    const sent: (PeersDelta & { at: number })[] = []
    const subject = new WatcherFeed({
      timers: environment,
      watchers: () => watchers,
      send: ({ v, add, drop }) => {
        const [added, dropped] = [add, drop].map((list) => decodeAddresses(list).join(' '))
        sent.push({ v, add: added ?? '', drop: dropped ?? '', at: environment.now() })
      },
    })
    return { environment, sent, subject }
  }

  it('DISC-11 sends at once after a quiet interval, otherwise an interval after the first change that waits', () => {
    const { environment, sent, subject } = feed()
    subject.appeared('/a')
    environment.advance(0)
    environment.advance(100)
    subject.appeared('/b')
    environment.advance(700)
    subject.gone('/a')
    environment.advance(149)
    expect(sent).to.deep.equal([{ v: 1, add: '/a', drop: '', at: 0 }])
    environment.advance(1)
    expect(sent[1]).to.deep.equal({ v: 2, add: '/b', drop: '/a', at: 950 })
    environment.advance(850)
    subject.appeared('/c')
    environment.advance(0)
    expect(sent[2]).to.deep.equal({ v: 3, add: '/c', drop: '', at: 1800 })
    expect(environment.timers).to.equal(0)
  })

  it('DISC-5 says nothing of an address that went and came back within one interval', () => {
    const { environment, sent, subject } = feed()
    subject.appeared('/a')
    environment.advance(1000)
    subject.gone('/a')
    subject.appeared('/a')
    subject.appeared('/b')
    subject.gone('/b')
    environment.advance(1000)
    expect(sent).to.have.length(1)
    expect(subject.snapshot()).to.deep.equal({ v: 1, all: encodeAddresses(['/a']) })
  })

  it('DISC-4 gives the same snapshot to all who come while the list stays as it is', () => {
    const { environment, subject } = feed()
    subject.appeared('/a')
    environment.advance(1000)
    const snapshot = subject.snapshot()
    expect(subject.snapshot()).to.equal(snapshot)
    subject.appeared('/b')
    environment.advance(1000)
    expect(subject.snapshot()).to.deep.equal({ v: 2, all: encodeAddresses(['/a', '/b']) })
  })

  it('DISC-4 shows a newcomer all there is when nobody else is owed a delta', () => {
    const { sent, subject } = feed(0)
    subject.appeared('/a')
    subject.appeared('/b')
    expect(subject.snapshot()).to.deep.equal({ v: 1, all: encodeAddresses(['/a', '/b']) })
    expect(sent).to.have.length(0)
  })

  it('DISC-4 DISC-5 a snapshot at any moment and the deltas after it make the list, versions rising by one', () => {
    const step = fc.record({
      name: fc.constantFrom('/a', '/b', '/c', '/d', '/e'),
      wait: fc.nat(950),
      look: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { environment, sent, subject } = feed()
        const online = new Set<string>()
        const followers: { v: number; list: Set<string>; read: number }[] = []
        for (const { name, wait, look } of steps) {
          if (online.delete(name)) subject.gone(name)
          else {
            online.add(name)
            subject.appeared(name)
          }
          if (look) {
            const { v, all } = subject.snapshot()
            followers.push({ v, list: new Set(decodeAddresses(all)), read: sent.length })
          }
          environment.advance(wait)
        }
        environment.advance(1000)
        for (const follower of followers) {
          for (const { v, add, drop } of sent.slice(follower.read)) {
            expect(v).to.equal(follower.v + 1)
            follower.v = v
            for (const address of words(add)) follower.list.add(address)
            for (const address of words(drop)) follower.list.delete(address)
          }
          expect([...follower.list].sort()).to.deep.equal([...online].sort())
        }
      }),
    )
  })
})

describe('the feed of legacy clients', () => {
  function feed(listeners = 10) {
    const environment = new FakeEnvironment()
    const registry = new Registry<string>()
    const announced: string[] = []
    const subject = new LegacyFeed<string>({
      environment,
      registry,
      listeners: () => listeners,
      announce: (entries) => announced.push(...entries.map(({ address }) => address)),
    })
    const join = (count: number, from = 0): void => {
      for (let n = from; n < from + count; n += 1) {
        registry.claim(`/${n}`, 'owner')
        subject.appeared(`/${n}`)
      }
    }
    return { announced, environment, join, registry, subject }
  }

  it('DISC-2 announces an address once when it appears, unless it is gone by then', () => {
    const { announced, environment, join, registry } = feed()
    join(3)
    registry.release('/1', 'owner')
    environment.advance(1000)
    expect(announced).to.deep.equal(['/0', '/2'])
  })

  it('DISC-3 repeats at most 32 addresses a round, spread over it, and over the rounds every one', () => {
    const { announced, environment, join, subject } = feed()
    join(100)
    environment.advance(1000)
    announced.length = 0
    subject.wake()
    const seen = new Set<string>()
    for (let round = 0; round < 30; round += 1) {
      environment.advance(ROUND_MS)
      expect(announced).to.have.length(ROUND_SAMPLE)
      expect(new Set(announced).size).to.equal(ROUND_SAMPLE)
      for (const address of announced.splice(0)) seen.add(address)
    }
    expect(seen.size).to.equal(100)
  })

  it('DISC-3 repeats every address in a round while there are few', () => {
    const { announced, environment, join, subject } = feed()
    join(3)
    environment.advance(1000)
    announced.length = 0
    subject.wake()
    // a third of a round is no whole number of milliseconds
    environment.advance(ROUND_MS + 1)
    expect(announced.sort()).to.deep.equal(['/0', '/1', '/2'])
  })

  it('DISC-3 rests while no legacy client listens', () => {
    const { announced, environment, join, subject } = feed(0)
    join(3)
    subject.wake()
    environment.advance(10 * ROUND_MS)
    expect(announced).to.deep.equal([])
    expect(environment.timers).to.equal(0)
  })
})
