import { MemoryRoomLog } from '@socket-star/protocol/session'
import { expect } from 'chai'
import { roomLogContract } from './log-contract.ts'

let epochs = 0
const newEpoch = () => `epoch-${++epochs}`
const message = (text: string, bytes: number) => ({ body: ['news', text], bytes })

roomLogContract('the log in memory', (limits) => new MemoryRoomLog({ newEpoch, ...limits }))

describe('the log in memory', () => {
  it('ROOM-2 bounds the bytes of all rooms: the quietest lose their history first, and keep their place', async () => {
    const log = new MemoryRoomLog({ newEpoch, totalBytes: 1_000 })
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
