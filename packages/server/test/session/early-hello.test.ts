import { DATA, HELLO } from '@socket-star/protocol/channel'
import { encodeFrame, SESSION_EVENTS, STATUS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { EARLY_WAIT_MS, MAX_EARLY_FRAMES } from '../../src/session/early-frames.ts'
import { settled, until } from '../support/host.ts'
import { Stage } from './stage.ts'

const A_HELLO = {
  kind: HELLO,
  seq: 0,
  payloads: [],
  ack: [0, 0, 2_048, 1_048_576],
  hello: [1, 1, 0, 0],
} as const

/** What comes on a socket from now on: events, and frames by their kind. */
function heardOn(socket: Socket): unknown[] {
  const heard: unknown[] = []
  socket.onAny((event, head) => heard.push(event === SESSION_EVENTS.frame ? head[0] : event))
  return heard
}

/** Answers once it is told to. */
class SlowPrincipal {
  asked = 0
  #waiting: (() => void)[] = []
  patient = true

  readonly authenticate = (): Promise<string> | string => {
    this.asked += 1
    if (this.patient) return 'ada'
    return new Promise((resolve) => this.#waiting.push(() => resolve('ada')))
  }

  answer(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

describe('the HELLO behind the token', () => {
  let stage: Stage
  let slow: SlowPrincipal
  beforeEach(async () => {
    slow = new SlowPrincipal()
    stage = await Stage.open({ star: { authenticate: slow.authenticate } })
  })
  afterEach(() => stage.close())

  type Pair = Awaited<ReturnType<Stage['pair']>>

  /** Comes back, shows its token and its HELLO, and says nothing more; answers with what it hears. */
  async function comesBack({ client }: Pair): Promise<{ socket: Socket; heard: unknown[] }> {
    const asked = slow.asked
    const socket = client.open()
    const heard = heardOn(socket)
    socket.once(SESSION_EVENTS.dop, () => {
      client.mute = true
    })
    await until(() => slow.asked > asked)
    // its HELLO is there, too
    await settled(socket)
    return { socket, heard }
  }

  for (const patient of [true, false]) {
    it(`SES-19 HS-7 token, welcome, HELLO and what was missed come together, judged ${patient ? 'at once' : 'late'}`, async () => {
      const pair = await stage.pair({ early: true })
      const { client, session } = pair
      await stage.cut(pair)
      for (const n of [1, 2, 3]) session.emit('news', n)
      slow.patient = patient
      const { heard } = await comesBack(pair)
      slow.answer()
      await until(() => client.events.length === 3)
      expect(client.events).to.deep.equal([1, 2, 3].map((n) => ['news', n]))
      const { dop, volatile: aside } = SESSION_EVENTS
      expect(heard).to.deep.equal([dop, dop, aside, HELLO, DATA])
      expect(stage.sessions).to.have.length(1)
    })
  }

  it('SES-19 a client that says no HELLO before the token came back gets the same, later', async () => {
    const pair = await stage.pair()
    const { client, session } = pair
    await stage.cut(pair)
    session.emit('news', 1)
    const { heard } = await comesBack(pair)
    expect(client.events).to.deep.equal([])
    expect(heard).to.include(HELLO).and.not.include(DATA)
    client.mute = false
    client.channel.detach(client.identity.current?.socket ?? '')
    await stage.cut(pair)
    await client.resume()
    await until(() => client.events.length === 1)
  })

  it('SES-19 HS-12 it also goes with a further socket while the older one lives', async () => {
    const { client, session } = await stage.pair({ early: true })
    const first = client.socket
    client.say(['up', 1])
    await client.resume()
    session.emit('news', 1)
    await until(() => client.events.length === 1 && client.drained.length === 1)
    first.disconnect()
    session.emit('news', 2)
    await until(() => client.events.length === 2)
    expect(session.status).to.equal(STATUS.CONNECTED)
  })

  it('SES-19 HS-8 what was said to a session that is gone is dropped, and its successor works', async () => {
    const pair = await stage.pair({ early: true })
    const { client, session } = pair
    client.say(['old', 1])
    await client.flushed()
    await stage.cut(pair)
    session.disconnect()
    slow.patient = false
    const guess = stage.client({ token: 'A'.repeat(44), early: true })
    const asked = slow.asked
    const socket = guess.open()
    await until(() => slow.asked > asked)
    await settled(socket)
    slow.answer()
    await until(() => guess.welcome?.renewed === 'unknown')
    const heard: unknown[] = []
    stage.sessions[1]?.on('chat', (text) => heard.push(text))
    guess.say(['chat', 'hello'])
    await until(() => heard.length === 1)
    expect(stage.host.star.stats().drops).to.deep.equal({})
  })

  it('SES-19 HS-12 a socket that does not get the session changes nothing for the one that has it', async () => {
    const { client, session } = await stage.pair({ early: true, owner: 'one' })
    await client.resume()
    const late = stage.client({ owner: 'one', token: client.token, early: true })
    late.open()
    await until(() => late.closes.length > 0)
    expect(late.closes[0]).to.include({ reason: 'stale' })
    session.emit('news')
    await until(() => client.events.length === 1)
  })

  it('HS-13 SES-19 another owner whose HELLO lacks what was said takes nothing, also while nobody has the session', async () => {
    const pair = await stage.pair({ early: true })
    const { client, session } = pair
    session.emit('news', 1)
    await until(() => client.events.length === 1)
    await session.flush()
    const { token } = client
    for (const there of [true, false]) {
      if (!there) await stage.cut(pair)
      const copy = stage.client({ token, early: true })
      copy.open()
      await until(() => copy.closes.length > 0)
      expect(copy.closes[0]).to.include({ reason: 'replaced', retryable: false })
      expect(copy.isDisplaced).to.equal(true)
      expect(session.status).to.equal(there ? STATUS.CONNECTED : STATUS.RECONNECTING)
    }
    expect(client.closes).to.deep.equal([])
    session.emit('news', 2)
    await client.resume()
    await until(() => client.events.length === 2)
    expect(stage.sessions).to.have.length(1)
  })

  it('HS-13 SES-19 another owner that says no HELLO before the token came back is waited for, and takes the session over', async () => {
    const { client, session } = await stage.pair()
    const heir = stage.client({ token: client.token })
    const began = performance.now()
    heir.open()
    await until(() => client.closes.length > 0)
    expect(performance.now() - began).to.be.greaterThan(EARLY_WAIT_MS - 100)
    expect(client.closes[0]).to.include({ reason: 'replaced' })
    expect(session.status).to.equal(STATUS.CONNECTED)
  })

  it('HS-13 another owner whose HELLO is waited for takes nothing from whoever came after it', async () => {
    const { client, session } = await stage.pair({ early: true, owner: 'one' })
    const copy = stage.client({ token: client.token })
    const asked = slow.asked
    copy.open()
    await until(() => slow.asked > asked)
    await client.resume()
    await until(() => copy.closes.length > 0)
    expect(copy.closes[0]).to.include({ reason: 'replaced', retryable: false })
    expect(client.closes).to.deep.equal([])
    session.emit('news', 1)
    await until(() => client.events.length === 1)
  })

  it('HS-13 one that goes while its HELLO is waited for is forgotten, and leaves nothing', async () => {
    const { client, session } = await stage.pair()
    const asked = slow.asked
    const gone = stage.client({ token: client.token })
    const socket = gone.open()
    await until(() => slow.asked > asked)
    socket.disconnect()
    await new Promise((resolve) => setTimeout(resolve, EARLY_WAIT_MS + 100))
    expect(client.closes).to.deep.equal([])
    session.emit('news', 1)
    await until(() => client.events.length === 1)
  })

  it(`SES-19 ${MAX_EARLY_FRAMES} frames are kept, one more is refused`, async () => {
    for (const count of [MAX_EARLY_FRAMES, MAX_EARLY_FRAMES + 1]) {
      const pair = await stage.pair({ early: true })
      await stage.cut(pair)
      slow.patient = false
      const { socket } = await comesBack(pair)
      // its own HELLO was the first
      for (let n = 1; n < count; n++) socket.emit(SESSION_EVENTS.frame, ...encodeFrame(A_HELLO))
      const refused = count > MAX_EARLY_FRAMES
      if (refused) await until(() => pair.client.closes.length > 0)
      else await settled(socket)
      slow.answer()
      if (!refused) await until(() => pair.session.isConnected())
      expect(pair.client.closes.map(({ reason }) => reason)).to.deep.equal(refused ? ['protocol'] : [])
      slow.patient = true
    }
    expect(stage.host.star.stats().drops).to.deep.equal({ session: 1 })
  })

  it('SES-19 a frame with a message, or none at all, is refused there', async () => {
    for (const frame of [[[DATA, 1], ['["x"]']], [[HELLO]], ['x']]) {
      const pair = await stage.pair({ early: true })
      await stage.cut(pair)
      slow.patient = false
      const { socket } = await comesBack(pair)
      socket.emit(SESSION_EVENTS.frame, ...frame)
      await until(() => pair.client.closes.length > 0)
      expect(pair.client.closes[0]).to.deep.include({ reason: 'protocol' })
      slow.answer()
      slow.patient = true
    }
  })
})
