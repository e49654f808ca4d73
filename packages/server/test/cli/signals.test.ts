import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join as joinPath } from 'node:path'
import { createInterface } from 'node:readline'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { joinStar, type Peer, type PeerStream, wrap } from '@socket-star/client'
import { expect } from 'chai'
import { io, type Socket } from 'socket.io-client'
import { SAME_KEY_PRESS_MS } from '../../src/cli/signals.ts'
import { CLI, CliProcess } from './spawn-cli.ts'

describe('the command line and its signals', function () {
  this.timeout(20_000)
  let cli: CliProcess
  let url: string
  let sockets: Socket[]

  beforeEach(() => {
    sockets = []
  })

  afterEach(async () => {
    for (const socket of sockets) socket.disconnect()
    await cli.kill()
  })

  const start = async (...args: string[]): Promise<void> => {
    cli = new CliProcess(['--host', '127.0.0.1', '--port', '0', ...args])
    url = await cli.url()
  }

  const join = async (): Promise<Peer> => {
    const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false })
    sockets.push(socket)
    const address = `/ip4/127.0.0.1/tcp/${new URL(url).port}/ws/p2p-websocket-star`
    return joinStar(wrap(socket), address, { privateKey: await generateKeyPair('Ed25519') })
  }

  const health = async (): Promise<number> => (await fetch(`${url}/healthz`)).status

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`OPS-3 OPS-4 stops at once and with code 0 on ${signal} where nothing runs`, async () => {
      await start()
      await join()
      expect(await health()).to.equal(200)
      const started = performance.now()
      cli.signal(signal)
      expect(await cli.exited).to.deep.equal({ code: 0, signal: null })
      expect(performance.now() - started).to.be.below(2_000)
    })
  }

  it('OPS-1 OPS-5 answers 503 while a transfer finishes, takes nobody new, and loses no byte', async () => {
    await start()
    const pace = new Pace()
    const received = await transfer(await join(), await join(), pace.source)
    await received.atLeast(1)
    cli.signal('SIGTERM')
    await cli.line('server.draining')
    expect(await health()).to.equal(503)
    const late = io(url, { transports: ['websocket'], forceNew: true, reconnection: false })
    sockets.push(late)
    await new Promise((resolve) => late.once('connect_error', resolve))
    pace.finish(50)
    expect(await received.end).to.equal(pace.sent)
    expect((await cli.exited).code).to.equal(0)
  })

  it('stops after the drain time although a transfer goes on', async () => {
    await start('--drain-timeout', '1')
    const received = await transfer(await join(), await join(), new Pace().source)
    await received.atLeast(1)
    cli.signal('SIGTERM')
    expect((await cli.exited).code).to.equal(0)
    expect(cli.lines.map(({ event }) => event)).to.include('server.drain-timeout')
  })

  it('OPS-4 takes two signals of one key press for one; a later one stops at once, its state written', async () => {
    const state = joinPath(mkdtempSync(joinPath(tmpdir(), 'star-signals-')), 'state')
    await start('--state', state)
    const received = await transfer(await join(), await join(), new Pace().source)
    await received.atLeast(1)
    cli.signal('SIGINT')
    cli.signal('SIGINT')
    const { time } = await cli.line('server.draining')
    const seen = received.count
    await received.atLeast(seen + 1)
    while (Date.now() - Date.parse(String(time)) <= SAME_KEY_PRESS_MS + 50)
      await received.atLeast(received.count + 1)
    cli.signal('SIGTERM')
    expect((await cli.exited).code).to.equal(143)
    expect(cli.lines.slice(-2).map(({ event }) => event)).to.deep.equal([
      'server.forced',
      'star.state-written',
    ])
    expect(readdirSync(dirname(state))).to.deep.equal(['state'])
    rmSync(dirname(state), { recursive: true })
  })
})

describe('the command line under npm', function () {
  this.timeout(20_000)

  it('stops when npm, which started it, was stopped and only its shell heard of it', async () => {
    const shell = `'${process.execPath}' --conditions=@socket-star/source '${CLI}' --host 127.0.0.1 --port 0; true`
    const parent = spawn('sh', ['-c', shell], {
      env: { PATH: process.env.PATH ?? '', npm_lifecycle_event: 'start' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines: string[] = []
    const output = createInterface({ input: parent.stdout })
    await new Promise<void>((resolve) => {
      output.on('line', (line) => {
        lines.push(line)
        if (line.includes('server.listening')) resolve()
      })
    })
    parent.kill('SIGTERM')
    await once(output, 'close') // the server holds the other end until it has stopped
    expect(lines.at(-1)).to.contain('server.stopped')
  })
})

const CHUNK = new Uint8Array(1_000)
const PACE_MS = 20

/** A sender that writes a chunk every now and then until it is told to finish. */
class Pace {
  sent = 0
  #left = Number.POSITIVE_INFINITY

  finish(chunks: number): void {
    this.#left = chunks
  }

  readonly source = (abort: unknown, callback: (end: boolean | null, data?: Uint8Array) => void): void => {
    if (abort !== null || this.#left <= 0) {
      callback(true)
      return
    }
    setTimeout(() => {
      this.#left -= 1
      this.sent += CHUNK.length
      callback(null, CHUNK)
    }, PACE_MS)
  }
}

/** Streams from one peer to another, and tells what arrives. */
async function transfer(from: Peer, to: Peer, source: Pace['source']) {
  const arrived = new Promise<PeerStream>((resolve) => to.on('stream', resolve))
  const out = await from.dial(to.address)
  out.sink(source as Parameters<PeerStream['sink']>[0])
  const { source: incoming } = await arrived
  const waiting: { count: number; resolve: () => void }[] = []
  const state = { count: 0, bytes: 0 }
  const end = new Promise<number>((resolve) => {
    const read = (): void =>
      incoming(null, (ended, data) => {
        if (ended !== null || data === undefined) return resolve(state.bytes)
        state.count += 1
        state.bytes += data.length
        for (const each of waiting) if (each.count <= state.count) each.resolve()
        read()
      })
    read()
  })
  return {
    end,
    get count() {
      return state.count
    },
    /** Resolves when that many chunks have arrived. */
    atLeast: (count: number): Promise<void> =>
      new Promise((resolve) => (state.count >= count ? resolve() : waiting.push({ count, resolve }))),
  }
}
