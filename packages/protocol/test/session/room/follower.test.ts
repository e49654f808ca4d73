import {
  MAX_AHEAD,
  MAX_FOLLOWED_ROOMS,
  MAX_FRUITLESS,
  MAX_REPLAY_BODIES,
  MemoryRoomLog,
  type RoomBody,
  type RoomFetch,
  replay,
} from '@socket-star/protocol/session'
import { expect } from 'chai'
import { type FollowerOutput, RecordedFollower } from './recorded-follower.ts'

const text = (n: number | string): RoomBody => ['news', n]
const item = (offset: number, body: RoomBody = text(offset), epoch = 'e') => ({
  room: 'lobby',
  epoch,
  offset,
  body,
})

function following(offset = 0): RecordedFollower {
  const follower = new RecordedFollower()
  expect(follower.control({ kind: 'joined', room: 'lobby', epoch: 'e', offset })).to.be.empty
  return follower
}

const delivered = (outputs: readonly FollowerOutput[]) =>
  outputs.flatMap((output) => (output.do === 'deliver' ? [output.message[1]] : []))

function fetchIn(outputs: readonly FollowerOutput[]): RoomFetch {
  const fetches = outputs.flatMap((output) => (output.do === 'fetch' ? [output.control] : []))
  expect(fetches).to.have.length(1)
  return fetches[0] as RoomFetch
}

const answer = (fetch: RoomFetch, first: number, head: number, bodies: RoomBody[]) =>
  ({ kind: 'replay', room: 'lobby', epoch: 'e', id: fetch.id, first, head, bodies }) as const

describe('a room follower', () => {
  it('ROOM-4 hands on each message once, in order', () => {
    const follower = following()
    expect(delivered(follower.item(item(1)))).to.deep.equal([1])
    expect(delivered(follower.item(item(2)))).to.deep.equal([2])
    for (const offset of [1, 2]) expect(follower.item(item(offset)), 'a double').to.be.empty
    expect(follower.positions()).to.deep.equal(new Map([['lobby', { epoch: 'e', offset: 2 }]]))
  })

  it('ROOM-4 drops what belongs to a room that it is no member of', () => {
    const follower = new RecordedFollower()
    expect(follower.item(item(1))).to.be.empty
    follower.control({ kind: 'joined', room: 'lobby', epoch: 'e', offset: 5 })
    expect(follower.item(item(5)), 'from before').to.be.empty
    expect(delivered(follower.item(item(6)))).to.deep.equal([6])
    follower.control({ kind: 'left', room: 'lobby' })
    expect(follower.item(item(7))).to.be.empty
    expect(follower.positions().size).to.equal(0)
  })

  it('ROOM-7 what came live of a life that the log knows nothing of is not asked for for ever', () => {
    const follower = following()
    let fetch = fetchIn(follower.item(item(5)))
    for (let fruitless = 1; fruitless < MAX_FRUITLESS; fruitless++) {
      fetch = fetchIn(follower.control(answer(fetch, 1, 0, [])))
    }
    expect(follower.control(answer(fetch, 1, 0, []))).to.be.empty
    expect(delivered(follower.item(item(1)))).to.deep.equal([1])
  })

  it('ROOM-7 what came live after the question waits for the next answer', () => {
    const follower = following()
    const first = fetchIn(follower.item(item(3)))
    expect(follower.item(item(5))).to.be.empty
    const outputs = follower.control(answer(first, 1, 3, [text(1), text(2)]))
    expect(delivered(outputs)).to.deep.equal([1, 2, 3])
    const second = fetchIn(outputs.filter((output) => output.do === 'fetch'))
    expect(delivered(follower.control(answer(second, 4, 5, [text(4)])))).to.deep.equal([4, 5])
  })

  it('ROOM-4 ROOM-6 a gap that live messages closed meanwhile does not lead back', () => {
    const follower = following()
    const [asked] = follower.resume()
    const fetch = fetchIn(asked ? [asked] : [])
    for (const offset of [1, 2, 3]) expect(delivered(follower.item(item(offset)))).to.deep.equal([offset])
    const outputs = follower.control({ kind: 'gap', room: 'lobby', epoch: 'e', offset: 2, id: fetch.id })
    expect(fetchIn(outputs).offset).to.equal(3)
    expect(follower.item(item(3)), 'a double').to.be.empty
  })

  it('ROOM-5 a skip is no hole', () => {
    const follower = following()
    expect(follower.item(item(1, 2))).to.be.empty
    expect(delivered(follower.item(item(3)))).to.deep.equal([3])
    expect(follower.item(item(2, 3)), 'one that overlaps counts from where we are').to.be.empty
    expect(delivered(follower.item(item(5)))).to.deep.equal([5])
  })

  it('ROOM-7 asks once for a hole, and hands on nothing that is behind it', () => {
    const follower = following()
    follower.item(item(1))
    const outputs = follower.item(item(3))
    expect(delivered(outputs)).to.be.empty
    const fetch = fetchIn(outputs)
    expect(fetch).to.deep.equal({ kind: 'fetch', room: 'lobby', epoch: 'e', offset: 1, id: fetch.id })
    expect(follower.item(item(4)), 'asked already').to.be.empty
    const after = follower.control(answer(fetch, 2, 4, [text(2), text(3), text(4)]))
    expect(delivered(after)).to.deep.equal([2, 3, 4])
    expect(after, 'it is there').to.have.length(3)
  })

  it('ROOM-7 what overtook another needs no replay of its own', () => {
    const follower = following()
    follower.item(item(2))
    expect(delivered(follower.item(item(1)))).to.deep.equal([1, 2])
  })

  it('ROOM-7 at most MAX_AHEAD wait behind a hole; what did not fit is asked for again', () => {
    const follower = following()
    const fetch = fetchIn(follower.item(item(2)))
    for (let offset = 3; offset <= MAX_AHEAD + 10; offset++) follower.item(item(offset))
    const outputs = follower.control(answer(fetch, 1, 1, [text(1)]))
    expect(delivered(outputs)).to.deep.equal(Array.from({ length: MAX_AHEAD + 1 }, (_, index) => index + 1))
    expect(outputs.filter(({ do: what }) => what === 'fetch')).to.be.empty
    const next = fetchIn(follower.item(item(MAX_AHEAD + 11)))
    expect(next.offset).to.equal(MAX_AHEAD + 1)
  })

  it('ROOM-6 asks on until it has reached the head', () => {
    const follower = following()
    const [first] = follower.resume()
    const one = fetchIn(first ? [first] : [])
    const two = fetchIn(follower.control(answer(one, 1, 4, [text(1), text(2)])))
    expect(two.offset).to.equal(2)
    const outputs = follower.control(answer(two, 3, 4, [text(3), text(4)]))
    expect(outputs.map(({ do: what }) => what)).to.deep.equal(['deliver', 'deliver'])
  })

  it('ROOM-6 an answer to an earlier question is ignored', () => {
    const follower = following(3)
    const early = fetchIn(follower.resume())
    const late = fetchIn(follower.resume())
    expect(late.id).to.be.greaterThan(early.id)
    expect(follower.control(answer(early, 4, 4, [text(4)]))).to.be.empty
    const gap = { kind: 'gap', room: 'lobby', epoch: 'f', offset: 9 } as const
    expect(follower.control({ ...gap, id: early.id })).to.be.empty
    expect(delivered(follower.control(answer(late, 4, 4, [text(4)])))).to.deep.equal([4])
    expect(follower.control({ ...gap, id: late.id }), 'nor is one heard twice').to.be.empty
  })

  it('ROOM-6 a replay that would leave a hole is no answer', () => {
    const follower = following(3)
    const fetch = fetchIn(follower.resume())
    expect(follower.control(answer(fetch, 5, 6, [text(5), text(6)]))).to.be.empty
    expect(follower.positions().get('lobby')?.offset).to.equal(3)
    expect(fetchIn(follower.item(item(6))).offset, 'and it asks again').to.equal(3)
  })

  it('ROOM-6 a server that never gets on is not asked for ever', () => {
    const follower = following(3)
    const fetch = fetchIn(follower.resume())
    expect(follower.control(answer(fetch, 4, 100, []))).to.be.empty
  })

  it('ROOM-6 a gap is told with both its ends, and what is behind it goes on', () => {
    const follower = following(3)
    const fetch = fetchIn(follower.item(item(12)))
    const outputs = follower.control({ kind: 'gap', room: 'lobby', epoch: 'e', offset: 11, id: fetch.id })
    expect(outputs.slice(0, 2)).to.deep.equal([
      { do: 'gap', room: 'lobby', from: { epoch: 'e', offset: 3 }, to: { epoch: 'e', offset: 11 } },
      { do: 'deliver', message: text(12) },
    ])
    expect(fetchIn(outputs).offset, 'a gap may end before the head').to.equal(12)
  })

  it('ROOM-7 a message of another epoch is not handed on before the gap is told', () => {
    const follower = following(3)
    const outputs = follower.item(item(1, text('new'), 'f'))
    expect(delivered(outputs)).to.be.empty
    const fetch = fetchIn(outputs)
    expect(fetch).to.deep.include({ epoch: 'e', offset: 3 })
    const [gap] = follower.control({ kind: 'gap', room: 'lobby', epoch: 'f', offset: 1, id: fetch.id })
    expect(gap).to.deep.include({ do: 'gap', to: { epoch: 'f', offset: 1 } })
    expect(delivered(follower.item(item(2, text('next'), 'f')))).to.deep.equal(['next'])
    expect(delivered(follower.item(item(4))), 'a latecomer of the old epoch').to.be.empty
  })

  it('ROOM-6 a renewed session that joins again asks for what came in between', () => {
    const follower = following(3)
    const outputs = follower.control({ kind: 'joined', room: 'lobby', epoch: 'e', offset: 5 })
    const fetch = fetchIn(outputs)
    expect(fetch.offset).to.equal(3)
    expect(delivered(follower.control(answer(fetch, 4, 5, [text(4), text(5)])))).to.deep.equal([4, 5])
    expect(follower.control({ kind: 'joined', room: 'lobby', epoch: 'e', offset: 5 }), 'nothing missed').to.be
      .empty
  })

  it('ROOM-1 follows at most MAX_FOLLOWED_ROOMS', () => {
    const follower = new RecordedFollower()
    const join = (room: string) => follower.control({ kind: 'joined', room, epoch: 'e', offset: 0 })
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
  const fetch = (offset: number, epoch = 'e'): RoomFetch => ({
    kind: 'fetch',
    room: 'lobby',
    epoch,
    offset,
    id: 7,
  })

  it('ROOM-6 answers with what came after, and where the log ends', async () => {
    expect(await replay(await log(4), 'ada', fetch(2))).to.deep.equal({
      kind: 'replay',
      room: 'lobby',
      epoch: 'e',
      first: 3,
      id: 7,
      head: 4,
      bodies: [text(3), text(4)],
    })
  })

  it('ROOM-6 brings at most MAX_REPLAY_BODIES', async () => {
    const answered = await replay(await log(MAX_REPLAY_BODIES + 1), 'ada', fetch(0))
    expect(answered.kind === 'replay' && answered.bodies.length).to.equal(MAX_REPLAY_BODIES)
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
    const gap = { kind: 'gap', room: 'lobby', id: 7, epoch: 'e' }
    expect(await replay(made, 'ada', fetch(2, 'f')), 'all of it is there').to.deep.equal({
      ...gap,
      offset: 0,
    })
    const since = { epoch: 'e', offset: 4 }
    expect(await replay(made, 'ada', fetch(2, 'f'), since)).to.deep.equal({ ...gap, offset: 4 })
    const earlier = { epoch: 'f', offset: 4 }
    expect(await replay(made, 'ada', fetch(5, 'f'), earlier)).to.deep.equal({ ...gap, offset: 0 })
    expect(await replay(made, 'ada', fetch(3), since)).to.deep.equal({ ...gap, offset: 4 })
    expect(await replay(made, 'ada', fetch(4), since)).to.deep.include({ kind: 'replay', first: 5 })
  })
})
