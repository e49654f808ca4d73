import { expect } from 'chai'
import { MemoryStore } from '../../src/index.ts'
import { sessionStoreContract, snapshotOf } from './contract.ts'
import { SlowStore } from './slow-store.ts'

sessionStoreContract('MemoryStore', () => {
  let now = 0
  return {
    store: new MemoryStore(() => now),
    advance: (ms) => {
      now += ms
    },
    close: () => {},
  }
})

sessionStoreContract('the slow store of the tests', () => {
  let now = 0
  const store = new SlowStore(new MemoryStore(() => now))
  return {
    store,
    reopen: () => store.reopened(),
    advance: (ms) => {
      now += ms
    },
    close: () => {},
  }
})

describe('MemoryStore', () => {
  it('forgets the oldest that rests when there are too many', async () => {
    const store = new MemoryStore(() => 0, 2)
    for (const hash of ['a', 'b', 'c'])
      await store.release(hash, await store.create(hash, 'n'), snapshotOf(hash), 9)
    expect(store.size).to.equal(2)
    expect(await store.acquire('a', 'n')).to.deep.equal({ is: 'unknown' })
    expect(await store.acquire('b', 'n')).to.include({ is: 'acquired' })
  })

  it('HS-18 forgets no session for a token that ended, however many do', async () => {
    let now = 0
    const before = new MemoryStore(() => now)
    for (const hash of ['a', 'late'])
      await before.release(hash, await before.create(hash, 'n'), snapshotOf(hash), 10)
    const store = new MemoryStore(() => now, 4)
    store.load(before.dump())
    const end = async (hash: string): Promise<void> => {
      await store.end(hash, await store.create(hash, 'n'), 'ended', 100)
    }
    for (let n = 0; n < 10; n++) await end(`x${n}`)
    expect(store.size).to.equal(4)
    expect(await store.acquire('a', 'n')).to.include({ is: 'acquired' })
    // the newest are remembered, in what is left
    expect(await store.acquire('x9', 'n')).to.include({ is: 'gone' })
    expect(await store.acquire('x6', 'n')).to.include({ is: 'unknown' })
    // neither is one whose application is to be told its end
    now = 10
    for (let n = 10; n < 20; n++) await end(`x${n}`)
    expect((await store.takeExpired('n', 9)).map(({ hash }) => hash)).to.deep.equal(['late'])
    // where there are sessions enough, none that ended is remembered
    for (const hash of ['b', 'c', 'd', 'e']) {
      await store.release(hash, await store.create(hash, 'n'), snapshotOf(hash), 10)
    }
    await end('y')
    expect(await store.acquire('y', 'n')).to.include({ is: 'unknown' })
    expect(await store.acquire('b', 'n')).to.include({ is: 'acquired' })
  })

  it('HS-17 forgets the oldest that nobody took, and hands over after a dump what it had not', async () => {
    let now = 0
    const store = new MemoryStore(() => now, 2)
    const rest = async (hash: string) =>
      store.release(hash, await store.create(hash, 'n'), snapshotOf(hash), 10)
    await rest('a')
    await rest('b')
    now = 10
    await rest('c')
    const dump = JSON.parse(JSON.stringify(store.dump()))
    const second = new MemoryStore(() => now)
    second.load(dump)
    expect((await second.takeExpired('n', 9)).map(({ hash }) => hash)).to.deep.equal(['b'])
    expect(await second.acquire('c', 'n')).to.include({ is: 'acquired' })
  })

  it('goes on from its own dump, with the time that was left', async () => {
    let now = 0
    const first = new MemoryStore(() => now)
    await first.release('a', await first.create('a', 'n'), snapshotOf('a'), 1_000)
    now = 400
    const dump = JSON.parse(JSON.stringify(first.dump()))
    const second = new MemoryStore(() => now)
    second.load(dump)
    now = 999
    expect(await second.acquire('a', 'n')).to.deep.include({ is: 'acquired', fence: 2 })
  })
})
