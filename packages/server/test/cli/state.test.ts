import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, watch } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { io } from 'socket.io-client'
import { ScriptedClient } from '../session/scripted-client.ts'
import { until } from '../support/host.ts'
import { CliProcess } from './spawn-cli.ts'

describe('the command line with --state', function () {
  this.timeout(20_000)
  let directory: string
  let server: CliProcess
  let client: ScriptedClient | undefined
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'star-cli-state-'))
  })
  afterEach(async () => {
    client?.close()
    await server.kill()
    rmSync(directory, { recursive: true })
  })

  const start = async (file: string) => {
    server = new CliProcess(['--port', '0', '--host', '127.0.0.1', '--state', file])
    const url = await server.url()
    return { client: (options: object) => io(url, { transports: ['websocket'], forceNew: true, ...options }) }
  }

  it('OPS-6 says so when it could not be written at the stop, and ends with code 1', async () => {
    const place = join(directory, 'place')
    mkdirSync(place)
    await start(join(place, 'state'))
    rmSync(place, { recursive: true })
    server.signal('SIGTERM')
    const { file, error } = await server.line('star.state-not-written')
    expect(file).to.equal(join(place, 'state'))
    expect(error).to.contain('ENOENT')
    expect(await server.exited).to.deep.equal({ code: 1, signal: null })
    expect((await server.line('server.stop-failed')).message).to.contain('.tmp')
  })

  it('OPS-6 writes its file also when no more files can be opened', async () => {
    const file = join(directory, 'state')
    server = new CliProcess(['--port', '0', '--host', '127.0.0.1', '--state', file], {}, { openFiles: 40 })
    const { port } = new URL(await server.url())
    const crowd = Array.from({ length: 60 }, () => connect(Number(port), '127.0.0.1').on('error', () => {}))
    // those that the system accepted, and the server has no room for, are closed again
    await Promise.any(crowd.map((socket) => once(socket, 'close')))
    server.signal('SIGTERM')
    await server.line('star.state-written')
    for (const socket of crowd) socket.destroy()
    expect(await server.exited).to.deep.equal({ code: 0, signal: null })
    expect(existsSync(file)).to.equal(true)
  })

  it('OPS-6 OPS-8 keeps its file over a SIGHUP, and when it is stopped before it listens', async () => {
    const file = join(directory, 'state')
    await start(file)
    server.signal('SIGHUP') // OPS-8: there is no certificate to renew
    await server.line('server.nothing-to-reload')
    server.signal('SIGTERM')
    await server.exited
    const content = readFileSync(file)
    server = new CliProcess(['--port', '0', '--host', '127.0.0.1', '--state', file])
    const claimed = watch(directory)
    await once(claimed, 'change')
    server.signal('SIGTERM')
    claimed.close()
    expect(await server.exited).to.deep.equal({ code: 0, signal: null })
    expect(readFileSync(file)).to.deep.equal(content)
  })

  it('OPS-8 writes its file when its terminal is gone', async () => {
    const file = join(directory, 'state')
    server = new CliProcess(['--port', '0', '--host', '127.0.0.1', '--state', file], {}, { terminal: true })
    await until(() => server.text.includes('Listening on'))
    await server.kill() // the terminal
    await until(() => existsSync(file) && !existsSync(`${file}.lock`))
  })

  it('OPS-6 a session goes on in the next process', async () => {
    const file = join(directory, 'state')
    client = await ScriptedClient.connected(await start(file), { io: { reconnection: false } })
    const id = client.welcome?.id
    server.signal('SIGTERM')
    expect(await server.exited).to.deep.equal({ code: 0, signal: null })
    expect(statSync(file).mode & 0o777).to.equal(0o600)
    expect(client.closes.map(({ reason }) => reason)).to.deep.equal(['drain'])
    client.say(['chat', 'while it was down'])
    client.moveTo(await start(file))
    await client.resume()
    await client.flushed()
    await until(() => client?.welcomedBack === 1)
    expect(client.welcome).to.include({ id })
  })
})
