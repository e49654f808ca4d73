import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { joinStar, wrap } from '@socket-star/client'
import { expect } from 'chai'
import { io } from 'socket.io-client'
import { CLI, CliProcess } from './spawn-cli.ts'

const LOOPBACK = ['--host', '127.0.0.1', '--port', '0']

/** Runs the command to its end. */
const runOnce = (args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, ['--conditions=@socket-star/source', CLI, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    encoding: 'utf8',
    timeout: 10_000,
  })

describe('the command line', function () {
  this.timeout(20_000)
  let cli: CliProcess | undefined

  const start = (args: string[], env: Record<string, string> = {}): CliProcess => {
    cli = new CliProcess(args, env)
    return cli
  }

  afterEach(async () => {
    await cli?.kill()
    cli = undefined
  })

  it('prints its help and its version', () => {
    const help = runOnce(['--help'])
    expect(help.status).to.equal(0)
    expect(help.stdout).to.contain('--trust-proxy <address>')
    const version = runOnce(['--version'])
    expect(version.status).to.equal(0)
    expect(version.stdout).to.match(/^\d+\.\d+\.\d+\n$/)
  })

  it('is content when nobody reads its help to the end', async () => {
    const cli = start(['--help'])
    cli.child.stdout?.destroy()
    expect(await cli.exited).to.deep.equal({ code: 0, signal: null })
    expect(cli.errors).to.equal('')
  })

  it('OPS-3 ends with code 2 and a message for what it does not understand', () => {
    for (const [args, message] of [
      [['--nope'], 'unknown option --nope'],
      [['--port', 'ninety'], '--port must be a port'],
      [['--trust-proxy', 'nowhere'], '"nowhere"'],
      [['--key', '/nonexistent', '--cert', '/nonexistent'], 'cannot be read'],
      [['--key', CLI, '--cert', CLI], 'cannot be used for TLS'],
    ] as const) {
      const { status, stderr, stdout } = runOnce([...args])
      expect(stderr).to.contain('socket-star: ').and.contain(message)
      expect(stderr).not.to.contain('    at ')
      expect(stdout).to.equal('')
      expect(status).to.equal(2)
    }
  })

  it('names the variables of its prefix that no option has', async () => {
    const kubernetes = { SOCKET_STAR_SERVICE_HOST: '10.0.0.1', SOCKET_STAR_PORT_80_TCP: 'tcp://10.0.0.1:80' }
    const cli = start(LOOPBACK, { SOCKET_STAR_STATE_FILE: 'x', SOCKET_STAR_LOG_LEVEL: 'info', ...kubernetes })
    expect((await cli.line('cli.unknown-variables')).variables).to.deep.equal(['SOCKET_STAR_STATE_FILE'])
    await cli.kill()
    const quiet = start(LOOPBACK, kubernetes)
    await quiet.url()
    expect(quiet.lines.map(({ event }) => event)).not.to.include('cli.unknown-variables')
  })

  it('OPS-3 says which port is in use, and ends with code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    const cli = start(['--host', '127.0.0.1', '--port', String(port)])
    expect((await cli.exited).code).to.equal(1)
    expect(cli.errors).to.contain(`127.0.0.1:${port} is in use`).and.contain('--port')
    other.close()
  })

  it('says how to fix a start in production that nobody made public', () => {
    const { status, stderr } = runOnce(LOOPBACK, { NODE_ENV: 'production' })
    expect(status).to.equal(2)
    expect(stderr).to.contain('--public')
  })

  it('starts in production with --public', async () => {
    const cli = start([...LOOPBACK, '--public'], { NODE_ENV: 'production' })
    expect((await cli.line('server.listening')).mode).to.contain('production, public')
  })

  it('OPS-3 warns where production admits nobody, for want of TLS', async () => {
    const cli = start([...LOOPBACK, '--public'], { NODE_ENV: 'production' })
    expect((await cli.line('server.nobody-admitted')).hint).to.contain('--trust-proxy')
    await cli.kill()
    const proxied = start([...LOOPBACK, '--public', '--trust-proxy', '127.0.0.1'], { NODE_ENV: 'production' })
    await proxied.line('server.listening')
    expect(proxied.lines.map(({ event }) => event)).not.to.include('server.nobody-admitted')
  })

  it('goes on when whoever read its log is gone', async () => {
    const cli = start([...LOOPBACK, '--log-level', 'debug'])
    const url = await cli.url()
    cli.child.stdout?.destroy()
    const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false })
    // each is a line of the log that nobody takes
    for (let i = 0; i < 3; i++) await new Promise((resolve) => socket.emit('ss-join', 'nowhere', '', resolve))
    socket.disconnect()
    expect((await fetch(`${url}/healthz`)).status).to.equal(200)
  })

  it('says where it can be reached, as URL and as multiaddr, and how it is set up', async () => {
    const cli = start([...LOOPBACK, '--no-challenge'])
    const { urls, multiaddrs, mode } = await cli.line('server.listening')
    const { port } = new URL(await cli.url())
    expect(urls).to.deep.equal([`http://127.0.0.1:${port}`])
    expect(multiaddrs).to.deep.equal([`/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`])
    expect(mode).to.contain('development').and.contain('challenge off')
  })

  it('takes its settings from the environment, the legacy variables included', async () => {
    const cli = start([], { HOST: '127.0.0.1', SOCKET_STAR_PORT: '0', DISABLE_METRICS: '1' })
    expect((await fetch(`${await cli.url()}/metrics`)).status).to.equal(404)
  })

  it('OPS-7 logs no key, no signature and no payload, at the most talkative level', async () => {
    const cli = start([...LOOPBACK, '--log-level', 'debug'])
    const url = await cli.url()
    const address = `/ip4/127.0.0.1/tcp/${new URL(url).port}/ws/p2p-websocket-star`
    const sent: string[] = []
    const peers = await Promise.all(
      [0, 1].map(async () => {
        const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false })
        socket.onAnyOutgoing((event, ...args) => {
          if (event === 'ss-join') sent.push(String(args[1]))
        })
        const privateKey = await generateKeyPair('Ed25519')
        return { socket, peer: await joinStar(wrap(socket), address, { privateKey }) }
      }),
    )
    const [one, two] = peers.map(({ peer }) => peer)
    if (one === undefined || two === undefined) throw new Error('unreachable')
    const ended = new Promise<void>((resolve) => {
      two.on('stream', ({ source }) => {
        const read = (): void => source(null, (end) => (end === null ? read() : resolve()))
        read()
      })
    })
    const payload = 'the treasure is under the lighthouse'
    const chunks = [new TextEncoder().encode(payload)]
    const { sink } = await one.dial(two.address)
    sink((abort, callback) => callback(abort ?? (chunks.length === 0 || null), chunks.shift()))
    await ended
    for (const { socket } of peers) {
      socket.emit('ss-join', address, payload, () => {})
      socket.emit('ss-dial', payload)
      await new Promise((resolve) => socket.emit('ss-join', payload, payload, resolve))
      socket.disconnect()
    }
    cli.signal('SIGTERM')
    await cli.exited
    const output = cli.text + cli.errors + JSON.stringify(cli.lines)
    expect(sent.length).to.be.at.least(4)
    for (const secret of [...sent, payload]) expect(output).not.to.contain(secret)
  })

  it('OPS-3 OPS-7 says in a line of its log what it died of, and ends with code 1', async () => {
    const code = encodeURIComponent("process.on('SIGUSR2', () => { Promise.reject(new Error('the bug')) })")
    const cli = start(LOOPBACK, { NODE_OPTIONS: `--import data:text/javascript,${code}` })
    await cli.url()
    cli.signal('SIGUSR2')
    const { level, error, stack } = await cli.line('server.crashed')
    expect({ level, error }).to.deep.equal({ level: 'error', error: 'Error: the bug' })
    expect((stack as string[])[0]).to.match(/^at /)
    expect(await cli.exited).to.deep.equal({ code: 1, signal: null })
    expect(cli.errors).to.equal('')
  })

  it('writes JSON lines alone where nobody watches', async () => {
    const cli = start([...LOOPBACK, '--log-level', 'debug'])
    await cli.line('server.listening')
    cli.signal('SIGTERM')
    await cli.exited
    expect(cli.text).to.equal('')
    for (const line of cli.lines) expect(line).to.include.keys('time', 'level', 'event')
  })
})
