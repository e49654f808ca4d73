import { type StarSocket, wrap } from '@socket-star/client'
import { StarError } from '@socket-star/protocol'
import { DEFAULT_BACKLOG_MESSAGES } from '@socket-star/protocol/channel'
import type { Session } from '@socket-star/server'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { type RealStar, realStar } from '../support/real-star.ts'
import { uncaughtDuring } from '../support/uncaught.ts'
import { next, ready, until } from './until.ts'

describe('what a client owes the server while its application has emitted all that it may', () => {
  let host: RealStar
  let socket: Socket
  let star: StarSocket
  let session: Session
  let heard: number
  beforeEach(async () => {
    host = await realStar()
    heard = 0
    host.star.on('session', (each) => {
      session = each
      each.on('chat', () => (heard += 1))
      each.join('lobby')
    })
    socket = host.client()
    star = wrap(socket)
    await ready(star)
    await session.flush()
  })
  afterEach(() => host.close())

  /** Cuts the connection, and emits as much as there is room for. */
  async function cutAndFill(): Promise<void> {
    const down = next(star, 'disconnect')
    socket.io.engine.close()
    await down
    for (let n = 0; n < DEFAULT_BACKLOG_MESSAGES; n++) star.emit('chat')
    expect(() => star.emit('chat'))
      .to.throw(StarError)
      .with.property('code', 'ERR_BACKLOG')
  }

  it('CH-11 ROOM-6 it is resumed, and asks for what it missed in its rooms', async () => {
    const said: unknown[] = []
    star.on('said', (n) => said.push(n))
    let resumes = 0
    star.on('resume', () => (resumes += 1))
    host.star.to('lobby').emit('said', 1)
    await until(() => said.length === 1)
    await cutAndFill()
    host.star.to('lobby').emit('said', 2)
    await until(() => said.length === 2 && heard === DEFAULT_BACKLOG_MESSAGES, 20_000)
    expect(resumes).to.equal(1)
    expect(star.id).to.equal(session.id)
  }).timeout(30_000)

  it('CH-11 SES-11 what it was asked is answered, and so is what its handler cannot do', async () => {
    let answer = (_text: string): void => {}
    let fail = (_error: Error): void => {}
    star.on('work', (reply) => {
      answer = reply
    })
    star.on('failing', () => new Promise((_, reject) => (fail = reject)))
    const asked = Promise.allSettled([session.emitWithAck('work'), session.emitWithAck('failing')])
    await session.flush()
    await cutAndFill()
    const reason = new Error('no')
    const uncaught = await uncaughtDuring(async () => {
      answer('done')
      fail(reason)
      await asked
    })
    expect(uncaught).to.deep.equal([reason])
    const [done, failed] = await asked
    expect(done).to.deep.equal({ status: 'fulfilled', value: 'done' })
    expect(failed.status === 'rejected' && failed.reason.code).to.equal('ERR_REMOTE')
  }).timeout(30_000)
})
