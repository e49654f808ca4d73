import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type ExpiredSession, MemoryStore, type SessionOptions } from '../../src/index.ts'
import { SILENT_LOG } from '../../src/log.ts'
import { EXPIRY_MS, MAX_EXPIRIES } from '../../src/session/expiry.ts'
import { snapshotOf } from '../store/contract.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { until } from '../support/host.ts'
import { Stage } from './stage.ts'

const WINDOW_MS = 120_000
const STEP_MS = EXPIRY_MS / 5

/** A store that answers when it is told to. */
class HeldStore extends MemoryStore {
  let: () => void = () => {}
  fails = false
  override async takeExpired(node: string, most: number): Promise<readonly ExpiredSession[]> {
    await new Promise<void>((resolve) => (this.let = resolve))
    if (this.fails) throw new Error('the store is down')
    return super.takeExpired(node, most)
  }
}

describe('a session at rest whose client never comes back', () => {
  let environment: FakeEnvironment
  let ends: string[]
  const stages: Stage[] = []
  beforeEach(() => {
    environment = new FakeEnvironment()
    ends = []
  })
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.close()
  })

  const open = async (name: string, sessions: SessionOptions, errors: string[] = []): Promise<Stage> => {
    const error = (event: string) => errors.push(event)
    const stage = await Stage.open({
      star: { sessions, environment, log: { ...SILENT_LOG, error } },
    })
    stages.push(stage)
    // without a client the middleware does not know its namespace
    stage.host.star.attach(stage.host.io.of('/'))
    stage.host.star.on('session', (session, { cause }) =>
      session.on('end', (reason, lost) =>
        ends.push(`${name} ${session.id} ${cause} ${reason} ${lost.length}`),
      ),
    )
    return stage
  }
  const rest = async (store: MemoryStore, count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      await store.release(`h${n}`, await store.create(`h${n}`, 'gone'), snapshotOf(`id${n}`), WINDOW_MS)
    }
  }
  /** Time passes, and what waits for a promise goes on. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left >= 0; left -= STEP_MS) {
      environment.advance(Math.min(left, STEP_MS))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  it('HS-17 is told to the application of the process after a restart, with what was not acknowledged', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'star-expiry-'))
    const stateFile = join(directory, 'state')
    try {
      const before = await open('before', { stateFile })
      const { client, session } = await before.pair()
      session.data = { cart: 7 }
      session.join('lobby')
      await session.flush()
      await before.cut({ client, session })
      session.emit('news', 1)
      before.host.star.close()
      expect(ends.splice(0)).to.deep.equal([`before ${session.id} new closed 1`])

      const after = await open('after', { stateFile })
      const data: unknown[] = []
      after.host.star.on('session', (each) => data.push(each.data))
      await pass(WINDOW_MS - 1)
      expect(data).to.deep.equal([])
      await pass(EXPIRY_MS + 1)
      expect(ends).to.deep.equal([`after ${session.id} restored expired 1`])
      expect(data).to.deep.equal([{ cart: 7 }])
      expect(after.host.star.sessions.size).to.equal(0)
      await pass(WINDOW_MS)
      expect(ends).to.have.length(1)
      client.moveTo(after.host)
      await client.resume()
      await until(() => client.welcome?.renewed === 'unknown')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('HS-17 many are brought back a few at a time', async () => {
    const store = new MemoryStore(environment.now)
    await rest(store, 2 * MAX_EXPIRIES + 10)
    await open('one', { store })
    await pass(WINDOW_MS - 1)
    expect(ends).to.deep.equal([])
    await pass(1)
    expect(ends).to.have.length(MAX_EXPIRIES)
    await pass(100)
    expect(ends).to.have.length(2 * MAX_EXPIRIES)
    await pass(100)
    expect(new Set(ends).size).to.equal(2 * MAX_EXPIRIES + 10)
    expect(store.size).to.equal(0)
  })

  it('HS-17 HS-18 of several processes with one store, one is told', async () => {
    const store = new MemoryStore(environment.now)
    await rest(store, 100)
    await open('one', { store })
    await open('other', { store })
    await pass(WINDOW_MS + 2 * EXPIRY_MS)
    const ids = ends.map((end) => end.split(' ')[1])
    expect(ids).to.have.length(100)
    expect(new Set(ids).size).to.equal(100)
  })

  it('HS-17 what a process took when it stopped is left to the next one', async () => {
    const store = new HeldStore(environment.now)
    await rest(store, 3)
    const first = await open('first', { store })
    await pass(WINDOW_MS)
    first.host.star.close()
    store.let()
    await pass(0)
    expect(ends).to.deep.equal([])
    await open('second', { store })
    await pass(EXPIRY_MS)
    store.let()
    await pass(0)
    expect(ends.toSorted()).to.deep.equal(
      ['id0', 'id1', 'id2'].map((id) => `second ${id} restored expired 1`),
    )
  })

  it('HS-17 a store that fails is asked again, and one that hands nothing over is not asked', async () => {
    const store = new HeldStore(environment.now)
    await rest(store, 1)
    const errors: string[] = []
    await open('one', { store }, errors)
    store.fails = true
    await pass(WINDOW_MS)
    store.let()
    await pass(0)
    expect(errors).to.deep.equal(['star.store-failed'])
    store.fails = false
    await pass(EXPIRY_MS)
    store.let()
    await pass(0)
    expect(ends).to.deep.equal(['one id0 restored expired 1'])

    const timers = environment.timers
    const silent = new MemoryStore(environment.now)
    Object.defineProperty(silent, 'takeExpired', { value: undefined })
    await open('other', { store: silent })
    await open('third', {})
    expect(environment.timers).to.equal(timers)
  })
})
