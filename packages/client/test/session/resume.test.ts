import { STATUS, wrap } from '@socket-star/client'
import type { Session } from '@socket-star/server'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { type RealStar, realStar } from '../support/real-star.ts'
import { Counting, cut } from './counting.ts'
import { next, ready, until } from './until.ts'

describe('resume', () => {
  let host: RealStar
  let sessions: Session[]
  beforeEach(async () => begin())
  afterEach(() => host.close())

  async function begin(options: Parameters<typeof realStar> = []): Promise<void> {
    host = await realStar(...options)
    sessions = []
    host.star.on('session', (session) => sessions.push(session))
  }

  async function connected(socket: Socket) {
    const star = wrap(socket)
    await ready(star)
    return { star, session: sessions.at(-1) as Session }
  }

  it('HS-7 goes on after each of many cuts: nothing lost, doubled or out of order', async () => {
    const socket = host.client()
    const { star, session } = await connected(socket)
    const count = new Counting(star, session)
    const statuses: number[] = []
    star.on('status', (status) => statuses.push(status))
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 20; i++) count.step()
      const resumed = next(star, 'resume')
      cut(socket)
      for (let i = 0; i < 5; i++) count.step()
      await resumed
    }
    await count.settled()
    expect(statuses.slice(0, 3)).to.deep.equal([STATUS.RECONNECTING, STATUS.PRECONNECTED, STATUS.CONNECTED])
    expect(sessions).to.have.length(1)
    expect(star.id).to.equal(session.id)
  })

  it('SES-10 a request and its response survive a cut each', async () => {
    const socket = host.client()
    const { star, session } = await connected(socket)
    let answer: (text: string) => void = () => {}
    session.on('ask', (reply) => {
      answer = reply
    })
    cut(socket)
    const response = star.emitWithAck('ask')
    await next(star, 'resume')
    await star.flush()
    const resumed = next(star, 'resume')
    cut(socket)
    answer('late but there')
    await resumed
    expect(await response).to.equal('late but there')
  })

  it("SES-1 the host's retries, offline buffer and recovery do not disturb a session", async () => {
    await host.close()
    await begin([{}, { connectionStateRecovery: { skipMiddlewares: true } }])
    const socket = host.client({ retries: 3, ackTimeout: 100 })
    const { star, session } = await connected(socket)
    const count = new Counting(star, session)
    const plain: string[] = []
    host.io.on('connection', () => {})
    socket.on('plain', (text: string) => plain.push(text))
    const recovered: boolean[] = []
    for (let round = 0; round < 5; round++) {
      host.io.emit('plain', `${round}`)
      for (let i = 0; i < 5; i++) count.step()
      await until(() => plain.length === 2 * round + 1)
      const resumed = next(star, 'resume')
      cut(socket)
      for (let i = 0; i < 5; i++) count.step()
      await until(() => host.io.sockets.sockets.size === 0)
      host.io.emit('plain', `${round} while away`)
      await resumed
      recovered.push(socket.recovered)
      await until(() => plain.length === 2 * round + 2)
    }
    await count.settled()
    expect(recovered).to.deep.equal(Array(5).fill(true))
    expect(sessions).to.have.length(1)
  })

  it('HS-5 wraps a socket that is connected already, and resumes by `auth` from then on', async () => {
    const socket = host.client()
    await next(socket, 'connect')
    const { star, session } = await connected(socket)
    const count = new Counting(star, session)
    count.step()
    const resumed = next(star, 'resume')
    cut(socket)
    count.step()
    await resumed
    await count.settled()
  })

  for (const [what, auth] of [
    ['an object', { user: 'ada' }],
    ['a function', (send: (data: object) => void) => send({ user: 'ada' })],
  ] as const) {
    it(`SES-2 keeps the application's own auth: ${what}`, async () => {
      const seen: unknown[] = []
      host.io.use((socket, go) => {
        seen.push(socket.handshake.auth.user)
        go()
      })
      const socket = host.client({ auth })
      const { star } = await connected(socket)
      if (typeof auth === 'object') (socket.auth as { user: string }).user = 'grace'
      const resumed = next(star, 'resume')
      cut(socket)
      await resumed
      expect(seen).to.deep.equal(['ada', typeof auth === 'object' ? 'grace' : 'ada'])
    })
  }

  it('SES-2 announces itself beside whatever auth the application assigned meanwhile', async () => {
    const seen: unknown[] = []
    host.io.use((socket, go) => {
      seen.push(Object.keys(socket.handshake.auth))
      go()
    })
    const socket = host.client()
    const { star, session } = await connected(socket)
    socket.auth = { user: 'ada' }
    const resumed = next(star, 'resume')
    cut(socket)
    await resumed
    expect(seen).to.deep.equal([['socket-star'], ['user', 'socket-star']])
    expect(star.id).to.equal(session.id)
  })

  it('HS-7 resumes when the application disconnects the socket and connects it again', async () => {
    const socket = host.client()
    const { star, session } = await connected(socket)
    const count = new Counting(star, session)
    socket.disconnect()
    expect(star.status).to.equal(STATUS.RECONNECTING)
    for (let i = 0; i < 5; i++) count.step()
    star.connect()
    await next(star, 'resume')
    await count.settled()
  })

  it('HS-7 goes on after each cut also where whoever is told of the status asks for a connection', async () => {
    const socket = host.client()
    const { star, session } = await connected(socket)
    const count = new Counting(star, session)
    star.on('status', (status) => {
      if (status === STATUS.RECONNECTING) star.connect()
    })
    for (let round = 0; round < 3; round++) {
      const resumed = next(star, 'resume')
      cut(socket)
      count.step()
      await resumed
    }
    await count.settled()
  })

  it('HS-14 who asks for a connection and ends the session on it says so to the server', async () => {
    const { star, session } = await connected(host.client())
    star.socket.disconnect()
    star.connect()
    star.disconnect()
    await until(() => session.status === STATUS.DISCONNECTED)
    await until(() => star.socket.active === false)
  })

  it('HS-14 no connection that was asked for outlives a session that ends meanwhile', async () => {
    const star = wrap(host.client())
    star.connect()
    star.disconnect()
    await new Promise(setImmediate)
    expect(star.socket.active).to.equal(false)
  })

  it('SES-15 a socket that the host disconnects stays so until the application connects it', async () => {
    const socket = host.client()
    const { star, session } = await connected(socket)
    const count = new Counting(star, session)
    const gone = next(star, 'disconnect')
    host.io.disconnectSockets()
    expect((await gone)[0]).to.equal('io server disconnect')
    expect(socket.active).to.equal(false)
    count.step()
    star.connect()
    await next(star, 'resume')
    await count.settled()
  })

  it('SES-1 emits nothing of its own while the socket is down', async () => {
    const socket = host.client()
    const { star } = await connected(socket)
    const down = next(star, 'disconnect')
    cut(socket)
    await down
    for (let i = 0; i < 10; i++) star.emit('up', i)
    await new Promise((resolve) => setImmediate(resolve))
    expect(socket.sendBuffer).to.deep.equal([])
    expect(star.bufferedAmount).to.be.above(0)
  })
})
