import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type StarSocket, wrap } from '@socket-star/client'
import { isStarError } from '@socket-star/protocol'
import { RENEWAL_REASONS } from '@socket-star/protocol/session'
import { expect } from 'chai'
import { io } from 'socket.io-client'
import { CliProcess } from '../../packages/server/test/cli/spawn-cli.ts'
import { until } from './until.ts'

const APP = fileURLToPath(new URL('fixtures/numbers-app.ts', import.meta.url))
const CLIENTS = 3
const RESTARTS = 2
/** Numbers that come each way between two restarts, at least. */
const BETWEEN = 3_000
const BURST = 40
/** Requests that a client has open at a time. */
const OPEN_REQUESTS = 50
const PATIENCE_MS = 20_000

describe('a restart of the process, under load', function () {
  this.timeout(60_000)
  let directory: string
  let file: string
  let server: CliProcess
  let port = '0'
  const clients: StarSocket[] = []
  const renewals: unknown[] = []

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'star-processes-'))
    file = join(directory, 'state')
    port = '0'
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect()
    renewals.length = 0
    await server.kill()
    rmSync(directory, { recursive: true })
  })

  /** On the same port each time. */
  async function start(open: () => CliProcess): Promise<string> {
    server = open()
    const url = await server.url()
    port = new URL(url).port
    return url
  }

  async function restart(open: () => CliProcess): Promise<void> {
    server.signal('SIGTERM')
    expect(await server.exited).to.deep.equal({ code: 0, signal: null })
    await start(open)
  }

  /** `prepare` listens before anything can come. */
  async function connect(url: string, prepare: (client: StarSocket) => void = () => {}): Promise<StarSocket> {
    const socket = io(url, { transports: ['websocket'], forceNew: true, reconnectionDelay: 50 })
    const client = wrap(socket)
    clients.push(client)
    prepare(client)
    client.on('renew', ({ reason }) => renewals.push(reason))
    await until(() => client.isConnected() && client.id !== undefined)
    return client
  }

  it('CH-15 HS-17 an application’s: no number is lost, doubled or out of order, either way, and no session renewed', async () => {
    const open = (): CliProcess => new CliProcess([port, file], {}, { program: APP })
    const url = await start(open)
    const numbers: Numbers[] = []
    for (let n = 0; n < CLIENTS; n++) await connect(url, (client) => numbers.push(new Numbers(client)))
    const ids = clients.map(({ id }) => id)
    for (let restarts = 1; restarts <= RESTARTS; restarts++) {
      const before = numbers.map(({ received, sent }) => [received, sent] as const)
      const moved = (): boolean =>
        numbers.every((one, n) => {
          const [received = 0, sent = 0] = before[n] ?? []
          return one.received - received > BETWEEN && one.sent - sent > BETWEEN
        })
      await until(moved, PATIENCE_MS)
      await restart(open)
      await until(() => clients.every((client) => client.isConnected()), PATIENCE_MS)
    }
    for (const one of numbers) one.stop()
    for (const [n, client] of clients.entries()) {
      await client.flush()
      const { up, problems } = (await client.emitWithAck('standing')) as { up: number; problems: string[] }
      expect([...problems, ...(numbers[n]?.problems ?? [])]).to.deep.equal([])
      expect(up).to.equal(numbers[n]?.sent)
    }
    expect(clients.map(({ id }) => id)).to.deep.equal(ids)
    expect(renewals).to.deep.equal([])
  })

  it('CH-15 SES-11 the command line’s, with --state: each request is answered, and no session renewed', async () => {
    const open = (): CliProcess => new CliProcess(['--port', port, '--host', '127.0.0.1', '--state', file])
    const url = await start(open)
    const ids: (string | undefined)[] = []
    const answers: Record<string, number> = {}
    let asked = 0
    let asking = true
    const ask = async (client: StarSocket): Promise<void> => {
      while (asking) {
        asked += 1
        const error: unknown = await client.emitWithAck('is anybody there').catch((reason) => reason)
        const code = isStarError(error) ? error.code : String(error)
        answers[code] = (answers[code] ?? 0) + 1
      }
    }
    const work: Promise<void>[] = []
    for (let n = 0; n < CLIENTS; n++) {
      const client = await connect(url)
      ids.push(client.id)
      work.push(...Array.from({ length: OPEN_REQUESTS }, () => ask(client)))
    }
    for (let restarts = 1; restarts <= RESTARTS; restarts++) {
      const before = answers.ERR_REMOTE ?? 0
      await until(() => (answers.ERR_REMOTE ?? 0) > before + BETWEEN, PATIENCE_MS)
      await restart(open)
    }
    await until(() => clients.every((client) => client.isConnected()), PATIENCE_MS)
    asking = false
    await Promise.all(work)
    // nobody listens there, so that no request can have been under way in a handler
    expect(answers).to.deep.equal({ ERR_REMOTE: asked })
    expect(clients.map(({ id }) => id)).to.deep.equal(ids)
    expect(renewals).to.deep.equal([])
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).to.contain(`\nsocket_star_sessions{status="CONNECTED"} ${CLIENTS}\n`)
    expect(metrics).to.contain(`\nsocket_star_session_resumes_total ${CLIENTS}\n`)
    for (const reason of RENEWAL_REASONS) {
      expect(metrics).to.contain(`\nsocket_star_session_renewals_total{reason="${reason}"} 0\n`)
    }
  })
})

/** Numbers both ways, on a client's side. */
class Numbers {
  sent = 0
  received = 0
  readonly problems: string[] = []
  #sending = true
  readonly #star: StarSocket

  constructor(star: StarSocket) {
    this.#star = star
    star.on('number', (n: number) => {
      if (n !== this.received + 1) this.problems.push(`${n} after ${this.received}`)
      this.received = n
    })
    this.#turn()
  }

  stop(): void {
    this.#sending = false
  }

  #turn(): void {
    for (let burst = 0; this.#sending && burst < BURST; burst++) {
      this.sent += 1
      if (!this.#star.emit('number', this.sent)) {
        this.#star.once('drain', () => this.#turn())
        return
      }
    }
    if (this.#sending) setImmediate(() => this.#turn())
  }
}
