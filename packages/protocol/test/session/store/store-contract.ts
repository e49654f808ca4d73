/** What every {@link SessionStore} has to do, whatever keeps it (HS-18). */
import { isStarError } from '@socket-star/protocol'
import type { Claim, SessionRecord, SessionStore } from '@socket-star/protocol/session'
import { expect } from 'chai'

/** A store under test, and its time. */
export interface StoreUnderTest {
  readonly store: SessionStore<string>
  /** Lets this many milliseconds pass. */
  readonly advance: (ms: number) => void | Promise<void>
}

/** Limits that the contract makes a store with. */
export interface StoreLimits {
  readonly maxSessions: number
  readonly maxRemembered: number
}

const claim = (owner: string, attempt: number, principal?: string): Claim => ({ owner, attempt, principal })
const record = (snapshot: string, holder = claim('a', 1)): SessionRecord<string> => ({
  holder,
  confirmed: true,
  snapshot,
})
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: unknown) => (isStarError(error) ? error.code : String(error)),
  )

/** Runs the contract on stores that `create` makes; each is empty and has the limits it is asked for. */
export function sessionStoreContract(
  name: string,
  create: (limits: StoreLimits) => StoreUnderTest | Promise<StoreUnderTest>,
): void {
  const limits: StoreLimits = { maxSessions: 3, maxRemembered: 2 }

  describe(`${name} is a session store`, () => {
    it('HS-18 what it does not know is unknown', async () => {
      const { store } = await create(limits)
      const unknown = { as: 'fresh', reason: 'unknown' }
      for (const hash of ['hash', '__proto__']) {
        expect(await store.acquire(hash, 'n1', claim('a', 1))).to.deep.equal(unknown)
      }
      expect(await store.write('hash', 1, record('x'))).to.equal(false)
      expect(await store.end('hash', 1, { is: 'ended' }, 100)).to.equal(false)
      expect(await store.remove('hash', 1)).to.equal(false)
    })

    it('HS-18 a session is acquired with its last record, by the claim that now holds it', async () => {
      const { store } = await create(limits)
      const fence = await store.create('hash', 'n1', { ...record(''), snapshot: undefined })
      expect(await store.write('hash', fence, record('state'))).to.equal(true)
      const acquired = await store.acquire('hash', 'n2', claim('a', 2))
      expect(acquired).to.deep.include({ as: 'resume', by: 'attach' })
      expect(acquired)
        .to.have.property('record')
        .that.deep.equals(record('state', claim('a', 2)))
      expect(acquired).to.have.property('fence').that.is.greaterThan(fence)
    })

    it('HS-18 an old fence writes, ends and removes nothing', async () => {
      const { store } = await create(limits)
      const old = await store.create('hash', 'n1', record('one'))
      const acquired = await store.acquire('hash', 'n2', claim('a', 2))
      expect(await store.write('hash', old, record('late'))).to.equal(false)
      expect(await store.end('hash', old, { is: 'ended' }, 100)).to.equal(false)
      expect(await store.remove('hash', old)).to.equal(false)
      const again = await store.acquire('hash', 'n3', claim('a', 3))
      expect(again).to.have.nested.property('record.snapshot', 'one')
      expect(
        acquired.as === 'resume' && (await store.write('hash', acquired.fence, record('late'))),
      ).to.equal(false)
    })

    it('HS-12 a claim that does not get the session changes nothing, not even its owner', async () => {
      const { store } = await create(limits)
      let frozen = 0
      store.serve('n1', async () => {
        frozen++
        return undefined
      })
      const holder = claim('a', 5, 'ada')
      const fence = await store.create('hash', 'n1', record('state', holder))
      const stale = await store.acquire('hash', 'n2', claim('a', 5, 'ada'))
      expect(stale).to.deep.equal({ as: 'refuse', reason: 'stale', retryable: true })
      const foreign = await store.acquire('hash', 'n2', claim('a', 6, 'eve'))
      expect(foreign).to.deep.equal({ as: 'fresh', reason: 'principal' })
      expect(frozen).to.equal(0)
      expect(await store.write('hash', fence, record('still mine', holder))).to.equal(true)
    })

    it('HS-18 a live owner is frozen first, and what it still knew comes along', async () => {
      const { store } = await create(limits)
      let fence = 0
      const order: string[] = []
      store.serve('n1', async (hash) => {
        order.push(`frozen ${hash}`)
        expect(await store.write(hash, fence, record('too late')), 'its fence is void').to.equal(false)
        return record('the very last')
      })
      fence = await store.create('hash', 'n1', record('written'))
      const acquired = await store.acquire('hash', 'n2', claim('b', 1))
      order.push('acquired')
      expect(order).to.deep.equal(['frozen hash', 'acquired'])
      expect(acquired).to.deep.include({ as: 'resume', by: 'takeover' })
      expect(acquired)
        .to.have.property('record')
        .that.deep.equals(record('the very last', claim('b', 1)))
    })

    it('HS-18 an owner that is gone, or fails, loses what it did not write', async () => {
      const { store } = await create(limits)
      const stop = store.serve('n1', async () => record('never asked'))
      await store.create('hash', 'n1', record('written'))
      stop()
      expect(await store.acquire('hash', 'n2', claim('a', 2))).to.have.nested.property(
        'record.snapshot',
        'written',
      )
      store.serve('n2', () => Promise.reject(new Error('broken')))
      expect(await store.acquire('hash', 'n3', claim('a', 3))).to.have.nested.property(
        'record.snapshot',
        'written',
      )
    })

    it('HS-18 of many that want it at once the latest attempt ends up with it, one owner at a time', async () => {
      const { store } = await create(limits)
      const owners: string[] = []
      for (const node of ['n0', 'n1', 'n2', 'n3', 'n4']) {
        store.serve(node, async () => {
          owners.push(node)
          return record(`by ${node}`)
        })
      }
      await store.create('hash', 'n0', record('first', claim('a', 0)))
      const answers = await Promise.all(
        [2, 4, 1, 3].map((attempt) => store.acquire('hash', `n${attempt}`, claim('a', attempt))),
      )
      const fences = answers.flatMap((answer) => (answer.as === 'resume' ? [answer.fence] : []))
      expect(new Set(fences).size).to.equal(fences.length)
      expect(new Set(owners).size, 'each owner is frozen once').to.equal(owners.length)
      const writes = await Promise.all(
        fences.map((fence) => store.write('hash', fence, record('mine', claim('a', 4)))),
      )
      expect(writes.filter(Boolean), 'one of them owns it').to.have.length(1)
      const late = await store.acquire('hash', 'n1', claim('a', 4))
      expect(late).to.deep.include({ as: 'refuse', reason: 'stale' })
    })

    it('HS-18 who takes it while it moves gets it from the one it moves to', async () => {
      const { store } = await create(limits)
      const asked: string[] = []
      let release: () => void = () => {}
      const frozen = new Promise<void>((resolve) => {
        release = resolve
      })
      store.serve('n1', async () => {
        asked.push('n1')
        await frozen
        return record('by n1')
      })
      store.serve('n2', async () => {
        asked.push('n2')
        // its own answer may still be on its way
        await second
        return record('by n2')
      })
      await store.create('hash', 'n1', record('first'))
      const second = store.acquire('hash', 'n2', claim('a', 2))
      const third = store.acquire('hash', 'n3', claim('a', 3))
      release()
      expect(await second).to.have.nested.property('record.snapshot', 'by n1')
      expect(await third).to.have.nested.property('record.snapshot', 'by n2')
      expect(asked).to.deep.equal(['n1', 'n2'])
    })

    it('HS-18 who takes it while it moves to one that is gone gets it from the one before', async () => {
      const { store } = await create(limits)
      let release: () => void = () => {}
      const frozen = new Promise<void>((resolve) => {
        release = resolve
      })
      store.serve('n1', async () => {
        await frozen
        return record('by n1')
      })
      await store.create('hash', 'n1', record('first'))
      const second = store.acquire('hash', 'gone', claim('a', 2))
      const third = store.acquire('hash', 'n3', claim('a', 3))
      release()
      await second
      expect(await third).to.have.nested.property('record.snapshot', 'by n1')
    })

    it('HS-18 a node that begins again acquires what is still its own, and asks nobody', async () => {
      const { store } = await create(limits)
      const old = await store.create('hash', 'n1', record('written'))
      store.serve('n1', () => expect.fail('asked itself'))
      const acquired = await store.acquire('hash', 'n1', claim('a', 2))
      expect(acquired).to.have.nested.property('record.snapshot', 'written')
      expect(await store.write('hash', old, record('late'))).to.equal(false)
    })

    it('HS-17 each token is remembered for its own time', async () => {
      const { store, advance } = await create(limits)
      const end = async (hash: string, ms: number) =>
        store.end(hash, await store.create(hash, 'n1', record(hash)), { is: 'ended' }, ms)
      await end('long', 1_000)
      await end('short', 10)
      await advance(10)
      expect(await store.acquire('short', 'n1', claim('a', 2))).to.have.property('as', 'fresh')
      expect(await store.acquire('long', 'n1', claim('a', 2))).to.have.property('as', 'refuse')
    })

    it('HS-10 HS-17 an ended token is refused while it is remembered', async () => {
      const { store, advance } = await create(limits)
      const fence = await store.create('hash', 'n1', record('state'))
      expect(await store.end('hash', fence, { is: 'ended' }, 100)).to.equal(true)
      await advance(99)
      const refused = await store.acquire('hash', 'n1', claim('a', 2))
      expect(refused).to.deep.equal({ as: 'refuse', reason: 'ended', retryable: false })
      await advance(1)
      expect(await store.acquire('hash', 'n1', claim('a', 2))).to.deep.include({ as: 'fresh' })
    })

    it('HS-8 a token that was renewed away does not resume', async () => {
      const { store } = await create(limits)
      const fence = await store.create('hash', 'n1', record('state'))
      await store.end('hash', fence, { is: 'renewed', reason: 'state-lost' }, 100)
      expect(await store.acquire('hash', 'n1', claim('a', 2))).to.deep.equal({
        as: 'fresh',
        reason: 'state-lost',
      })
    })

    it('HS-17 a session that is removed is unknown', async () => {
      const { store } = await create(limits)
      const fence = await store.create('hash', 'n1', record('state'))
      expect(await store.remove('hash', fence)).to.equal(true)
      expect(await store.acquire('hash', 'n1', claim('a', 2))).to.deep.equal({
        as: 'fresh',
        reason: 'unknown',
      })
      expect(await store.create('hash', 'n1', record('again'))).to.be.greaterThan(fence)
    })

    it('HS-18 keeps maxSessions, and no two of one token', async () => {
      const { store } = await create(limits)
      const fence = await store.create('hash-1', 'n1', record('1'))
      expect(await codeOf(store.create('hash-1', 'n1', record('1')))).to.equal('ERR_BAD_REQUEST')
      await store.create('hash-2', 'n1', record('2'))
      await store.create('hash-3', 'n1', record('3'))
      expect(await codeOf(store.create('hash-4', 'n1', record('4')))).to.equal('ERR_QUOTA')
      await store.remove('hash-1', fence)
      expect(await store.create('hash-4', 'n1', record('4'))).to.be.greaterThan(fence)
    })

    it('HS-18 remembers maxRemembered tokens; the oldest is forgotten first', async () => {
      const { store } = await create(limits)
      for (const hash of ['one', 'two', 'three']) {
        await store.end(hash, await store.create(hash, 'n1', record(hash)), { is: 'ended' }, 1_000)
      }
      const is = async (hash: string) => (await store.acquire(hash, 'n1', claim('a', 2))).as
      expect([await is('one'), await is('two'), await is('three')]).to.deep.equal([
        'fresh',
        'refuse',
        'refuse',
      ])
    })
  })
}
