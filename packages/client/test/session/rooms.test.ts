import { type StarSocket, wrap } from '@socket-star/client'
import type { RoomPosition } from '@socket-star/protocol/session'
import type { Session } from '@socket-star/server'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { type RealStar, realStar } from '../support/real-star.ts'
import { next, ready, until } from './until.ts'

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

describe('rooms', () => {
  let host: RealStar
  let sessions: Session[]
  beforeEach(async () => {
    host = await realStar()
    sessions = []
    host.star.on('session', (session) => {
      sessions.push(session)
      session.join('lobby')
    })
  })
  afterEach(() => host.close())

  interface Member {
    readonly star: StarSocket
    readonly socket: Socket
    readonly news: number[]
  }

  async function member(): Promise<Member> {
    const socket = host.client()
    const star = wrap(socket)
    const news: number[] = []
    star.on('news', (n: number) => news.push(n))
    await ready(star)
    await sessions.at(-1)?.flush()
    return { star, socket, news }
  }

  it('ROOM-4 everybody in a room hears the same, in the order in which it was said', async () => {
    const members = await Promise.all([member(), member(), member()])
    for (const n of upTo(50)) host.star.to('lobby').emit('news', n)
    await until(() => members.every(({ news }) => news.length === 50))
    for (const { news } of members) expect(news).to.deep.equal(upTo(50))
  })

  it('SES-12 ROOM-3 what a member calls its properties harms nobody in a room, live or in a replay', async () => {
    const [away, there] = await Promise.all([member(), member()])
    const said: unknown[][] = []
    for (const { star } of [away, there]) {
      star.on('said', (object, bytes) => said.push([object, [...new Uint8Array(bytes)]]))
    }
    const cuts: unknown[] = []
    const resumed = next(away.star, 'resume')
    const cut = next(away.star, 'disconnect')
    away.socket.io.engine.close()
    await cut
    for (const { star } of [away, there]) star.on('disconnect', (why) => cuts.push(why))
    sessions[1]?.on('say', (object) => host.star.to('lobby').emit('said', object, Buffer.from([1, 2])))
    there.star.emit('say', { _placeholder: true, num: 3 })
    await resumed
    await until(() => said.length >= 2)
    const heard = [{ _placeholder: true, num: 3 }, [1, 2]]
    expect(said).to.deep.equal([heard, heard])
    expect(() => host.star.to('lobby').emit('news', ...upTo(1_027)))
      .to.throw()
      .with.property('code', 'ERR_TOO_LARGE')
    host.star.to('lobby').emit('news', ...upTo(1_026))
    await until(() => away.news.length === 1 && there.news.length === 1)
    expect(cuts).to.deep.equal([])
  })

  it('SES-12 ROOM-6 what a member nests too deep is in no room, where a replay would fail over it', async () => {
    const [away, there] = await Promise.all([member(), member()])
    const heard: unknown[] = []
    away.star.on('said', () => heard.push('said'))
    away.star.on('bytes', () => heard.push('bytes'))
    const resumed = next(away.star, 'resume')
    away.socket.io.engine.close()
    await until(() => !away.star.isConnected())
    const codes: unknown[] = []
    sessions[1]?.on('say', (levels: number) => {
      // what a client that writes its frames itself may send
      const args = JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)
      try {
        host.star.to('lobby').emit('said', args)
      } catch (error) {
        codes.push((error as { code?: unknown }).code)
      }
      host.star.to('lobby').emit('bytes', Buffer.from([1]))
    })
    for (const levels of [509, 511, 5_000]) there.star.emit('say', levels)
    await resumed
    await until(() => heard.length === 4)
    expect(heard).to.deep.equal(['said', 'bytes', 'bytes', 'bytes'])
    expect(codes).to.deep.equal(['ERR_TOO_LARGE', 'ERR_TOO_LARGE'])
    expect(away.star.isConnected()).to.equal(true)
  })

  it('ROOM-6 who was away hears what was said meanwhile, once and in order', async () => {
    const [away, there] = await Promise.all([member(), member()])
    host.star.to('lobby').emit('news', 1)
    await until(() => away.news.length === 1)
    const resumed = next(away.star, 'resume')
    away.socket.io.engine.close()
    for (const n of upTo(600).slice(1)) host.star.to('lobby').emit('news', n)
    await resumed
    host.star.to('lobby').emit('news', 601)
    await until(() => away.news.length >= 601 && there.news.length >= 601)
    expect(away.news).to.deep.equal(upTo(601))
    expect(there.news).to.deep.equal(upTo(601))
  })

  it('ROOM-6 who was away for longer than the history reaches is told of the gap', async () => {
    const away = await member()
    const gaps: [string, RoomPosition, RoomPosition | undefined][] = []
    away.star.on('gap', (...gap) => gaps.push(gap))
    host.star.to('lobby').emit('news', 1)
    await until(() => away.news.length === 1)
    const resumed = next(away.star, 'resume')
    away.socket.io.engine.close()
    await until(() => !away.star.isConnected())
    for (let n = 2; n <= 3_000; n++) host.star.to('lobby').emit('news', n)
    await resumed
    await until(() => gaps.length > 0)
    host.star.to('lobby').emit('news', 3_001)
    await until(() => away.news.at(-1) === 3_001)
    // the log may lose one more before the rest of it is asked for
    expect(gaps.map(([room, from]) => [room, from.offset])).to.deep.equal([
      ['lobby', 1],
      ...gaps.slice(0, -1).map(([room, , to]) => [room, to?.offset]),
    ])
    // what is not in a gap is all there
    expect(away.news).to.deep.equal([1, ...upTo(3_001).slice(gaps.at(-1)?.[2]?.offset)])
  })

  it('ROOM-5 who is left out sees no hole', async () => {
    const [a, b] = [await member(), await member()]
    sessions[0]?.to('lobby').emit('news', 1)
    host.star.to('lobby').emit('news', 2)
    host.star
      .to('lobby')
      .except(sessions[1] as Session)
      .emit('news', 3)
    host.star.to('lobby').emit('news', 4)
    await until(() => a.news.at(-1) === 4 && b.news.at(-1) === 4)
    expect(a.news).to.deep.equal([2, 3, 4])
    expect(b.news).to.deep.equal([1, 2, 4])
  })

  it('ROOM-3 what is emitted to a room stays behind what was emitted to its members before', async () => {
    const { star } = await member()
    const heard: unknown[] = []
    star.on('direct', (n) => heard.push(n))
    star.on('news', (n) => heard.push(n))
    for (const n of upTo(20)) {
      if (n % 2 === 1) sessions[0]?.emit('direct', n)
      else host.star.to('lobby').emit('news', n)
    }
    await until(() => heard.length === 20)
    expect(heard).to.deep.equal(upTo(20))
  })

  it('ROOM-4 who has left hears nothing more', async () => {
    const { star, news } = await member()
    sessions[0]?.leave('lobby')
    host.star.to('lobby').emit('news', 1)
    await sessions[0]?.flush()
    const after = next(star, 'after')
    sessions[0]?.emit('after')
    await after
    expect(news).to.deep.equal([])
  })
})
