/** What every {@link RoomLog} has to do, whatever keeps it (ROOM-1, ROOM-2). */
import { isStarError } from '@socket-star/protocol'
import { MAX_EXCEPT, type RoomLog, type RoomMessage } from '@socket-star/protocol/session'
import { expect } from 'chai'

/** Limits that the contract makes a log with. */
export interface RoomLogLimits {
  readonly historyMessages: number
  readonly historyBytes: number
  readonly maxRooms: number
}

const message = (text: string, bytes = 10): RoomMessage => ({ body: ['news', text], bytes })

/** Runs the contract on logs that `create` makes; each is empty and has the limits it is asked for. */
export function roomLogContract(
  name: string,
  create: (limits: RoomLogLimits) => RoomLog | Promise<RoomLog>,
): void {
  const small: RoomLogLimits = { historyMessages: 5, historyBytes: 1_000, maxRooms: 3 }

  describe(`${name} is a room log`, () => {
    it('ROOM-1 a room that nobody wrote to stands at offset 0', async () => {
      const log = await create(small)
      const head = await log.head('lobby')
      expect(head.offset).to.equal(0)
      expect(head.epoch).to.be.a('string').with.length.within(1, 64)
      expect(await log.head('lobby'), 'and stays there').to.deep.equal(head)
      expect(await log.read('lobby', head, 10)).to.deep.equal({
        is: 'entries',
        epoch: head.epoch,
        head: 0,
        entries: [],
      })
    })

    it('ROOM-1 offsets begin at 1, without holes, in the order of the calls', async () => {
      const log = await create(small)
      const { epoch } = await log.head('lobby')
      const positions = await Promise.all(['a', 'b', 'c'].map((text) => log.append('lobby', message(text))))
      expect(positions).to.deep.equal([1, 2, 3].map((offset) => ({ epoch, offset })))
      const read = await log.read('lobby', { epoch, offset: 0 }, 10)
      expect(
        read.is === 'entries' && read.entries.map(({ body, offset }) => [offset, body[1]]),
      ).to.deep.equal([
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ])
    })

    it('ROOM-1 rooms are apart, whatever they are called', async () => {
      const log = await create(small)
      for (const room of ['__proto__', 'constructor', 'lobby']) {
        expect((await log.append(room, message(room))).offset).to.equal(1)
      }
      const epoch = (await log.head('constructor')).epoch
      const read = await log.read('constructor', { epoch, offset: 0 }, 10)
      expect(read.is === 'entries' && read.entries).to.have.length(1)
    })

    it('ROOM-6 reads from behind a position, as much as it is asked for', async () => {
      const log = await create(small)
      for (const text of ['a', 'b', 'c', 'd']) await log.append('lobby', message(text))
      const { epoch } = await log.head('lobby')
      const read = await log.read('lobby', { epoch, offset: 1 }, 2)
      expect(read).to.deep.include({ is: 'entries', epoch, head: 4 })
      expect(read.is === 'entries' && read.entries.map(({ offset }) => offset)).to.deep.equal([2, 3])
      const none = await log.read('lobby', { epoch, offset: 4 }, 2)
      expect(none).to.deep.equal({ is: 'entries', epoch, head: 4, entries: [] })
    })

    it('ROOM-6 another epoch, or a position ahead of the log, is a gap', async () => {
      const log = await create(small)
      const { epoch } = await log.append('lobby', message('a'))
      const gap = { is: 'gap', epoch, head: 1 }
      const other = await log.read('lobby', { epoch: `${epoch}x`, offset: 1 }, 10)
      expect(other, 'all of it is to be had').to.deep.equal({ ...gap, behind: 0 })
      const ahead = await log.read('lobby', { epoch, offset: 2 }, 10)
      expect(ahead, 'nothing that may have been handed on').to.deep.equal({ ...gap, behind: 1 })
    })

    it('ROOM-2 keeps historyMessages; one further back is a gap', async () => {
      const log = await create(small)
      for (let i = 0; i < 8; i++) await log.append('lobby', message(String(i)))
      const { epoch } = await log.head('lobby')
      const read = await log.read('lobby', { epoch, offset: 3 }, 10)
      expect(read.is === 'entries' && read.entries.map(({ offset }) => offset)).to.deep.equal([4, 5, 6, 7, 8])
      const gap = { is: 'gap', epoch, head: 8, behind: 3 }
      for (const offset of [0, 2]) expect(await log.read('lobby', { epoch, offset }, 10)).to.deep.equal(gap)
    })

    it('ROOM-2 keeps historyBytes; a message larger than that is a gap at once', async () => {
      const log = await create(small)
      for (let i = 0; i < 3; i++) await log.append('lobby', message(String(i), 400))
      const { epoch } = await log.head('lobby')
      expect(await log.read('lobby', { epoch, offset: 0 }, 10)).to.have.property('is', 'gap')
      expect(await log.read('lobby', { epoch, offset: 1 }, 10)).to.have.property('is', 'entries')
      await log.append('lobby', message('huge', 1_001))
      expect(await log.read('lobby', { epoch, offset: 3 }, 10)).to.deep.equal({
        is: 'gap',
        epoch,
        head: 4,
        behind: 4,
      })
      expect(await log.read('lobby', { epoch, offset: 4 }, 10)).to.have.property('is', 'entries')
    })

    it('ROOM-2 past maxRooms the quietest is forgotten, and begins a new epoch', async () => {
      const log = await create(small)
      const first = await log.append('quiet', message('a'))
      const busy = await log.append('busy', message('a'))
      await log.append('third', message('a'))
      await log.append('busy', message('b'))
      await log.append('fourth', message('a'))
      const again = await log.head('quiet')
      expect(again.offset).to.equal(0)
      expect(again.epoch).not.to.equal(first.epoch)
      expect(await log.read('quiet', first, 10)).to.have.property('is', 'gap')
      expect(await log.head('busy')).to.deep.equal({ epoch: busy.epoch, offset: 2 })
    })

    it('ROOM-5 keeps who is left out, and refuses more than MAX_EXCEPT', async () => {
      const log = await create(small)
      const except = Array.from({ length: MAX_EXCEPT }, (_, index) => `member-${index}`)
      const { epoch } = await log.append('lobby', { ...message('a'), except })
      const read = await log.read('lobby', { epoch, offset: 0 }, 1)
      expect(read.is === 'entries' && read.entries[0]?.except).to.deep.equal(except)
      const tooMany = log.append('lobby', { ...message('b'), except: [...except, 'one-more'] })
      expect(await tooMany.catch((error: unknown) => isStarError(error) && error.code)).to.equal('ERR_QUOTA')
      expect((await log.head('lobby')).offset).to.equal(1)
    })
  })
}
