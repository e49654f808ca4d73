import { MemorySessionStore } from '@socket-star/protocol/session'
import { expect } from 'chai'
import { sessionStoreContract } from './store-contract.ts'

sessionStoreContract('the store in memory', (limits) => {
  let now = 0
  return {
    store: new MemorySessionStore<string>({ now: () => now, ...limits }),
    advance: (ms) => {
      now += ms
    },
  }
})

describe('the store in memory', () => {
  it('HS-18 a snapshot brings every session back, and whoever comes first owns it', async () => {
    const store = new MemorySessionStore<string>({ now: () => 0 })
    const holder = { owner: 'a', attempt: 3, principal: 'ada' }
    await store.create('hash', 'n1', { holder, confirmed: true, snapshot: 'state' })
    const restored = new MemorySessionStore<string>({ now: () => 0 })
    restored.restore(JSON.parse(JSON.stringify(store.snapshot())))
    expect(restored.size).to.equal(1)
    const acquired = await restored.acquire('hash', 'n1', { ...holder, attempt: 4 })
    expect(acquired).to.deep.include({ as: 'resume', by: 'attach' })
    expect(acquired).to.have.nested.property('record.snapshot', 'state')
  })

  it('HS-17 what was remembered long enough takes no memory', async () => {
    let now = 0
    const store = new MemorySessionStore<string>({ now: () => now })
    const record = { holder: { owner: 'a', attempt: 1, principal: undefined }, confirmed: true, snapshot: '' }
    for (let i = 0; i < 10; i++) {
      await store.end(`hash-${i}`, await store.create(`hash-${i}`, 'n1', record), { is: 'ended' }, 100)
    }
    expect(store.remembered).to.equal(10)
    now = 100
    await store.acquire('another', 'n1', record.holder)
    expect(store.remembered).to.equal(0)
  })
})
