import {
  MAX_AHEAD,
  MAX_FOLLOWED_ROOMS,
  MAX_FRUITLESS,
  MAX_REPLAY_BODIES,
  MemoryRoomLog,
  type RoomBody,
  type RoomQuestion,
  replay,
} from '@socket-star/protocol/session'
import { expect } from 'chai'
import { type FollowerOutput, RecordedFollower, told } from './recorded-follower.ts'

const text = (n: number | string): RoomBody => ['news', n]
const item = (offset: number, body: RoomBody = text(offset), epoch = 'e') => ({
  room: 'lobby',
  epoch,
  offset: offset - 1,
  head: offset,
  bodies: [body],
})
const at = (offset: number, epoch = 'e') => ({ epoch, offset })

function following(offset = 0): RecordedFollower {
  const follower = new RecordedFollower()
  expect(follower.take(told('lobby', at(offset)))).to.be.empty
  return follower
}

const delivered = (outputs: readonly FollowerOutput[]) =>
  outputs.flatMap((output) => (output.do === 'deliver' ? [output.message[1]] : []))

function fetchIn(outputs: readonly FollowerOutput[]): RoomQuestion {
  const fetches = outputs.flatMap((output) => (output.do === 'fetch' ? [output.control] : []))
  expect(fetches).to.have.length(1)
  return fetches[0] as RoomQuestion
}

const answer = ({ id }: RoomQuestion, first: number, head: number, bodies: RoomBody[], epoch = 'e') => ({
  room: 'lobby',
  epoch,
  offset: first - 1,
  id,
  head,
  bodies,
})

describe('a room follower', () => {
  it('ROOM-4 hands on each message once, in order', () => {
    const follower = following()
    expect(delivered(follower.take(item(1)))).to.deep.equal([1])
    expect(delivered(follower.take(item(2)))).to.deep.equal([2])
    for (const offset of [1, 2]) expect(follower.take(item(offset)), 'a double').to.be.empty
    expect(follower.positions()).to.deep.equal(new Map([['lobby', { epoch: 'e', offset: 2 }]]))
  })

  it('ROOM-4 drops what belongs to a room that it is no member of', () => {
    const follower = new RecordedFollower()
    expect(follower.take(item(1))).to.be.empty
    follower.take(told('lobby', at(5)))
    expect(follower.take(item(5)), 'from before').to.be.empty
    expect(delivered(follower.take(item(6)))).to.deep.equal([6])
    follower.leave('lobby')
    expect(follower.take(item(7))).to.be.empty
    expect(follower.positions().size).to.equal(0)
  })

  it('ROOM-7 what came live of a life that the log knows nothing of is not asked for for ever', () => {
    const follower = following()
    let fetch = fetchIn(follower.take(item(5)))
    for (let fruitless = 1; fruitless < MAX_FRUITLESS; fruitless++) {
      fetch = fetchIn(follower.take(answer(fetch, 1, 0, [])))
    }
    expect(follower.take(answer(fetch, 1, 0, []))).to.be.empty
    expect(delivered(follower.take(item(1)))).to.deep.equal([1])
  })

  it('ROOM-7 what came live after the question waits for the next answer', () => {
    const follower = following()
    const first = fetchIn(follower.take(item(3)))
    expect(follower.take(item(5))).to.be.empty
    const outputs = follower.take(answer(first, 1, 3, [text(1), text(2)]))
    expect(delivered(outputs)).to.deep.equal([1, 2, 3])
    const second = fetchIn(outputs.filter((output) => output.do === 'fetch'))
    expect(delivered(follower.take(answer(second, 4, 5, [text(4)])))).to.deep.equal([4, 5])
  })

  it('ROOM-4 ROOM-6 a gap that live messages closed meanwhile does not lead back', () => {
    const follower = following()
    const [asked] = follower.resume()
    const fetch = fetchIn(asked ? [asked] : [])
    for (const offset of [1, 2, 3]) expect(delivered(follower.take(item(offset)))).to.deep.equal([offset])
    const outputs = follower.take(answer(fetch, 3, 4, []))
    expect(outputs.map(({ do: what }) => what)).to.deep.equal(['fetch'])
    expect(fetchIn(outputs).offset).to.equal(3)
    expect(follower.take(item(3)), 'a double').to.be.empty
  })

  it('ROOM-5 a skip is no hole', () => {
    const follower = following()
    expect(follower.take(item(1, 2))).to.be.empty
    expect(delivered(follower.take(item(3)))).to.deep.equal([3])
    expect(follower.take(item(2, 3)), 'one that overlaps counts from where we are').to.be.empty
    expect(delivered(follower.take(item(5)))).to.deep.equal([5])
  })

  it('ROOM-7 asks once for a hole, and hands on nothing that is behind it', () => {
    const follower = following()
    follower.take(item(1))
    const outputs = follower.take(item(3))
    expect(delivered(outputs)).to.be.empty
    const fetch = fetchIn(outputs)
    expect(fetch).to.deep.include({ room: 'lobby', epoch: 'e', offset: 1 })
    expect(fetch.id).to.be.greaterThan(0)
    expect(follower.take(item(4)), 'asked already').to.be.empty
    const after = follower.take(answer(fetch, 2, 4, [text(2), text(3), text(4)]))
    expect(delivered(after)).to.deep.equal([2, 3, 4])
    expect(after, 'it is there').to.have.length(3)
  })

  it('ROOM-7 what overtook another needs no replay of its own', () => {
    const follower = following()
    follower.take(item(2))
    expect(delivered(follower.take(item(1)))).to.deep.equal([1, 2])
  })

  it('ROOM-7 at most MAX_AHEAD wait behind a hole; what did not fit is asked for again', () => {
    const follower = following()
    const fetch = fetchIn(follower.take(item(2)))
    for (let offset = 3; offset <= MAX_AHEAD + 10; offset++) follower.take(item(offset))
    const outputs = follower.take(answer(fetch, 1, 1, [text(1)]))
    expect(delivered(outputs)).to.deep.equal(Array.from({ length: MAX_AHEAD + 1 }, (_, index) => index + 1))
    expect(outputs.filter(({ do: what }) => what === 'fetch')).to.be.empty
    const next = fetchIn(follower.take(item(MAX_AHEAD + 11)))
    expect(next.offset).to.equal(MAX_AHEAD + 1)
  })

  it('ROOM-6 asks on until it has reached the head', () => {
    const follower = following()
    const [first] = follower.resume()
    const one = fetchIn(first ? [first] : [])
    const two = fetchIn(follower.take(answer(one, 1, 4, [text(1), text(2)])))
    expect(two.offset).to.equal(2)
    const outputs = follower.take(answer(two, 3, 4, [text(3), text(4)]))
    expect(outputs.map(({ do: what }) => what)).to.deep.equal(['deliver', 'deliver'])
  })

  it('ROOM-6 an answer to an earlier question is ignored', () => {
    const follower = following(3)
    const early = fetchIn(follower.resume())
    const late = fetchIn(follower.resume())
    expect(late.id).to.be.greaterThan(early.id)
    expect(follower.take(answer(early, 4, 4, [text(4)]))).to.be.empty
    expect(follower.take(answer(early, 10, 9, [], 'f'))).to.be.empty
    expect(delivered(follower.take(answer(late, 4, 4, [text(4)])))).to.deep.equal([4])
    expect(follower.take(answer(late, 10, 9, [], 'f')), 'nor is one heard twice').to.be.empty
  })

  it('ROOM-6 an answer that begins behind a hole is a gap', () => {
    const follower = following(3)
    const fetch = fetchIn(follower.resume())
    const outputs = follower.take(answer(fetch, 5, 6, [text(5), text(6)]))
    expect(outputs.filter(({ do: what }) => what !== 'fetch')).to.deep.equal([
      { do: 'gap', room: 'lobby', from: at(3), to: at(4) },
      { do: 'deliver', message: text(5) },
      { do: 'deliver', message: text(6) },
    ])
    expect(follower.positions().get('lobby')?.offset).to.equal(6)
  })

  it('ROOM-6 who is ahead of the log goes back to its end, and is told', () => {
    const follower = following(7)
    const fetch = fetchIn(follower.resume())
    const [gap, again] = follower.take(answer(fetch, 5, 4, []))
    expect(gap).to.deep.equal({ do: 'gap', room: 'lobby', from: at(7), to: at(4) })
    expect(again).to.have.nested.property('control.offset', 4)
    expect(delivered(follower.take(item(5)))).to.deep.equal([5])
  })

  it('ROOM-6 a server that never gets on is not asked for ever', () => {
    const follower = following(3)
    const fetch = fetchIn(follower.resume())
    expect(follower.take(answer(fetch, 4, 100, []))).to.be.empty
  })

  it('ROOM-6 a gap is told with both its ends, and what is behind it goes on', () => {
    const follower = following(3)
    const fetch = fetchIn(follower.take(item(12)))
    const outputs = follower.take(answer(fetch, 12, 13, []))
    expect(outputs.filter(({ do: what }) => what !== 'fetch')).to.deep.equal([
      { do: 'gap', room: 'lobby', from: at(3), to: at(11) },
      { do: 'deliver', message: text(12) },
    ])
    expect(fetchIn(outputs).offset, 'a gap may end before the head').to.equal(12)
  })

  it('ROOM-7 a message of another epoch is not handed on before the gap is told', () => {
    const follower = following(3)
    const outputs = follower.take(item(1, text('new'), 'f'))
    expect(delivered(outputs)).to.be.empty
    const fetch = fetchIn(outputs)
    expect(fetch).to.deep.include({ epoch: 'e', offset: 3 })
    const behind = follower.take(answer(fetch, 2, 1, [], 'f'))
    const [gap] = behind
    expect(fetchIn(behind), 'what came live before it was told is not lost').to.deep.include({
      epoch: 'f',
      offset: 1,
    })
    expect(gap).to.deep.include({ do: 'gap', to: { epoch: 'f', offset: 1 } })
    expect(delivered(follower.take(item(2, text('next'), 'f')))).to.deep.equal(['next'])
    expect(delivered(follower.take(item(4))), 'a latecomer of the old epoch').to.be.empty
  })

  it('ROOM-6 a renewed session that joins again asks for what came in between', () => {
    const follower = following(3)
    const outputs = follower.take(told('lobby', at(5)))
    const fetch = fetchIn(outputs)
    expect(fetch.offset).to.equal(3)
    expect(delivered(follower.take(answer(fetch, 4, 5, [text(4), text(5)])))).to.deep.equal([4, 5])
    expect(follower.take(told('lobby', at(5))), 'nothing missed').to.be.empty
  })

  it('ROOM-1 follows at most MAX_FOLLOWED_ROOMS', () => {
    const follower = new RecordedFollower()
    const join = (room: string) => follower.take(told(room, at(0)))
    for (let i = 0; i < MAX_FOLLOWED_ROOMS; i++) expect(join(`room-${i}`)).to.be.empty
    expect(join('one-more')).to.deep.equal([
      { do: 'gap', room: 'one-more', from: { epoch: '', offset: 0 }, to: undefined },
    ])
    expect(follower.positions().size).to.equal(MAX_FOLLOWED_ROOMS)
    expect(join('room-0'), 'one that it follows is no further one').to.be.empty
  })
})

describe('a replay', () => {
  const log = async (count: number, except?: (n: number) => string[]) => {
    const made = new MemoryRoomLog({ newEpoch: () => 'e' })
    for (let n = 1; n <= count; n++) {
      await made.append('lobby', { body: ['news', n], bytes: 10, except: except?.(n) ?? [] })
    }
    return made
  }
  const fetch = (offset: number, epoch = 'e'): RoomQuestion => ({
    room: 'lobby',
    epoch,
    offset,
    id: 7,
  })

  it('ROOM-6 answers with what came after, and where the log ends', async () => {
    expect(await replay(await log(4), 'ada', fetch(2))).to.deep.equal({
      room: 'lobby',
      epoch: 'e',
      offset: 2,
      id: 7,
      head: 4,
      bodies: [text(3), text(4)],
    })
  })

  it('ROOM-6 brings at most MAX_REPLAY_BODIES', async () => {
    const answered = await replay(await log(MAX_REPLAY_BODIES + 1), 'ada', fetch(0))
    expect(answered.bodies).to.have.length(MAX_REPLAY_BODIES)
    expect(answered.head).to.equal(MAX_REPLAY_BODIES + 1)
  })

  it('ROOM-5 what a member was left out of becomes a skip, and skips that touch become one', async () => {
    const except = (n: number) => (n === 2 || n === 3 || n === 5 ? ['ada', 'eve'] : ['bob'])
    const answered = await replay(await log(5, except), 'ada', fetch(0))
    expect(answered).to.deep.include({ bodies: [text(1), 2, text(4), 1] })
    const bob = await replay(await log(5, except), 'bob', fetch(0))
    expect(bob).to.deep.include({ bodies: [1, text(2), text(3), 1, text(5)] })
  })

  it('ROOM-6 a gap for another epoch, and for what is older than the membership', async () => {
    const made = await log(6)
    const gap = { room: 'lobby', id: 7, epoch: 'e', head: 6, bodies: [] }
    expect(await replay(made, 'ada', fetch(2, 'f')), 'all of it is there').to.deep.equal({
      ...gap,
      offset: 0,
    })
    const since = { epoch: 'e', offset: 4 }
    expect(await replay(made, 'ada', fetch(2, 'f'), since)).to.deep.equal({ ...gap, offset: 4 })
    const earlier = { epoch: 'f', offset: 4 }
    expect(await replay(made, 'ada', fetch(5, 'f'), earlier)).to.deep.equal({ ...gap, offset: 0 })
    expect(await replay(made, 'ada', fetch(3), since)).to.deep.equal({ ...gap, offset: 4 })
    expect(await replay(made, 'ada', fetch(4), since)).to.deep.include({
      offset: 4,
      bodies: [text(5), text(6)],
    })
  })
})
