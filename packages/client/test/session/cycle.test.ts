import { joinStar, type Peer, STATUS, type StarSocket, type WrapOptions, wrap } from '@socket-star/client'
import type { Session } from '@socket-star/server'
import { expect } from 'chai'
import { io, Manager, type Socket } from 'socket.io-client'
import { newKey } from '../support/keys.ts'
import { type RealStar, realStar } from '../support/real-star.ts'
import { Counting, cut } from './counting.ts'
import { next, ready, until } from './until.ts'

const OFTEN = { minMs: 20, maxMs: 40 }

describe('cycling', () => {
  let host: RealStar
  let sessions: Session[]
  let star: StarSocket | undefined
  beforeEach(async () => {
    host = await realStar({ sessions: { answerMs: 500 } })
    sessions = []
    host.star.on('session', (session) => sessions.push(session))
  })
  afterEach(async () => {
    star?.disconnect()
    await host.close()
  })

  async function connected(options: WrapOptions, socket: Socket = host.client()) {
    star = wrap(socket, options)
    await ready(star)
    return { star, session: sessions.at(-1) as Session, first: socket }
  }

  const onServer = (): number => host.io.sockets.sockets.size

  it('SES-17 HS-12 moves to fresh sockets under load: nothing lost, doubled or out of order, always CONNECTED', async () => {
    const { star, session, first } = await connected({ cycle: OFTEN })
    const statuses: number[] = []
    star.on('status', (status) => statuses.push(status))
    session.on('status', (status) => statuses.push(status))
    const count = new Counting(star, session)
    let cycles = 0
    star.on('resume', () => {
      cycles += 1
    })
    let most = 0
    while (cycles < 10) {
      for (let i = 0; i < 10; i++) count.step()
      most = Math.max(most, onServer())
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await count.settled()
    expect(statuses).to.deep.equal([])
    expect(star.socket).to.not.equal(first)
    expect(wrap(star.socket as Socket)).to.equal(star)
    expect(first.connected).to.equal(false)
    expect(first.listeners('connect')).to.have.length(0)
    expect(most).to.be.within(2, 3)
    expect(sessions).to.have.length(1)
  })

  it('HS-12 a cycle that races cuts of either socket loses nothing', async () => {
    const { star, session } = await connected({ cycle: { minMs: 5, maxMs: 30 } })
    const count = new Counting(star, session)
    let resumed = 0
    star.on('resume', () => {
      resumed += 1
    })
    for (let round = 0; resumed < 20; round++) {
      for (let i = 0; i < 5; i++) count.step()
      await new Promise((resolve) => setTimeout(resolve, 1 + (round % 7)))
      if (round % 5 === 0) {
        // either end of any of them
        const sockets = [...host.io.sockets.sockets.values()]
        sockets[round % Math.max(1, sockets.length)]?.conn.close()
      }
      if (round % 8 === 3 && star.connected) cut(star.socket as Socket)
    }
    await count.settled()
    expect(sessions).to.have.length(1)
  })

  it('HS-12 a refused new socket keeps the old one', async () => {
    let refuse = false
    host.io.use((_socket, go) => (refuse ? go(new Error('no more')) : go()))
    const { star, session, first } = await connected({ cycle: OFTEN })
    refuse = true
    let refused = 0
    host.io.engine.on('connection', () => {
      refused += 1
    })
    await until(() => refused >= 2)
    const count = new Counting(star, session)
    count.step()
    await count.settled()
    expect(star.socket).to.equal(first)
    expect(star.status).to.equal(STATUS.CONNECTED)
    refuse = false
    await until(() => star.socket !== first)
    count.step()
    await count.settled()
  })

  it('SES-14 SES-17 a drain while a second socket is opened is no end: somebody connects again', async () => {
    const held: (() => void)[] = []
    let hold = false
    host.io.use((_socket, go) => (hold ? void held.push(() => go(new Error('not now'))) : go()))
    const { star, session } = await connected({ cycle: OFTEN })
    hold = true
    await until(() => held.length > 0)
    host.star.drain()
    await until(() => !session.isConnected() && !star.isConnected())
    hold = false
    let came = 0
    host.io.on('connection', () => {
      came += 1
    })
    for (const refuse of held) refuse()
    await until(() => came > 0)
  })

  it("SES-17 takes the application's auth and options along", async () => {
    const seen: unknown[] = []
    host.io.use((socket, go) => {
      seen.push([socket.handshake.auth.user, socket.handshake.query.room])
      go()
    })
    const { first, star } = await connected(
      { cycle: OFTEN },
      host.client({ auth: { user: 'ada' }, query: { room: '7' } }),
    )
    await until(() => seen.length >= 3 && star.socket !== first)
    expect(seen.slice(0, 3)).to.deep.equal([
      ['ada', '7'],
      ['ada', '7'],
      ['ada', '7'],
    ])
  })

  it('SES-17 is off, and says so once, while the Manager carries other namespaces', async () => {
    host.io.of('/other')
    const manager = new Manager(`http://127.0.0.1:${host.port}`, { transports: ['websocket'] })
    const socket = manager.socket('/')
    const other = manager.socket('/other')
    const said: unknown[] = []
    const { first, star } = await connected({ cycle: OFTEN, env: { say: (line) => said.push(line) } }, socket)
    await until(() => said.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(said).to.have.length(1)
    expect(star.socket).to.equal(first)
    other.disconnect()
  })

  it('SES-17 waits while peers are joined on the socket, and is off unless asked for', async () => {
    const { star, first } = await connected({ cycle: OFTEN })
    const peer = await joinStar(star, host.address, await newKey())
    const present = star.socket
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(star.socket).to.equal(present)
    expect(peer.status).to.equal('joined')
    peer.leave()
    await until(() => star.socket !== first)
    const quiet = wrap(io(`http://127.0.0.1:${host.port}`, { forceNew: true, transports: ['websocket'] }))
    const { socket } = quiet
    await ready(quiet)
    expect(quiet.socket).to.equal(socket)
    quiet.disconnect()
  })

  const moments = {
    'opens its connection': (second: () => void) =>
      host.io.use((_socket, go) => {
        if (host.io.sockets.sockets.size > 0) second()
        setTimeout(go, 20, undefined)
      }),
    'has shown its token': (second: () => void) =>
      host.io.on('connection', (socket) => {
        if (host.io.sockets.sockets.size > 1) socket.on('dop', second)
      }),
  }
  for (const [moment, at] of Object.entries(moments)) {
    it(`SES-17 a peer that is joined when a further socket ${moment} keeps the socket it was joined on`, async () => {
      let join = (): void => {}
      at(() => join())
      const { star, session } = await connected({ cycle: OFTEN })
      let cuts = 0
      star.on('disconnect', () => {
        cuts += 1
      })
      const key = await newKey()
      const peer = await new Promise<Peer>((resolve, reject) => {
        join = () => {
          join = () => {}
          joinStar(star, host.address, key).then(resolve, reject)
        }
      })
      const present = star.socket
      const count = new Counting(star, session)
      for (let n = 0; n < 20; n++) {
        count.step()
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await count.settled()
      await until(() => peer.status === 'joined' && star.connected)
      expect(star.socket).to.equal(present)
      expect(cuts).to.equal(0)
      expect(onServer()).to.equal(1)
      expect(host.star.stats().peers).to.equal(1)
      peer.leave()
      await until(() => star.socket !== present)
    })
  }

  it('SES-5 a server that drains is left, and its session goes on where the client finds one', async () => {
    const { star, session } = await connected({ env: { random: () => 0 } })
    const count = new Counting(star, session)
    count.step()
    const refused = next(star, 'refused')
    for (const plain of host.io.sockets.sockets.values()) {
      plain.emit('star-close', 'drain', true)
      plain.disconnect()
    }
    count.step()
    expect((await refused)[0]).to.include({ reason: 'drain' })
    await next(star, 'resume')
    await count.settled()
  })
})
