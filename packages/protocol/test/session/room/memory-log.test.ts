import { MemoryRoomLog } from '@socket-star/protocol/session'
import { expect } from 'chai'
import { roomLogContract } from './log-contract.ts'

let epochs = 0
const newEpoch = () => `epoch-${++epochs}`
const message = (text: string, bytes: number) => ({ body: ['news', text], bytes })

roomLogContract('the log in memory', (limits) => new MemoryRoomLog({ newEpoch, ...limits }))

describe('the log in memory', () => {
  it('ROOM-2 bounds the bytes of all rooms: the quietest lose their history first, and keep their place', async () => {
    const log = new MemoryRoomLog({ newEpoch, totalBytes: 1_000 + 2 * 128 })
    const quiet = await log.append('quiet', message('a', 400))
    await log.append('busy', message('a', 400))
    expect(log.bytes).to.equal(800)
    await log.append('busy', message('b', 400))
    expect(log.bytes).to.equal(800)
    expect(await log.read('quiet', { ...quiet, offset: 0 }, 9)).to.have.property('is', 'gap')
    expect(await log.read('quiet', quiet, 9), 'who had it all goes on').to.have.property('is', 'entries')
    await log.append('huge', message('c', 5_000))
    expect(log.bytes).to.equal(0)
  })

  it('ROOM-2 counts what messages take beside their bytes, and whom they leave out', async () => {
    const log = new MemoryRoomLog({ newEpoch, totalBytes: 10_000 })
    const start = await log.head('busy')
    const kept = async (): Promise<number> => {
      const read = await log.read('busy', { ...start, offset: (await log.head('busy')).offset }, 9)
      const oldest = await log.read('busy', { epoch: start.epoch, offset: 0 }, 1_024)
      expect(read.is).to.equal('entries')
      return oldest.is === 'gap' ? (await log.head('busy')).offset - oldest.behind : oldest.entries.length
    }
    for (let n = 0; n < 1_000; n++) await log.append('busy', message('a', 2))
    expect(await kept()).to.equal(Math.floor(10_000 / (2 + 128)))
    const except = Array.from({ length: 64 }, (_, n) => `member-${n}`)
    for (let n = 0; n < 1_000; n++) await log.append('busy', { ...message('a', 2), except })
    expect(await kept()).to.equal(Math.floor(10_000 / (2 + 128 + 64 * 64)))
    log.forget('busy')
    for (let n = 0; n < 1_000; n++) await log.append('other', message('a', 2))
    expect(log.bytes).to.equal(2 * Math.floor(10_000 / (2 + 128)))
  })

  it('ROOM-2 a snapshot brings rooms back with their epochs, offsets and history', async () => {
    const log = new MemoryRoomLog({ newEpoch, historyMessages: 2 })
    for (const text of ['a', 'b', 'c']) await log.append('lobby', message(text, 10))
    await log.append('other', { ...message('x', 5), except: ['ada'] })
    const restored = new MemoryRoomLog({ newEpoch, historyMessages: 2 })
    restored.restore(JSON.parse(JSON.stringify(log.snapshot())))
    const head = await log.head('lobby')
    expect(await restored.head('lobby')).to.deep.equal(head)
    expect(restored.bytes).to.equal(log.bytes)
    for (const room of ['lobby', 'other']) {
      const from = { epoch: (await log.head(room)).epoch, offset: (await log.head(room)).offset - 1 }
      expect(await restored.read(room, from, 9)).to.deep.equal(await log.read(room, from, 9))
    }
    expect(await restored.append('lobby', message('d', 10))).to.deep.equal({ ...head, offset: 4 })
    expect(restored.bytes).to.equal(25)
  })

  it('ROOM-2 forgets a room when it is told to', async () => {
    const log = new MemoryRoomLog({ newEpoch })
    const { epoch } = await log.append('lobby', message('a', 10))
    log.forget('lobby')
    log.forget('nowhere')
    expect([log.rooms, log.bytes]).to.deep.equal([0, 0])
    expect((await log.head('lobby')).epoch).not.to.equal(epoch)
  })
})
