/** Sessions across sockets: who gets them, who loses them, and what the other sockets notice. */
import {
  admit,
  CLIENT_LIFE,
  CLOSE_REASONS,
  type Claim,
  MAX_DRAINING,
  RESUME_WINDOW_MS,
  SERVER_LIFE,
  ServerIdentity,
  STATUS,
  UNCONFIRMED_MS,
} from '@socket-star/protocol/session'
import { expect } from 'chai'
import { DopWorld, sha256 } from './dop-world.ts'

const { OPEN, PRECONNECTED, CONNECTED, RECONNECTING, DISCONNECTED } = STATUS

function connected(server = ['AAAA', 'CCCC', 'DDDD', 'EEEE', 'FFFF', 'GGGG']): DopWorld {
  const world = new DopWorld({ client: 'BBBB', server })
  world.connect(1)
  world.settle()
  world.clientLog.length = 0
  world.serverLog.length = 0
  return world
}

/** Another client that works on the same records as the first. */
function beside(world: DopWorld, owner: string, resume: string, principal?: string): DopWorld {
  const other = new DopWorld({ client: 'IIII', server: ['KKKK', 'LLLL'], owner, resume })
  other.principal = principal
  for (const [hash, session] of world.sessions) other.sessions.set(hash, session)
  for (const hash of world.ended) other.ended.add(hash)
  return other
}

const claim = (owner: string | undefined, attempt: number, principal?: string): Claim => ({
  owner,
  attempt,
  principal,
})

describe('admission', () => {
  const held = (owner: string | undefined, attempt: number, principal?: string) =>
    ({ is: 'live', holder: claim(owner, attempt, principal) }) as const

  it('HS-8 an unknown token begins a new session', () => {
    expect(admit({ is: 'unknown' }, claim('a', 1))).to.deep.equal({ as: 'fresh', reason: 'unknown' })
  })

  it('HS-8 a token that was renewed away never resumes, whoever shows it', () => {
    for (const owner of ['a', 'b', undefined]) {
      expect(admit({ is: 'renewed', reason: 'state-lost' }, claim(owner, 9))).to.deep.equal({
        as: 'fresh',
        reason: 'state-lost',
      })
    }
  })

  it('HS-10 a formally ended token is refused for good', () => {
    expect(admit({ is: 'ended' }, claim('a', 1))).to.deep.equal({ as: 'refuse', reason: 'ended' })
    expect(CLOSE_REASONS.ended).to.equal(false)
  })

  it('HS-11 another principal finds nothing, and neither does one of none, or none of one', () => {
    const cases = [
      [held('a', 1, 'ada'), claim('a', 2, 'bob')],
      [held('a', 1, 'ada'), claim('a', 2)],
      [held('a', 1), claim('a', 2, 'ada')],
      [held('a', 1, 'ada'), claim('b', 1, 'bob')],
      // not even that its own attempt is stale
      [held('a', 3, 'ada'), claim('a', 2, 'bob')],
    ] as const
    for (const [standing, shown] of cases) {
      expect(admit(standing, shown)).to.deep.equal({ as: 'fresh', reason: 'principal' })
    }
  })

  it('HS-12 of one owner the later attempt gets the session', () => {
    expect(admit(held('a', 3, 'ada'), claim('a', 4, 'ada'))).to.deep.equal({ as: 'resume', by: 'attach' })
    for (const attempt of [3, 2, 0]) {
      expect(admit(held('a', 3), claim('a', attempt))).to.deep.include({ as: 'refuse', reason: 'stale' })
    }
  })

  it('HS-13 another owner takes it over, whatever its attempt', () => {
    for (const shown of [claim('b', 1), claim('b', 99), claim(undefined, 0)]) {
      expect(admit(held('a', 3), shown)).to.deep.equal({ as: 'resume', by: 'takeover' })
    }
    expect(admit(held(undefined, 0), claim(undefined, 0))).to.deep.equal({ as: 'resume', by: 'takeover' })
  })
})

describe('a session across its sockets', () => {
  it('HS-12 a later attempt of the same owner gets the session, and the old socket drains', () => {
    const world = connected()
    world.connect(2)
    expect(world.client.status, 'while cycling').to.equal(CONNECTED)
    world.settle()
    expect(world.clientLog).to.deep.include({ do: 'connected', how: 'resumed', socket: 2 })
    expect(world.serverLog).to.deep.include({ do: 'resumed', socket: 2, draining: 1 })
    expect(world.clientLog.filter((output) => output.do === 'status')).to.be.empty
    expect(world.serverLog.filter((output) => output.do === 'close')).to.be.empty
    expect(world.client.current?.socket).to.equal(2)
    world.cut(1)
    expect(world.client.status).to.equal(CONNECTED)
    expect(world.sessionStatus('AAAABBBB')).to.equal(CONNECTED)
  })

  it('HS-12 a half-open old socket is no obstacle', () => {
    const world = connected()
    // the client's side is cut, the server has not noticed
    for (const output of world.client.closed(1)) world.clientLog.push(output)
    expect(world.client.status).to.equal(RECONNECTING)
    expect(world.sessionStatus('AAAABBBB')).to.equal(CONNECTED)
    world.connect(2)
    world.settle()
    expect(world.client.status).to.equal(CONNECTED)
    expect(world.sessions.get(sha256('AAAABBBB'))?.current).to.equal(2)
    world.cutServer(1)
    expect(world.sessionStatus('AAAABBBB')).to.equal(CONNECTED)
  })

  it('HS-12 an attempt that is not later is stale and changes nothing', () => {
    const world = connected()
    const session = world.sessions.get(sha256('AAAABBBB'))
    for (const attempt of [1, 0]) {
      const answer = session?.resume(9, claim('owner-1', attempt))
      expect(answer?.admission).to.deep.include({ as: 'refuse', reason: 'stale' })
      expect(answer?.outputs).to.be.empty
    }
    expect(session?.current).to.equal(1)
    expect(session?.holder).to.deep.equal(claim('owner-1', 1))
    expect(world.client.status).to.equal(CONNECTED)
  })

  it('HS-12 an attempt overtaken by a later one is closed, and the client keeps the later one', () => {
    const world = connected()
    world.cut(1)
    world.slow = true
    world.connect(2)
    world.settle()
    world.slow = false
    world.connect(3)
    world.settle()
    expect(world.client.current?.socket).to.equal(3)
    expect(world.client.status).to.equal(CONNECTED)
    expect(world.clientLog).to.deep.include({ do: 'close', socket: 2, stays: false })
  })

  it('HS-12 at most MAX_DRAINING sockets drain; the oldest is closed', () => {
    const world = connected()
    for (let id = 2; id <= MAX_DRAINING + 1; id++) {
      world.connect(id)
      world.settle()
    }
    const session = world.sessions.get(sha256('AAAABBBB'))
    expect(session?.draining).to.deep.equal([1, 2])
    expect(world.serverLog.filter((output) => output.do === 'close')).to.be.empty
    world.connect(MAX_DRAINING + 2)
    world.settle()
    expect(session?.draining).to.deep.equal([2, 3])
    expect(world.serverLog).to.deep.include({ do: 'close', socket: 1, reason: 'stale' })
    expect(world.client.status).to.equal(CONNECTED)
    expect(world.client.current?.socket).to.equal(4)
  })

  it('HS-12 a cycle whose new socket is refused keeps the old one', () => {
    for (const reason of ['quota', 'forbidden', 'unavailable', 'drain', 'stale', 'ended'] as const) {
      const world = connected()
      world.connect(2)
      world.refuse(2, reason)
      world.settle()
      const retryable = CLOSE_REASONS[reason]
      expect(world.clientLog, reason).to.deep.include({
        do: 'refused',
        reason,
        retryable,
        kept: true,
        code: undefined,
      })
      expect(world.client.status, reason).to.equal(CONNECTED)
      expect(world.client.current?.socket, reason).to.equal(1)
    }
  })

  it('HS-12 a cycle that would get another session keeps this one, and makes no ghost', () => {
    const world = connected()
    const here = [...world.sessions]
    world.sessions.clear()
    world.connect(2)
    world.settle()
    expect(world.clientLog.at(-1)).to.include({ do: 'refused', kept: true })
    expect(world.client.status).to.equal(CONNECTED)
    expect(world.client.token).to.equal('AAAABBBB')
    expect(world.serverLog.filter((output) => output.do === 'session')).to.be.empty
    world.advance(UNCONFIRMED_MS)
    expect(world.sessions.size).to.equal(0)
    expect(here).to.have.length(1)
  })

  it('HS-16 when the newest socket is cut the one that still drains carries the session', () => {
    const world = connected()
    world.connect(2)
    world.settle()
    world.cut(2)
    expect(world.client.current?.socket).to.equal(1)
    expect(world.serverLog.at(-1)).to.deep.equal({ do: 'promoted', socket: 1 })
    expect(world.client.status).to.equal(CONNECTED)
    expect(world.sessionStatus('AAAABBBB')).to.equal(CONNECTED)
    world.cut(1)
    expect(world.client.status).to.equal(RECONNECTING)
    expect(world.sessionStatus('AAAABBBB')).to.equal(RECONNECTING)
  })

  it('HS-16 the server moved, the client never heard of it: both carry on on the old socket', () => {
    const world = connected()
    world.connect(2)
    world.toClient(2)
    world.toServer(2)
    expect(world.sessions.get(sha256('AAAABBBB'))?.current).to.equal(2)
    world.cut(2)
    expect(world.sessions.get(sha256('AAAABBBB'))?.current).to.equal(1)
    expect(world.client.current?.socket).to.equal(1)
    expect(world.client.status).to.equal(CONNECTED)
  })

  it('HS-16 a client has one handshake at a time', () => {
    const world = new DopWorld({ client: 'BBBB', server: ['AAAA', 'CCCC'] })
    world.connect(1)
    world.connect(2)
    expect(world.clientLog).to.deep.include({ do: 'close', socket: 1, stays: false })
    world.settle()
    expect(world.client.current?.socket).to.equal(2)
    expect(world.client.token).to.equal('BBBBCCCC')
  })

  it('HS-13 another owner takes over: replaced, displaced, a session of its own, no fight', () => {
    const world = connected()
    const other = beside(world, 'owner-2', 'AAAABBBB')
    other.connect(9)
    other.settle()
    expect(other.client.status).to.equal(CONNECTED)
    expect(other.serverLog).to.deep.include({ do: 'close', socket: 1, reason: 'replaced' })

    // the same close, as it reaches the first client
    world.refuse(1, 'replaced')
    world.toClient(1)
    expect(world.clientLog.map((output) => output.do)).to.deep.equal(['close', 'status', 'displaced'])
    expect(world.client.status).to.equal(OPEN)
    expect(world.clientView).to.deep.equal({
      status: OPEN,
      token: undefined,
      local: 'BBBB',
      remote: undefined,
    })
    world.connect(2)
    world.settle()
    expect(world.client.token).to.equal('BBBBCCCC')
    expect(world.clientLog.at(-1)).to.deep.include({ do: 'connected', how: 'new' })
    expect(other.client.status, 'the one that took over keeps it').to.equal(CONNECTED)
  })

  it('HS-13 replaced on a socket that is not the newest is ignored', () => {
    const world = connected()
    world.connect(2)
    world.settle()
    world.refuse(1, 'replaced')
    world.toClient(1)
    expect(world.client.status).to.equal(CONNECTED)
    expect(world.client.token).to.equal('AAAABBBB')
    expect(world.clientLog.filter((output) => output.do === 'displaced')).to.be.empty
  })

  it('HS-13 replaced on the newest socket counts, also while an older one, half-open by then, has the session', () => {
    const world = connected()
    world.connect(2)
    world.toClient(2)
    world.refuse(2, 'replaced')
    world.toClient(2)
    expect(world.clientLog.at(-1)).to.deep.equal({ do: 'displaced' })
    expect(world.client.token).to.equal(undefined)
  })

  it('HS-13 SES-5 once a later socket is gone, what the older one is told counts', () => {
    const displaced = connected()
    displaced.connect(2)
    displaced.cut(2)
    displaced.refuse(1, 'replaced')
    displaced.toClient(1)
    expect(displaced.clientLog.at(-1)).to.deep.equal({ do: 'displaced' })
    const drained = connected()
    drained.connect(2)
    drained.cut(2)
    drained.refuse(1, 'drain')
    drained.toClient(1)
    expect(drained.clientLog).to.deep.include({
      do: 'refused',
      reason: 'drain',
      retryable: true,
      kept: false,
      code: undefined,
    })
  })

  it('HS-13 one that finds a later life of itself begins a session of its own, and does not end the other one', () => {
    const world = connected()
    const outputs = world.client.superseded()
    expect(outputs.map((output) => output.do)).to.deep.equal(['close', 'status', 'displaced'])
    expect(world.client.status).to.equal(OPEN)
    expect(world.client.token).to.equal(undefined)
  })

  it('HS-9 HS-17 a confirmation that comes after a later socket had the session means nothing', () => {
    const session = new ServerIdentity({ holder: claim('a', 1), confirmed: false }, 0)
    session.preconnected(1)
    session.resume(2, claim('a', 2))
    expect(session.connected()).to.be.empty
    expect(session.current).to.equal(2)
  })

  it('HS-13 a takeover closes what drains, too', () => {
    const session = new ServerIdentity({ holder: claim('a', 1), confirmed: false }, 0)
    session.preconnected(1)
    session.connected()
    session.resume(2, claim('a', 2))
    const { outputs } = session.resume(3, claim('b', 1))
    expect(outputs).to.deep.equal([
      { do: 'close', socket: 1, reason: 'replaced' },
      { do: 'close', socket: 2, reason: 'replaced' },
      { do: 'resumed', socket: 3, draining: undefined },
    ])
    expect(session.draining).to.be.empty
    expect(session.closed(1, 5), 'their ends mean nothing').to.be.empty
    expect(session.closed(2, 5)).to.be.empty
    expect(session.status).to.equal(CONNECTED)
  })

  it('HS-11 a foreign principal gets a session of its own, and the session stays', () => {
    const world = connected()
    world.cut(1)
    const thief = beside(world, 'owner-1', 'AAAABBBB', 'mallory')
    thief.connect(9)
    thief.settle()
    expect(thief.client.token).to.equal('AAAAKKKK')
    expect(thief.clientLog.at(-1)).to.deep.include({ do: 'connected', how: 'renewed' })
    expect(world.sessionStatus('AAAABBBB')).to.equal(RECONNECTING)
    world.connect(2)
    world.settle()
    expect(world.client.token).to.equal('AAAABBBB')
    expect(world.clientLog.at(-1)).to.deep.include({ how: 'resumed' })
  })

  it('HS-15 a client that is cut while PRECONNECTED comes back to the session that the server has', () => {
    const world = new DopWorld({ client: 'BBBB', server: ['AAAA', 'CCCC'] })
    world.connect(1)
    world.toClient(1)
    world.toServer(1)
    expect(world.client.status).to.equal(PRECONNECTED)
    world.cut(1)
    expect(world.client.status).to.equal(RECONNECTING)
    expect(world.client.token).to.equal('AAAABBBB')
    expect(world.sessionStatus('AAAABBBB')).to.equal(RECONNECTING)
    world.connect(2)
    world.settle()
    expect(world.clientLog.at(-1)).to.deep.include({ how: 'resumed' })
    // the application never had it: it is told of a session, not of a resume
    expect(world.serverLog).to.deep.include({ do: 'session', socket: 2 })
    expect(world.serverLog.filter((output) => output.do === 'resumed')).to.be.empty
  })

  it('HS-15 a client that is cut while OPEN begins again', () => {
    const world = new DopWorld({ client: 'BBBB', server: ['AAAA', 'CCCC'] })
    world.connect(1)
    world.toServer(1)
    world.cut(1)
    expect(world.client.status).to.equal(OPEN)
    world.connect(2)
    world.settle()
    expect(world.client.token).to.equal('BBBBCCCC')
    world.advance(UNCONFIRMED_MS)
    expect([...world.sessions.keys()], 'the first one is collected').to.deep.equal([sha256('BBBBCCCC')])
  })

  it('HS-17 an unconfirmed session is collected after 30 s, cut or not', () => {
    for (const cut of [false, true]) {
      const world = new DopWorld({ client: 'BBBB', server: ['AAAA'] })
      world.connect(1)
      world.toServer(1)
      if (cut) world.cut(1)
      world.advance(UNCONFIRMED_MS - 1)
      expect(world.sessions.size).to.equal(1)
      world.advance(1)
      expect(world.sessions.size).to.equal(0)
      expect(world.serverLog).to.deep.include({ do: 'expired' })
    }
  })

  it('HS-17 a session without a socket is collected after the resume window, and not before', () => {
    const world = connected()
    world.advance(10 * RESUME_WINDOW_MS)
    expect(world.sessions.size, 'not while it has a socket').to.equal(1)
    world.cut(1)
    world.advance(RESUME_WINDOW_MS - 1)
    expect(world.sessions.size).to.equal(1)
    world.advance(1)
    expect(world.sessions.size).to.equal(0)
  })

  it('HS-17 a restored session waits for its client as one that was cut', () => {
    const first = new ServerIdentity({ holder: claim('a', 1, 'ada'), confirmed: false }, 0)
    first.preconnected(1)
    first.connected()
    const restored = new ServerIdentity(first.snapshot(), 1_000, { resumeWindowMs: 50 })
    expect(restored.status).to.equal(RECONNECTING)
    expect(restored.deadline()).to.equal(1_050)
    const { outputs } = restored.resume(2, claim('a', 2, 'ada'))
    expect(outputs).to.deep.equal([
      { do: 'status', status: CONNECTED },
      { do: 'resumed', socket: 2, draining: undefined },
    ])
    expect(restored.deadline()).to.equal(undefined)
    expect(JSON.parse(JSON.stringify(first.snapshot()))).to.deep.equal(first.snapshot())
  })

  it('HS-14 a disconnection before CONNECTED is sent once CONNECTED', () => {
    const world = new DopWorld({ client: 'BBBB', server: ['AAAA'] })
    world.connect(1)
    world.disconnectClient()
    expect(world.client.status).to.equal(OPEN)
    world.settle()
    expect(world.client.status).to.equal(DISCONNECTED)
    expect(world.wire(1).server.status).to.equal(DISCONNECTED)
    expect(world.ended).to.include(sha256('AAAABBBB'))
  })

  it('HS-14 or never: whoever gives up before ends here alone', () => {
    const world = connected()
    world.cut(1)
    world.disconnectClient()
    expect(world.client.status).to.equal(RECONNECTING)
    expect(world.client.disconnect(true)).to.deep.equal([
      { do: 'status', status: DISCONNECTED },
      { do: 'ended', by: 'local' },
    ])
    expect(world.sessionStatus('AAAABBBB')).to.equal(RECONNECTING)
    expect(world.client.open(7, true), 'nothing is said on another socket').to.be.empty
  })

  it('HS-10 the end closes every socket of the session', () => {
    const world = connected()
    world.connect(2)
    world.settle()
    world.disconnectClient()
    world.settle()
    const closed = world.clientLog.flatMap((output) => (output.do === 'close' ? [output.socket] : []))
    expect(closed).to.have.members([1, 2])
    expect(world.sessions.size).to.equal(0)
  })

  it('HS-5 a client whose auth did not carry the announcement sends it, resuming or not', () => {
    const world = new DopWorld({ client: 'BBBB', server: ['AAAA', 'CCCC'] })
    world.connect(1, false)
    expect(world.clientLog[0]).to.deep.equal({
      do: 'announce',
      socket: 1,
      announcement: [1, 'owner-1', 1],
    })
    world.settle()
    world.cut(1)
    world.connect(2, false)
    world.settle()
    expect(world.clientLog.at(-1)).to.deep.include({ how: 'resumed' })
    expect(world.sessions.get(sha256('AAAABBBB'))?.holder).to.deep.equal(claim('owner-1', 2))
  })

  it('HS-6 a server that breaks the protocol loses the socket, not the session', () => {
    const world = connected()
    world.wire(1).toClient.push('nonsense')
    world.settle()
    expect(world.clientLog).to.deep.include({ do: 'close', socket: 1, stays: false })
    expect(world.clientLog.at(-1)).to.include({ do: 'status', status: RECONNECTING })
    expect(world.clientLog.find((output) => output.do === 'refused')).to.deep.equal({
      do: 'refused',
      reason: 'protocol',
      retryable: true,
      kept: false,
      code: 'ERR_HANDSHAKE',
    })
    expect(world.client.status).to.equal(RECONNECTING)
    world.connect(2)
    world.settle()
    expect(world.clientLog.at(-1)).to.deep.include({ how: 'resumed' })
  })

  it('HS-12 SES-14 a further socket on which the server breaks the protocol is given up, and the present one is kept', () => {
    const world = connected()
    world.connect(2)
    world.wire(2).toClient.push('nonsense')
    world.settle()
    expect(world.clientLog).to.deep.include({ do: 'close', socket: 2, stays: false })
    expect(world.clientLog.at(-1)).to.include({ do: 'refused', kept: true, code: 'ERR_HANDSHAKE' })
    expect(world.client.current?.socket).to.equal(1)
    expect(world.client.status).to.equal(CONNECTED)
  })

  it('HS-12 SES-14 one that has the session no more is given up in silence while a later one tries to get it', () => {
    const world = connected()
    world.connect(2)
    world.wire(1).toClient.unshift('nonsense')
    world.toClient(1)
    expect(world.clientLog).to.deep.include({ do: 'close', socket: 1, stays: false })
    expect(world.clientLog.filter((output) => output.do === 'refused')).to.be.empty
    world.settle()
    expect(world.client.current?.socket).to.equal(2)
    expect(world.clientLog.at(-1)).to.deep.include({ do: 'connected', how: 'resumed' })
  })

  it('HS-16 nothing is heard from a socket that is closed or unknown', () => {
    const world = connected()
    world.cut(1)
    expect(world.client.receive(1, 'AAAABBBB')).to.be.empty
    expect(world.client.receive(77, 'AAAA')).to.be.empty
    expect(world.client.closed(77)).to.be.empty
    expect(world.client.refused(77, { reason: 'ended', retryable: false, error: undefined })).to.be.empty
    expect(world.client.status).to.equal(RECONNECTING)
  })

  it('HS-15 every row of both tables leads to another status, and none leaves DISCONNECTED', () => {
    for (const [row, to] of [...Object.entries(CLIENT_LIFE), ...Object.entries(SERVER_LIFE)]) {
      expect(row.startsWith(`${to} `), row).to.equal(false)
      expect(row.startsWith('DISCONNECTED'), row).to.equal(false)
    }
  })
})
