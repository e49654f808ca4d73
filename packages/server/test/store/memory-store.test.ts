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
