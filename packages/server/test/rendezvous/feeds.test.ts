import {
  decodeAddresses,
  encodeAddresses,
  type PeersDelta,
  type PeersSnapshot,
} from '@socket-star/protocol/rendezvous'
import { expect } from 'chai'
import fc from 'fast-check'
import { intervalMs, MAX_INTERVAL_MS, MIN_INTERVAL_MS } from '../../src/rendezvous/discovery-pace.ts'
import { LegacyFeed, ROUND_MS, ROUND_SAMPLE } from '../../src/rendezvous/legacy-feed.ts'
import { Registry } from '../../src/rendezvous/registry.ts'
import { WatcherFeed } from '../../src/rendezvous/watcher-feed.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'

const words = (text: string): string[] => (text === '' ? [] : text.split(' '))

describe('the pace of discovery', () => {
  it('DISC-11 grows with the audience from 50 ms to 820 ms, and leaves a crowd the time that it takes to send to it', () => {
    expect([0, 1, 58, 500, 1000, 3000, 8000, 100_000].map(intervalMs)).to.deep.equal([
      MIN_INTERVAL_MS,
      MIN_INTERVAL_MS,
      MIN_INTERVAL_MS,
      410,
      MAX_INTERVAL_MS,
      660,
      500,
      500,
    ])
  })
})

describe('the feed of watchers', () => {
  type Update = PeersSnapshot | PeersDelta
  const ID = 'this one'

  function feed(watchers: number | (() => number) = 1000) {
    const environment = new FakeEnvironment()
    const encoded: Update[] = []
    const sent: { v: number; add: string; drop: string; at: number }[] = []
    const subject = new WatcherFeed<Update>({
      id: ID,
      timers: environment,
      watchers: typeof watchers === 'number' ? () => watchers : watchers,
      encode: (update) => {
        encoded.push(update)
        return update
      },
      send: (change) => {
        const { v, add, drop } = change as PeersDelta
        const [added, dropped] = [add, drop].map((list) => decodeAddresses(list).join(' '))
        sent.push({ v, add: added ?? '', drop: dropped ?? '', at: environment.now() })
      },
    })
    return { encoded, environment, sent, subject }
  }

  /** What a newcomer, or whoever knows a list, makes of what it is sent. */
  function read(
    updates: readonly Update[],
    { v, list }: { readonly v: number; readonly list: ReadonlySet<string> } = { v: 0, list: new Set() },
  ): { v: number; list: Set<string> } {
    const known = { v, list: new Set(list) }
    for (const [index, update] of updates.entries()) {
      if (index > 0 || !('all' in update)) expect(update.v).to.equal(known.v + 1)
      known.v = update.v
      if ('all' in update) known.list = new Set(decodeAddresses(update.all))
      else {
        for (const address of decodeAddresses(update.add)) known.list.add(address)
        for (const address of decodeAddresses(update.drop)) known.list.delete(address)
      }
    }
    return known
  }

  it('DISC-11 sends at once after a quiet interval, otherwise an interval after the first change that waits', () => {
    const { environment, sent, subject } = feed()
    subject.appeared('/a')
    environment.advance(0)
    environment.advance(100)
    subject.appeared('/b')
    environment.advance(700)
    subject.gone('/a')
    environment.advance(119)
    expect(sent).to.deep.equal([{ v: 1, add: '/a', drop: '', at: 0 }])
    environment.advance(1)
    expect(sent[1]).to.deep.equal({ v: 2, add: '/b', drop: '/a', at: 920 })
    environment.advance(820)
    subject.appeared('/c')
    environment.advance(0)
    expect(sent[2]).to.deep.equal({ v: 3, add: '/c', drop: '', at: 1740 })
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
    expect(read(subject.listing('all').updates)).to.deep.equal({ v: 1, list: new Set(['/a']) })
  })

  it('DISC-4 gives the same list to all who come, behind it the changes since, until those outgrow a quarter of it', () => {
    const { encoded, environment, subject } = feed()
    for (let n = 0; n < 100; n += 1) subject.appeared(`/${n}`)
    environment.advance(0)
    const first = subject.listing('all')
    expect(subject.listing('all')).to.equal(first)
    const [list] = first.updates
    let changes = 0
    for (; subject.listing('all').updates[0] === list; changes += 1) {
      expect(read(subject.listing('all').updates)).to.deep.include({ v: subject.version })
      subject.gone(`/${changes}`)
      environment.advance(2000)
    }
    expect(changes).to.be.within(10, 50)
    expect(encoded.filter((update) => 'all' in update)).to.have.length(2)
    expect(subject.listing('all').updates).to.have.length(1)
    expect(read(subject.listing('all').updates).list.size).to.equal(100 - changes)
  })

  it('DISC-4 sends at most 64 changes behind a list', () => {
    const { environment, subject } = feed()
    for (let n = 0; n < 10_000; n += 1) subject.appeared(`/${n}`)
    environment.advance(0)
    let most = 0
    for (let n = 0; n < 200; n += 1) {
      most = Math.max(most, subject.listing('all').updates.length)
      subject.gone(`/${n}`)
      environment.advance(2000)
    }
    expect(most).to.equal(1 + 64)
  })

  it('DISC-16 keeps the last 64 changes, and no more than the list has addresses', () => {
    const { environment, subject } = feed()
    /** How many changes back somebody may have seen the list. */
    const reach = (): number => {
      let back = 0
      const isChanges = () =>
        subject.listing({ id: ID, v: subject.version - back }).updates.every((update) => !('all' in update))
      while (back <= subject.version && isChanges()) back += 1
      return back - 1
    }
    for (let n = 0; n < 10; n += 1) {
      subject.appeared(`/${n}`)
      environment.advance(2000)
    }
    expect(reach()).to.equal(10)
    for (let n = 0; n < 5; n += 1) {
      subject.gone(`/${n}`)
      environment.advance(2000)
    }
    expect(reach()).to.equal(5)
    for (let n = 0; n < 200; n += 1) subject.appeared(`/${n}`)
    environment.advance(2000)
    for (let n = 0; n < 100; n += 1) {
      subject.appeared(`/a${n}`)
      environment.advance(2000)
    }
    expect(reach()).to.equal(64)
  })

  it('DISC-16 has nothing to say of changes that nobody was told', () => {
    let watchers = 1
    const { environment, subject } = feed(() => watchers)
    subject.appeared('/a')
    subject.appeared('/b')
    environment.advance(2000)
    const { v } = read(subject.listing('all').updates)
    watchers = 0
    subject.gone('/a')
    environment.advance(2000)
    subject.appeared('/c')
    watchers = 1
    environment.advance(2000)
    const { updates } = subject.listing({ id: ID, v })
    expect(read(updates)).to.deep.equal({ v: v + 2, list: new Set(['/b', '/c']) })
    expect(subject.listing({ id: ID, v: v + 2 }).updates).to.deep.equal([])
  })

  it('DISC-4 shows a newcomer all there is when nobody else is owed a delta', () => {
    const { sent, subject } = feed(0)
    subject.appeared('/a')
    subject.appeared('/b')
    expect(subject.listing('all').updates).to.deep.equal([
      { id: ID, v: 1, all: encodeAddresses(['/a', '/b']) },
    ])
    subject.gone('/a')
    expect(subject.listing('all').updates).to.deep.equal([{ id: ID, v: 2, all: encodeAddresses(['/b']) }])
    expect(sent).to.have.length(0)
  })

  it('DISC-4 DISC-5 DISC-16 a list at any moment, known or not, and the deltas after it make the list, versions rising by one', () => {
    const step = fc.record({
      name: fc.constantFrom('/a', '/b', '/c', '/d', '/e'),
      wait: fc.nat(950),
      look: fc.boolean(),
      // who looked before, and goes on from there
      who: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { environment, sent, subject } = feed()
        const online = new Set<string>()
        const followers: { v: number; list: Set<string>; read: number }[] = []
        for (const { name, wait, look, who } of steps) {
          if (online.delete(name)) subject.gone(name)
          else {
            online.add(name)
            subject.appeared(name)
          }
          if (look) {
            const before = followers[who % (followers.length + 1)]
            const { updates } = subject.listing(before === undefined ? 'all' : { id: ID, v: before.v })
            followers.push({ ...read(updates, before), read: sent.length })
          }
          environment.advance(wait)
        }
        environment.advance(2000)
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
