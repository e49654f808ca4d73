import { isStarError } from '@socket-star/protocol'
import { createChannel } from '@socket-star/protocol/channel'
import { type Encoded, payloadBytes } from '@socket-star/protocol/session'
import { expect } from 'chai'
import type { SessionSnapshot, SessionStore } from '../../src/index.ts'

/** A store under test, with a clock that the test moves. */
export interface StoreUnderTest {
  readonly store: SessionStore
  /** What another process finds when this one died. A durable store has it. */
  reopen?(): Promise<SessionStore> | SessionStore
  advance(ms: number): Promise<void> | void
  close(): Promise<void> | void
}

export function snapshotOf(id: string): SessionSnapshot {
  const channel = createChannel<Encoded>({ measure: { bytes: payloadBytes } })
  channel.send('["news"]')
  return {
    v: 1,
    id,
    identity: { holder: { owner: 'o', attempt: 1, principal: undefined }, confirmed: true },
    channel: channel.snapshot(),
    data: '{}',
    lastRequest: 3,
    inWork: [7],
    rooms: [{ room: 'lobby', since: { epoch: 'e', offset: 1 } }],
  }
}

/** What every {@link SessionStore} has to do. */
export function sessionStoreContract(
  name: string,
  open: () => Promise<StoreUnderTest> | StoreUnderTest,
): void {
  describe(`${name} is a session store`, () => {
    let under: StoreUnderTest
    let store: SessionStore
    beforeEach(async () => {
      under = await open()
      store = under.store
    })
    afterEach(() => under.close())

    it('knows nothing of a token that nobody made a session for', async () => {
      expect(await store.acquire('x', 'node a')).to.deep.equal({ is: 'unknown' })
    })

    it('refuses a hash that is taken', async () => {
      expect(await store.create('h', 'node a')).to.equal(1)
      const error = await store.create('h', 'node b').catch((refusal: unknown) => refusal)
      expect(isStarError(error) && error.code).to.equal('ERR_SESSION_REFUSED')
    })

    it('HS-18 gives each owner a higher fence, and the last snapshot that was written', async () => {
      const first = await store.create('h', 'node a')
      expect(await store.save('h', first, snapshotOf('1'))).to.equal(true)
      const second = await store.acquire('h', 'node b')
      expect(second).to.deep.equal({ is: 'acquired', fence: 2, snapshot: snapshotOf('1'), from: 'node a' })
      const third = await store.acquire('h', 'node c')
      expect(third).to.include({ is: 'acquired', fence: 3, from: 'node b' })
    })

    it('CH-7 a durable store has what was written when the process that wrote it died', async () => {
      if (!store.durable) {
        expect(under.reopen, 'who promises nothing has nothing to show').to.equal(undefined)
        return
      }
      const fence = await store.create('h', 'node a')
      for (const id of ['1', '2']) expect(await store.save('h', fence, snapshotOf(id))).to.equal(true)
      const next = await under.reopen?.()
      expect(await next?.acquire('h', 'node b')).to.deep.equal({
        is: 'acquired',
        fence: fence + 1,
        snapshot: snapshotOf('2'),
        from: 'node a',
      })
      expect(await store.save('h', fence, snapshotOf('3')), 'the dead one comes too late').to.equal(false)
    })

    it('says so when an owner died before it wrote a snapshot', async () => {
      await store.create('h', 'node a')
      expect(await store.acquire('h', 'node b')).to.deep.include({ is: 'acquired', snapshot: undefined })
    })

    it('HS-18 takes no write under an older fence, and none for what it does not know', async () => {
      const fence = await store.create('h', 'node a')
      await store.acquire('h', 'node b')
      expect(await store.save('h', fence, snapshotOf('old'))).to.equal(false)
      expect(await store.release('h', fence, snapshotOf('old'), 1_000)).to.equal(false)
      expect(await store.end('h', fence, 'ended', 1_000)).to.equal(false)
      expect(await store.save('none', 1, snapshotOf('none'))).to.equal(false)
      expect(await store.acquire('h', 'node c')).to.deep.include({ fence: 3, snapshot: undefined })
    })

    it('HS-17 keeps a session that was released for its time, and no longer', async () => {
      const fence = await store.create('h', 'node a')
      expect(await store.release('h', fence, snapshotOf('1'), 1_000)).to.equal(true)
      await under.advance(999)
      const acquired = await store.acquire('h', 'node b')
      expect(acquired).to.deep.equal({ is: 'acquired', fence: 2, snapshot: snapshotOf('1'), from: undefined })
      expect(await store.release('h', 2, snapshotOf('2'), 1_000)).to.equal(true)
      await under.advance(1_000)
      expect(await store.acquire('h', 'node c')).to.deep.equal({ is: 'unknown' })
    })

    it('HS-17 hands over what nobody came back for, once, a few at a time, and only where it says so', async () => {
      for (const hash of ['a', 'b', 'c']) {
        await store.release(hash, await store.create(hash, 'node a'), snapshotOf(hash), 1_000)
      }
      await store.end('d', await store.create('d', 'node a'), 'ended', 1_000)
      const taken = async (most: number) => (await store.takeExpired?.('node b', most)) ?? []
      expect(await taken(9), 'before its time').to.deep.equal([])
      await under.advance(999)
      expect(await store.acquire('b', 'node c')).to.include({ is: 'acquired' })
      await under.advance(1)
      for (const hash of ['a', 'c'])
        expect(await store.acquire(hash, 'node c')).to.deep.equal({ is: 'unknown' })
      if (store.takeExpired === undefined) return
      const first = await taken(1)
      expect(first).to.deep.equal([{ hash: 'a', fence: 2, snapshot: snapshotOf('a') }])
      expect(await taken(9)).to.deep.equal([{ hash: 'c', fence: 2, snapshot: snapshotOf('c') }])
      expect(await taken(9)).to.deep.equal([])
      expect(await store.acquire('c', 'node c'), 'its end is being told').to.deep.equal({ is: 'unknown' })
      expect(await store.end('a', 2, undefined, 1_000)).to.equal(true)
      expect(await store.release('c', 2, snapshotOf('c'), 0), 'whoever took it stops').to.equal(true)
      expect(await taken(9)).to.deep.equal([{ hash: 'c', fence: 3, snapshot: snapshotOf('c') }])
    })

    it('HS-17 remembers what ended or was renewed away for its time', async () => {
      for (const tombstone of ['ended', 'state-lost'] as const) {
        const fence = await store.create(tombstone, 'node a')
        expect(await store.end(tombstone, fence, tombstone, 1_000)).to.equal(true)
        expect(await store.acquire(tombstone, 'node b')).to.deep.equal({ is: 'gone', as: tombstone })
      }
      await under.advance(1_000)
      expect(await store.acquire('ended', 'node b')).to.deep.equal({ is: 'unknown' })
    })

    it('forgets at once what nobody has to remember', async () => {
      const fence = await store.create('h', 'node a')
      expect(await store.end('h', fence, undefined, 1_000)).to.equal(true)
      expect(await store.acquire('h', 'node b')).to.deep.equal({ is: 'unknown' })
    })
  })
}
