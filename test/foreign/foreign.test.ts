import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { joinStar, type Peer, STATUS, wrap } from '@socket-star/client'
import { type Session, type Star, type StarOptions, starMiddleware } from '@socket-star/server'
import { expect } from 'chai'
import pull from 'pull-stream'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { requireComponent } from '../../scripts/components/index.ts'

const SCENARIOS = join(import.meta.dirname, 'scenarios.py')
const LIMIT_MS = 40_000
const BYTES = 1_000_000

const nothing = (): void => {}
const SILENT = { error: nothing, warn: nothing, info: nothing, debug: nothing }

/** Dials the other peer that is there; it sends back in reverse what it was sent, once it has all of it. */
async function dialOther(peer: Peer): Promise<void> {
  const [other = ''] = peer.peers
  const { source, sink } = await peer.dial(other)
  const sent = Buffer.from(Array.from({ length: BYTES }, (_, at) => (at * at) % 251))
  sink(pull.once<Uint8Array>(sent))
  const chunks = await new Promise<Uint8Array[]>((resolve, reject) => {
    const collect = pull.collect<Uint8Array>((error, all) => (error ? reject(error) : resolve(all)))
    collect(source)
  })
  expect(Buffer.concat(chunks).equals(sent.reverse())).to.equal(true)
}

describe('a client in Python, written from PROTOCOL.md', function () {
  this.timeout(LIMIT_MS + 5_000)
  const python = requireComponent('python')
  let server: Server
  let star: Star
  let port: number
  let scenario: ChildProcess | undefined
  const sessions: Session[] = []

  async function serve(options: StarOptions = {}): Promise<void> {
    const http = createServer()
    server = new Server(http, { serveClient: false })
    star = starMiddleware({ public: true, log: SILENT, ...options })
    server.use(star)
    star.on('session', talkTo)
    star.on('error', () => {})
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    port = (http.address() as AddressInfo).port
  }

  /** What the scenarios ask of an application. */
  function talkTo(session: Session): void {
    sessions.push(session)
    session.join('lobby')
    session.on('say', (...args) => star.to('lobby').emit('said', ...args))
    session.on('greet', (name, reply) => reply(`hello ${name}`))
    session.on('echo', (...args) => session.emit('echo', ...args))
    session.on('count', (most: number) => {
      for (let n = 0; n < most; n++) session.emit('tick', n)
    })
    session.on('ask', async (...request: [string, ...unknown[]]) => {
      const answer = await session.emitWithAck(...request).catch(({ code }) => code)
      session.emit('answered', answer)
    })
    session.on('leave', () => session.disconnect())
    session.on('fail', () => {
      throw new Error('a handler fails')
    })
  }

  afterEach(async () => {
    scenario?.kill()
    star.close()
    await server.close()
    sessions.length = 0
  })

  /** Runs a scenario to its end. `onLine` is called with what it prints. */
  async function run(name: string, args: string[] = [], onLine: (line: string) => void = () => {}) {
    // -B: nothing is written beside the sources
    const child = spawn(python.path, ['-B', SCENARIOS, name, `${port}`, ...args], { timeout: LIMIT_MS })
    scenario = child
    let errors = ''
    child.stdout.on('data', (chunk) => `${chunk}`.trim().split('\n').map(onLine))
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    const [code] = await once(child, 'close')
    expect(errors).to.equal('')
    expect(code).to.equal(0)
  }

  it('HS-4 SES-4 SES-8 SES-12 has a session: events, binaries and requests both ways', async () => {
    await serve()
    await run('talks')
    expect(sessions.length).to.equal(1)
  })

  it('HS-7 HS-15 SES-19 CH-1 resumes it over 25 cuts with messages under way both ways', async () => {
    await serve()
    await run('cuts')
    expect(sessions.length).to.equal(1)
    expect(star.stats().resumes).to.be.at.least(20)
    expect(star.stats().drops).to.deep.equal({})
  })

  it('HS-12 CH-12 moves it to further connections, the session CONNECTED all the while', async () => {
    await serve()
    const statuses: unknown[] = []
    star.on('session', (session) => session.on('status', (status) => statuses.push(status)))
    await run('cycles')
    // but at the end, if that is known already
    expect(statuses.filter((status) => status !== STATUS.RECONNECTING)).to.deep.equal([])
    expect(statuses.length).to.be.at.most(1)
    expect(star.stats()).to.deep.include({ resumes: 10, drops: {} })
  })

  it('HS-8 SES-16 begins anew where the server does not know it', async () => {
    await serve()
    await run('renewed')
    expect(star.stats().renewals).to.deep.equal({ unknown: 2 })
  })

  it('ROOM-4 ROOM-6 hears in a room what was said while it was away, or is told of the gap', async () => {
    await serve()
    await run('rooms')
  })

  it('SES-9 answers heartbeats, and is found silent when it does not', async () => {
    await serve({ sessions: { heartbeatMs: 200, answerMs: 200 } })
    await run('silent')
  })

  it('HS-10 HS-12 HS-13 SES-5 is told why a socket closes', async () => {
    await serve()
    await run('ends')
    // two formal ends, one of each side
    expect(star.sessions.size).to.equal(1)
  })

  it('JOIN-8 DISC-5 DIAL-2 PS-51 proves an address, and has streams with a peer of ours, whoever dials', async () => {
    await serve()
    const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true })
    const base = `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`
    const privateKey = await generateKeyPair('Ed25519')
    const peer: Peer = await joinStar(wrap(socket), base, { privateKey })
    try {
      const dialled: Promise<void>[] = []
      peer.on('stream', (stream) => stream.sink(stream.source))
      await run('proven', [peer.address], (line) => {
        if (line === 'dial us') dialled.push(dialOther(peer))
        else void Promise.all(dialled).then(() => peer.leave())
      })
      expect(dialled.length).to.equal(1)
      expect(star.stats().joins).to.include({ ok: 2, ERR_KEY_REQUIRED: 1 })
    } finally {
      socket.disconnect()
    }
  })

  it('JOIN-13 JOIN-22 DISC-2 DISC-15 PS-49 joins where nothing is to be proven, and streams half-closed', async () => {
    await serve({ challenge: false, production: false })
    await run('unproven')
    expect(star.stats().joins).to.deep.equal({ ok: 4 })
  })
})
