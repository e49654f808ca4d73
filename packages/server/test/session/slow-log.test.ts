import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Encoded,
  MemoryRoomLog,
  type RoomLog,
  type RoomMessage,
  type RoomPosition,
  STATUS,
} from '@socket-star/protocol/session'
import { expect } from 'chai'
import { SILENT_LOG } from '../../src/log.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { until } from '../support/host.ts'
import { Stage } from './stage.ts'

/** A log that answers later, and may fail: on another machine, for instance. */
class SlowLog implements RoomLog<Encoded> {
  /** Questions where a room's log ends fail. */
  fails = false
  asked = 0
  /** Answers wait until this is settled. */
  gate: Promise<void> = Promise.resolve()
  readonly #log = new MemoryRoomLog<Encoded>({ newEpoch: () => 'one' })

  append(room: string, message: RoomMessage<Encoded>): Promise<RoomPosition> {
    return this.#log.append(room, message)
  }

  async head(room: string): Promise<RoomPosition> {
    this.asked += 1
    if (this.fails) throw new Error('the log is down')
    await this.gate
    return this.#log.head(room)
  }

  async read(...args: Parameters<RoomLog<Encoded>['read']>): ReturnType<RoomLog<Encoded>['read']> {
    if (this.fails) throw new Error('the log is down')
    return this.#log.read(...args)
  }
}

describe('rooms with a log that answers later', () => {
  let log: SlowLog
  const stages: Stage[] = []
  const open = async (stateFile?: string): Promise<Stage> => {
    const stage = await Stage.open({ star: { sessions: { roomLog: log, stateFile } } })
    stages.push(stage)
    return stage
  }
  beforeEach(() => {
    log = new SlowLog()
  })
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.close()
  })

  it('ROOM-4 ROOM-6 members hear everything in order, live and after a cut', async () => {
    const stage = await open()
    const pair = await stage.pair()
    pair.session.join('lobby')
    await until(() => pair.client.positions().has('lobby'))
    await pair.session.flush()
    for (let n = 0; n < 5; n++) stage.host.star.to('lobby').emit('news', n)
    await until(() => pair.client.news.length === 5)
    await stage.cut(pair)
    for (let n = 5; n < 10; n++) stage.host.star.to('lobby').emit('news', n)
    await pair.client.resume()
    await until(() => pair.client.news.length === 10)
    expect(pair.client.news.map(([, n]) => n)).to.deep.equal(Array.from({ length: 10 }, (_, n) => n))
  })

  it('ROOM-3 a log that fails is asked again, and the client is a member then', async () => {
    const stage = await open()
    const { client, session } = await stage.pair()
    log.fails = true
    session.join('lobby')
    await until(() => log.asked === 1)
    session.emit('news', 1)
    await until(() => log.asked === 2)
    log.fails = false
    session.emit('news', 2)
    await until(() => client.positions().has('lobby'))
    stage.host.star.to('lobby').emit('said', 1)
    await until(() => client.news.length === 1)
    log.fails = true
    session.join('other')
    session.leave('other')
    const { asked } = log
    session.emit('news', 3)
    await session.flush()
    expect(log.asked, 'of a room that it left').to.equal(asked)
  })

  it('ROOM-3 a log that failed is asked again also where nothing is said', async () => {
    const environment = new FakeEnvironment()
    const stage = await Stage.open({ star: { environment, sessions: { roomLog: log } } })
    stages.push(stage)
    const { client, session } = await stage.pair()
    await session.flush()
    log.fails = true
    session.join('lobby')
    await new Promise((resolve) => setImmediate(resolve))
    expect(log.asked).to.equal(1)
    log.fails = false
    // the next heartbeat is due
    environment.advance(30_001)
    await until(() => client.positions().has('lobby'))
  })

  it('ROOM-6 a log that cannot be read costs the connection, its operator is told, and the client asks again', async () => {
    const errors: unknown[] = []
    const stage = await Stage.open({
      star: {
        sessions: { roomLog: log },
        log: { ...SILENT_LOG, error: (event, fields) => errors.push([event, fields?.error]) },
      },
    })
    stages.push(stage)
    const pair = await stage.pair()
    pair.session.join('lobby')
    await until(() => pair.client.positions().has('lobby'))
    await pair.session.flush()
    await stage.cut(pair)
    stage.host.star.to('lobby').emit('news', 1)
    log.fails = true
    pair.client.open()
    await until(() => pair.client.closes.length > 0)
    expect(errors).to.deep.equal([['star.room-log-failed', 'Error: the log is down']])
    expect(pair.client.closes[0]).to.include({ reason: 'timeout' })
    log.fails = false
    await until(() => pair.session.status === STATUS.RECONNECTING)
    await pair.client.resume()
    await until(() => pair.client.news.length === 1)
  })

  it('ROOM-3 HS-18 one that was about to become a member when the server stopped is one of the next process', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'star-slow-log-'))
    try {
      const before = await open(join(directory, 'state'))
      const { client, session } = await before.pair()
      log.gate = new Promise(() => {})
      session.join('lobby')
      await before.host.star.close()
      log.gate = Promise.resolve()
      const after = await open(join(directory, 'state'))
      client.cut()
      client.moveTo(after.host)
      await client.resume()
      await until(() => client.positions().has('lobby'))
      after.host.star.to('lobby').emit('said', 1)
      await until(() => client.news.length === 1)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
