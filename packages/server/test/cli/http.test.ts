import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { joinStar, wrap } from '@socket-star/client'
import { createStarServer, type LogFields, SILENT_LOG, type StarServer } from '@socket-star/server'
import { expect } from 'chai'
import { io, type Socket } from 'socket.io-client'

/** A request whose path is sent as it stands. */
function raw(
  url: string,
  path: string,
  headers = {},
  method = 'GET',
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers, method }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    sent.on('error', reject).end()
  })
}

describe('the ready-made server over HTTP', () => {
  let server: StarServer
  let directory: string
  let sockets: Socket[]

  const start = async (options = {}): Promise<void> => {
    server = await createStarServer({ page: join(directory, 'page'), ...options })
  }

  const connect = (headers = {}, transports = ['websocket']): Socket => {
    const socket = io(server.url, { transports, extraHeaders: headers, reconnection: false, forceNew: true })
    sockets.push(socket)
    return socket
  }

  const outcome = (socket: Socket): Promise<string> =>
    new Promise((resolve) => {
      socket.once('connect', () => resolve('connected')).once('connect_error', () => resolve('refused'))
    })

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'star-http-'))
    const page = join(directory, 'page')
    writeFileSync(join(directory, 'secret.html'), 'secret')
    mkdirSync(page)
    writeFileSync(join(page, 'index.html'), '<!doctype html>hello')
    writeFileSync(join(page, 'app-ABCDEF12.js'), `const text = '${'long '.repeat(200)}'`)
    writeFileSync(join(page, 'notes.secret'), 'of no known type')
  })

  after(() => rmSync(directory, { recursive: true }))

  beforeEach(() => {
    sockets = []
  })

  afterEach(async () => {
    for (const socket of sockets) socket.disconnect()
    await server.close()
  })

  it('serves the page with types, caching and a policy', async () => {
    await start()
    const index = await fetch(`${server.url}/`)
    expect(await index.text()).to.contain('hello')
    expect(index.headers.get('content-type')).to.equal('text/html; charset=utf-8')
    expect(index.headers.get('cache-control')).to.equal('no-cache')
    expect(index.headers.get('content-security-policy')).to.contain("default-src 'self'")
    const again = await fetch(`${server.url}/`, {
      headers: { 'if-none-match': index.headers.get('etag') ?? '' },
    })
    expect(again.status).to.equal(304)
    const script = await fetch(`${server.url}/app-ABCDEF12.js`)
    expect(script.headers.get('content-type')).to.equal('text/javascript; charset=utf-8')
    expect(script.headers.get('cache-control')).to.contain('immutable')
    expect(script.headers.get('content-encoding')).to.equal('gzip')
    expect(await script.text()).to.contain('const text')
  })

  it('serves nothing from outside of the page', async () => {
    await start()
    for (const path of [
      '/../secret.html',
      '/%2e%2e/secret.html',
      '/..%2fsecret.html',
      '//secret.html',
      '/page/../../secret.html',
      '/notes.secret',
      '/__proto__',
      '/constructor',
      '/index.html/',
      'http://elsewhere/secret.html',
    ]) {
      const { status, body } = await raw(server.url, path)
      expect(status, path).to.equal(404)
      expect(body).not.to.contain('secret')
    }
  })

  it('OPS-1 answers HEAD without a body and other methods with 405', async () => {
    await start()
    expect(await raw(server.url, '/', {}, 'HEAD')).to.deep.equal({ status: 200, body: '' })
    expect((await raw(server.url, '/', {}, 'POST')).status).to.equal(405)
  })

  it('says so where the page was not built', async () => {
    await start({ page: join(directory, 'nothing-here') })
    expect(await (await fetch(server.url)).text()).to.contain('not built')
  })

  it('OPS-2 counts what peers do, under our names and the legacy ones', async () => {
    await start()
    const address = `/ip4/127.0.0.1/tcp/${server.port}/ws/p2p-websocket-star`
    const [one, two] = await Promise.all(
      [0, 1].map(async () =>
        joinStar(wrap(connect()), address, { privateKey: await generateKeyPair('Ed25519') }),
      ),
    )
    if (one === undefined || two === undefined) throw new Error('unreachable')
    two.on('stream', (stream) => stream.sink(stream.source))
    const stream = await one.dial(two.address)
    let sent = false
    stream.sink((end, callback) => {
      if (end !== null || sent) callback(end ?? true)
      else {
        sent = true
        callback(null, new Uint8Array(1_000))
      }
    })
    await new Promise<void>((resolve) => {
      const read = (): void => stream.source(null, (end) => (end === null ? read() : resolve()))
      read()
    })
    await one.dial(`${address}/p2p/QmNobodyNobodyNobodyNobodyNobodyNobodyNobodyNo`).catch(() => {})
    connect().emit('ss-dial', 1, 2, 3)
    await until(async () => (await metrics()).includes('socket_star_drops_total{reason="malformed"} 1'))
    const text = await metrics()
    for (const line of [
      'socket_star_peers 2',
      'socket_star_joins_total{outcome="ok"} 2',
      'socket_star_dials_total{outcome="ok"} 1',
      'socket_star_relayed_bytes_total 2000',
      'rendezvous_peers 2',
      'rendezvous_joins_total_success 2',
      'rendezvous_dials_total_success 1',
    ]) {
      expect(text).to.contain(`\n${line}\n`)
    }
    expect(text).to.match(/\nprocess_resident_memory_bytes \d/)
  })

  it('OPS-2 has each counter before its first event', async () => {
    await start()
    for (const line of [
      'joins_total{outcome="ok"}',
      'dials_total{outcome="ok"}',
      'drops_total{reason="backlog"}',
    ]) {
      expect(await metrics()).to.contain(`\nsocket_star_${line} 0\n`)
    }
  })

  it('lets two servers in one process count apart', async () => {
    await start()
    const second = await createStarServer()
    expect(await (await fetch(`${second.url}/metrics`)).text()).to.contain('socket_star_peers 0')
    await second.close()
  })

  it('keeps other origins out where origins are named, also from WebSockets', async () => {
    const refused: unknown[] = []
    const debug = (event: string, fields?: LogFields) => refused.push([event, fields?.origin])
    await start({ corsOrigins: ['https://app.example'], log: { ...SILENT_LOG, debug } })
    expect(await outcome(connect({ origin: 'https://app.example' }))).to.equal('connected')
    expect(await outcome(connect({ origin: server.url }))).to.equal('connected')
    expect(await outcome(connect())).to.equal('connected')
    expect(await outcome(connect({ origin: 'https://evil.example' }))).to.equal('refused')
    expect(await outcome(connect({ origin: 'https://evil.example' }, ['polling']))).to.equal('refused')
    expect(refused).to.deep.include(['server.origin-refused', 'https://evil.example'])
    const poll = `${server.url}/socket.io/?EIO=4&transport=polling`
    const allowed = await fetch(poll, { headers: { origin: 'https://app.example' } })
    expect(allowed.headers.get('access-control-allow-origin')).to.equal('https://app.example')
  })

  it('refuses to start with what is no origin, and says how to write it', async () => {
    for (const [wrong, right] of [
      ['https://app.example/', 'https://app.example'],
      ['https://App.Example', 'https://app.example'],
      ['https://app.example:443', 'https://app.example'],
      ['http://app.example/page?x', 'http://app.example'],
      ['app.example', 'https://app.example'],
    ] as const) {
      const error = await createStarServer({ corsOrigins: [wrong] }).catch((reason: unknown) => reason)
      expect(error, wrong).to.include({ code: 'ERR_CONFIG' })
      expect(String(error)).to.contain(JSON.stringify(wrong)).and.to.contain(JSON.stringify(right))
    }
    const pattern = await createStarServer({ corsOrigins: ['https://*.app.example'] }).catch(String)
    expect(pattern).to.contain('there are no patterns')
    await start({ corsOrigins: ['*', 'null', 'http://[::1]:8080', 'capacitor://localhost'] })
  })

  it('does not take a page for its own because of a name that anyone can point at it', async () => {
    await start({ corsOrigins: ['https://app.example'] })
    const { port } = server
    const from = (origin: string, host: string) => outcome(connect({ origin, host }))
    expect(await from(`http://rebound.example:${port}`, `rebound.example:${port}`)).to.equal('refused')
    expect(await from(`http://localhost:${port}`, `localhost:${port}`)).to.equal('connected')
    expect(await from(`http://[::1]:${port}`, `[::1]:${port}`)).to.equal('connected')
    // behind a proxy that ends TLS: a browser shows this name only where its certificate is
    expect(await from('https://star.example', 'star.example')).to.equal('connected')
  })

  it('takes no larger message than it is told to', async () => {
    await start({ maxHttpBufferSize: 300_000 })
    const heard: number[] = []
    server.io.on('connection', (socket) => socket.on('text', (text: string) => heard.push(text.length)))
    const socket = connect()
    expect(await outcome(socket)).to.equal('connected')
    const lost = new Promise<void>((resolve) => socket.once('disconnect', () => resolve()))
    socket.emit('text', 'x'.repeat(299_000))
    socket.emit('text', 'x'.repeat(301_000))
    await lost
    expect(heard).to.deep.equal([299_000])
  })

  const metrics = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text()
})

/** Asks until it is so; the test's own time limit ends it. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}
