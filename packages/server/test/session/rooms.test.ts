import { isStarError } from '@socket-star/protocol'
import { type Message, ROOM_HISTORY_MESSAGES, type RoomNews } from '@socket-star/protocol/session'
import { expect } from 'chai'
import { REPLAY_BYTES } from '../../src/session/rooms/replay-payload.ts'
import { until } from '../support/host.ts'
import { Stage } from './stage.ts'

const isAnswer = (message: Message): message is RoomNews => message.kind === 'room' && message.id > 0

describe('rooms on the server', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await Stage.open()
  })
  afterEach(() => stage.close())

  const members = async (count: number) => {
    const all = await Promise.all(Array.from({ length: count }, () => stage.pair()))
    for (const { session } of all) session.join('lobby')
    await until(() => all.every(({ client }) => client.positions().has('lobby')))
    // who was cut before the server knew that it knows is told again, and asks once more
    await Promise.all(all.map(({ session }) => session.flush()))
    return all
  }

  it('ROOM-3 ROOM-4 every member gets the same, once and in order, and nobody else does', async () => {
    const all = await members(3)
    const other = await stage.pair()
    for (let n = 1; n <= 5; n++) stage.host.star.to('lobby').emit('news', n, { deep: ['ä', n] })
    await until(() => all.every(({ client }) => client.news.length === 5))
    for (const { client } of all) {
      expect(client.news).to.deep.equal([1, 2, 3, 4, 5].map((n) => ['news', n, { deep: ['ä', n] }]))
      expect(new Set(client.items.map(({ head }) => head))).to.deep.equal(new Set([1, 2, 3, 4, 5]))
    }
    expect(other.client.news).to.deep.equal([])
  })

  it('ROOM-6 one that was away gets what it missed, and no more', async () => {
    const [here, away] = (await members(2)) as [
      Awaited<ReturnType<Stage['pair']>>,
      Awaited<ReturnType<Stage['pair']>>,
    ]
    stage.host.star.to('lobby').emit('news', 1)
    await until(() => away.client.news.length === 1)
    await stage.cut(away)
    for (let n = 2; n <= 4; n++) stage.host.star.to('lobby').emit('news', n)
    await until(() => here.client.news.length === 4)
    await away.client.resume()
    await until(() => away.client.news.length === 4)
    stage.host.star.to('lobby').emit('news', 5)
    await until(() => away.client.news.length === 5)
    expect(away.client.news).to.deep.equal(here.client.news)
    expect(away.client.room.some((each) => each.do === 'gap')).to.equal(false)
  })

  it('ROOM-5 the one that is left out gets a skip, live and when it was away', async () => {
    const [a, b] = (await members(2)) as [
      Awaited<ReturnType<Stage['pair']>>,
      Awaited<ReturnType<Stage['pair']>>,
    ]
    stage.host.star.to('lobby').except(a.session).emit('news', 1)
    b.session.to('lobby').emit('news', 2)
    await until(() => a.client.news.length === 1)
    expect(a.client.positions().get('lobby')?.offset).to.equal(2)
    expect(a.client.news).to.deep.equal([['news', 2]])
    expect(b.client.news).to.deep.equal([['news', 1]])
    await stage.cut(a)
    stage.host.star.to('lobby').except(a.session.id).emit('news', 3)
    stage.host.star.to('lobby').emit('news', 4)
    await a.client.resume()
    await until(() => a.client.news.length === 2)
    expect(a.client.news.at(-1)).to.deep.equal(['news', 4])
    expect(() =>
      stage.host.star
        .to('lobby')
        .except(Array.from({ length: 65 }, (_, n) => `${n}`))
        .emit('news'),
    ).to.throw('64')
  })

  it('a broadcast follows what was emitted to its members before it', async () => {
    const [a] = (await members(1)) as [Awaited<ReturnType<Stage['pair']>>]
    const order: unknown[] = []
    a.client.socket.prependAny((event, ...args) => {
      if (event === 'star' && Array.isArray(args[1])) order.push(...args[1])
      if (event === 'star-volatile') order.push(args[6])
    })
    a.session.emit('one')
    stage.host.star.to('lobby').emit('two')
    a.session.emit('three')
    await until(() => order.length === 3)
    expect(order).to.deep.equal(['["one"]', [['two']], '["three"]'])
  })

  it('binaries travel live and in a replay', async () => {
    const [a] = (await members(1)) as [Awaited<ReturnType<Stage['pair']>>]
    const bytes = Buffer.from([1, 2, 3])
    stage.host.star.to('lobby').emit('file', 'x', bytes)
    await until(() => a.client.news.length === 1)
    await stage.cut(a)
    stage.host.star.to('lobby').emit('file', 'y', bytes)
    await a.client.resume()
    await until(() => a.client.news.length === 2)
    expect(a.client.news).to.deep.equal([
      ['file', 'x', bytes],
      ['file', 'y', bytes],
    ])
  })

  it('ROOM-6 an answer is bounded in bytes and in binaries, and the member asks on', async () => {
    const [a] = (await members(1)) as [Awaited<ReturnType<Stage['pair']>>]
    await stage.cut(a)
    const text = 'x'.repeat(20_000)
    for (let n = 0; n < 10; n++) stage.host.star.to('lobby').emit('large', n, text)
    for (let n = 0; n < 25; n++) stage.host.star.to('lobby').emit('file', n, Buffer.alloc(5, n))
    stage.host.star.to('lobby').emit('large', 'larger than an answer', 'y'.repeat(REPLAY_BYTES + 1))
    await a.client.resume()
    await until(() => a.client.news.length === 36)
    expect(a.client.news.map(([, n]) => n)).to.deep.equal([
      ...Array.from({ length: 10 }, (_, n) => n),
      ...Array.from({ length: 25 }, (_, n) => n),
      'larger than an answer',
    ])
    const answers = a.client.messages.flatMap((each) => (isAnswer(each) ? [each.bodies.length] : []))
    expect(answers).to.deep.equal([3, 3, 3, 11, 10, 5, 1])
  })

  it('ROOM-2 ROOM-6 past the history the member is told of a gap', async () => {
    const [a] = (await members(1)) as [Awaited<ReturnType<Stage['pair']>>]
    await stage.cut(a)
    for (let n = 0; n < 1_100; n++) stage.host.star.to('lobby').emit('news', n)
    await a.client.resume()
    await until(() => a.client.news.length === ROOM_HISTORY_MESSAGES)
    stage.host.star.to('lobby').emit('news', 'after')
    await until(() => a.client.news.length > ROOM_HISTORY_MESSAGES)
    const gone = 1_100 - ROOM_HISTORY_MESSAGES
    const gaps = a.client.room.filter((each) => each.do === 'gap')
    expect(gaps).to.have.length(1)
    expect(gaps[0]).to.deep.nested.include({ 'from.offset': 0, 'to.offset': gone })
    const kept = Array.from({ length: ROOM_HISTORY_MESSAGES }, (_, n) => gone + n)
    expect(a.client.news.map(([, n]) => n)).to.deep.equal([...kept, 'after'])
  })

  it('ROOM-6 a room that begins anew is told of from its beginning, and no history from before the membership', async () => {
    const [a, b] = (await members(2)) as [
      Awaited<ReturnType<Stage['pair']>>,
      Awaited<ReturnType<Stage['pair']>>,
    ]
    await stage.cut(a)
    for (let n = 0; n < 3; n++) stage.host.star.to('lobby').emit('news', n)
    const { epoch } = b.client.positions().get('lobby') ?? { epoch: '' }
    await a.client.resume()
    await until(() => a.client.news.length === 3)
    // it knows an epoch that was never one: all that there is since it is a member
    a.client.say([3, 'lobby', `${epoch}x`, 7, 99])
    await until(() => a.client.messages.some((each) => isAnswer(each) && each.id === 99))
    expect(a.client.messages.find((each) => isAnswer(each) && each.id === 99)).to.deep.include({
      epoch,
      offset: 0,
      id: 99,
    })
    stage.host.star.to('lobby').emit('news', 3)
    const late = await stage.pair()
    late.session.join('lobby')
    await until(() => late.client.positions().has('lobby'))
    late.client.say([3, 'lobby', `${epoch}x`, 7, 99])
    await until(() => late.client.messages.some((each) => isAnswer(each) && each.id === 99))
    expect(late.client.messages.find((each) => isAnswer(each) && each.id === 99)).to.deep.include({
      epoch,
      offset: 4,
    })
  })

  it('at its end a session knows its rooms, so that the others there can be told', async () => {
    const [a, b] = (await members(2)) as [
      Awaited<ReturnType<Stage['pair']>>,
      Awaited<ReturnType<Stage['pair']>>,
    ]
    a.session.join('other')
    a.session.join('left')
    a.session.leave('left')
    a.session.on('end', () => a.session.to([...a.session.rooms]).emit('gone', a.session.id))
    await a.client.disconnect()
    await until(() => b.client.news.length === 1)
    expect(b.client.news).to.deep.equal([['gone', a.session.id]])
    expect([...a.session.rooms]).to.deep.equal(['lobby', 'other'])
    const { roomMembers } = stage.host.star.census()
    expect(roomMembers).to.equal(1)
  })

  it('a member that left hears nothing more, and cannot ask', async () => {
    const [a] = (await members(1)) as [Awaited<ReturnType<Stage['pair']>>]
    const position = a.client.positions().get('lobby') ?? { epoch: '', offset: 0 }
    expect([...a.session.rooms]).to.deep.equal(['lobby'])
    a.session.leave('lobby')
    stage.host.star.to('lobby').emit('news', 1)
    await until(() => a.client.messages.some(({ kind }) => kind === 'left'))
    a.client.say([3, 'lobby', position.epoch, 0, 9])
    await until(() => a.client.messages.filter(({ kind }) => kind === 'left').length === 2)
    expect(a.client.items).to.deep.equal([])
    expect(a.session.rooms.size).to.equal(0)
  })

  it('ROOM-6 a question that brings bodies is none: what a client asks is kept until it is answered', async () => {
    const [a] = (await members(1)) as [Awaited<ReturnType<Stage['pair']>>]
    const { epoch } = a.client.positions().get('lobby') ?? { epoch: '' }
    a.client.say([3, 'lobby', epoch, 0, 9, 0, []])
    await until(() => a.client.messages.some((each) => isAnswer(each) && each.id === 9))
    a.client.say([3, 'lobby', epoch, 0, 10, 1, [['news', 'x'.repeat(1_000)]]])
    await until(() => a.client.closes.length === 1)
    expect(a.client.closes[0]).to.include({ reason: 'protocol' })
    expect(a.client.closes[0]?.error?.code).to.equal('ERR_BAD_FRAME')
  })

  it('ROOM-1 a session is in 4,096 rooms at most, and a room has a name', async () => {
    const { session } = await stage.pair()
    session.join(Array.from({ length: 4_096 }, (_, n) => `room ${n}`))
    const code = (act: () => void) => {
      try {
        act()
      } catch (error) {
        return isStarError(error) && error.code
      }
      return undefined
    }
    expect(code(() => session.join('one more'))).to.equal('ERR_QUOTA')
    expect(code(() => session.join(''))).to.equal('ERR_BAD_REQUEST')
    expect(code(() => stage.host.star.to('x'.repeat(257)))).to.equal('ERR_BAD_REQUEST')
  })

  it('a member whose client has no credit catches up from the log', async () => {
    const { client, session } = await stage.pair()
    // more than the client's window, so that what joins it to the room waits behind
    for (let n = 0; n < 3_000; n++) session.emit('much', n)
    session.join('lobby')
    for (let n = 1; n <= 20; n++) stage.host.star.to('lobby').emit('news', n)
    await until(() => client.news.length === 20)
    expect(client.news).to.deep.equal(Array.from({ length: 20 }, (_, n) => ['news', n + 1]))
    expect(client.events).to.have.length(3_000)
  })
})
