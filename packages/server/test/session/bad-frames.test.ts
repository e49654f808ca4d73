import { AUTH_KEY, createToken, SESSION_EVENTS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import { type Star, starMiddleware } from '../../src/index.ts'
import { SILENT_LOG } from '../../src/log.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { until } from '../support/host.ts'
import { BadFrames } from './bad-frames.ts'
import { FakeNamespace, type FakeSocket } from './fake-socket.ts'
import { Stage } from './stage.ts'

const SEED = Number(process.env.BAD_INPUT_SEED ?? 20_261_121)
const FRAMES = Number(process.env.BAD_INPUT_FRAMES ?? 100_000)
/** Frames that one connection sends at most, when it is not thrown out before. */
const FRAMES_A_CONNECTION = 12
/** So often the clock moves on and what was left behind is collected. */
const COLLECT_EVERY = 500

/** Connects and goes through the handshake, as a client that knows the rules. */
async function enter(namespace: FakeNamespace, environment: FakeEnvironment): Promise<FakeSocket> {
  const owner = createToken(environment.randomBytes(12))
  const socket = namespace.connect({ [AUTH_KEY]: [1, owner, 1] })
  const token = createToken(environment.randomBytes(16))
  socket.emit(SESSION_EVENTS.dop, token)
  // the look-up in the store takes a few turns
  for (let turns = 0; socket.sent.length < 2; turns++) {
    if (turns > 100) throw new Error(`no answer to the token: ${JSON.stringify(socket.sent)}`)
    await Promise.resolve()
  }
  socket.emit(SESSION_EVENTS.dop, token)
  await Promise.resolve()
  return socket
}

/** HELLO, and message 0 acknowledged. */
const HELLO = [2, 1, 1, 1, 0, 0, 0, 0, 2_048, 1_048_576]

describe('malformed frames', function () {
  this.timeout(180_000)

  it(`SES-3 LIM-1 ${FRAMES} from many sockets: nothing throws, everything is collected (seed ${SEED})`, async () => {
    const environment = new FakeEnvironment(SEED)
    const namespace = new FakeNamespace()
    let internalErrors = 0
    const log = { ...SILENT_LOG, error: () => internalErrors++ }
    const star: Star = starMiddleware({ log, environment, production: false })
    star.attach(namespace.asNamespace)
    let handed = 0
    star.on('session', (session) => {
      session.join('room')
      session.on('chat', () => handed++)
    })
    const bad = new BadFrames(() => environment.random())
    let frames = 0
    let connections = 0
    while (frames < FRAMES) {
      const socket = await enter(namespace, environment)
      connections += 1
      if (connections % 4 > 0) socket.emit(SESSION_EVENTS.frame, HELLO)
      for (let n = 0; n < FRAMES_A_CONNECTION && socket.connected; n++) {
        socket.emit(...bad.next())
        frames += 1
      }
      socket.disconnect()
      if (connections % COLLECT_EVERY === 0) environment.advance(121_000)
    }
    await Promise.resolve()
    environment.advance(121_000)
    expect(star.sessions.size).to.equal(0)
    expect(internalErrors).to.equal(0)
    expect(({} as { polluted?: boolean }).polluted).to.equal(undefined)
    // some frames were honest by chance, and most were not
    expect(handed).to.be.greaterThan(100)
    expect(star.stats().drops.session).to.be.greaterThan(FRAMES / 10)
    star.close()
    expect(environment.timers).to.equal(0)
    expect(namespace.sockets.size).to.equal(0)
  })

  it('beside them a session on a real socket loses nothing', async () => {
    const stage = await Stage.open()
    try {
      const { client, session } = await stage.pair()
      const heard: unknown[] = []
      session.on('chat', (n) => heard.push(n))
      const bad = new BadFrames(new FakeEnvironment(SEED).random)
      for (let round = 0; round < 100; round++) {
        const attacker = await stage.pair()
        const { socket } = attacker.client
        client.say(['chat', round])
        session.emit('news', round)
        for (let n = 0; n < 20; n++) socket.emit(...bad.next())
        socket.disconnect()
      }
      await until(() => heard.length === 100 && client.events.length === 100)
      expect(heard).to.deep.equal(Array.from({ length: 100 }, (_, n) => n))
      expect(client.events.map(([, n]) => n)).to.deep.equal(heard)
      expect(client.socket.connected).to.equal(true)
    } finally {
      await stage.close()
    }
  })
})
