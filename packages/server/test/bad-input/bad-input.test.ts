import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { expect } from 'chai'
import { io as connectTo, type Socket } from 'socket.io-client'
import { until } from '../support/host.ts'
import { Identity } from '../support/identity.ts'
import { openStream, type Peer, read, write } from '../support/pair.ts'
import { Attacker } from './attacker.ts'
import type { Figures } from './server-process.ts'

const SEED = Number(process.env.BAD_INPUT_SEED ?? 20_261_121)
const ATTACKERS = 4
const EVENTS = Number(process.env.BAD_INPUT_EVENTS ?? 100_000)
/** They fill caches and compile what runs often, before the first look at the heap. */
const WARM_UP_EVENTS = 10_000
const HEAP_SLACK_BYTES = 4 * 1024 * 1024
const CHUNK_BYTES = 32_768
const CHUNK_EVERY_MS = 5

describe('bad input', function () {
  this.timeout(120_000)

  it(`LIM-1 LIM-4 LIM-5 ${EVENTS} malformed events from ${ATTACKERS} attackers: the server stays up, its heap returns, a transfer beside them is untouched`, async () => {
    const server = fork(new URL('./server-process.ts', import.meta.url), {
      execArgv: ['--conditions=@socket-star/source', '--expose-gc'],
    })
    const clients: Closable[] = []
    try {
      const exited = once(server, 'exit').then(([code, signal]) => {
        throw new Error(`the server ended with ${code ?? signal}, seed ${SEED}`)
      })
      exited.catch(() => {})
      await Promise.race([run(server, clients), exited])
    } finally {
      for (const client of clients) client.close()
      server.kill()
    }
  })
})

type ServerProcess = ReturnType<typeof fork>
type Closable = { close(): void }

async function run(server: ServerProcess, clients: Closable[]): Promise<void> {
  const [port] = (await once(server, 'message')) as [number]
  const figures = async (request = 'figures'): Promise<Figures> => {
    server.send(request)
    return (await once(server, 'message'))[0] as Figures
  }
  const [from, to] = [await victim(port), await victim(port)]
  const streamId = 'the-victims-stream'
  const targets = { victims: [from.address, to.address], streamId }
  const identities = await Promise.all(Array.from({ length: ATTACKERS }, () => Identity.create()))
  const attackers = identities.map((identity, n) => new Attacker(SEED + n, port, identity, targets))
  clients.push(from.socket, to.socket, ...attackers.map(({ client }) => client))
  const attack = async (events: number): Promise<void> => {
    await Promise.all(attackers.map((attacker) => attacker.attack(Math.ceil(events / ATTACKERS))))
    for (const { client } of attackers) client.close()
    await quiet(figures)
  }

  await attack(WARM_UP_EVENTS)
  const before = await figures('collected figures')
  let over = false
  const transfer = pacedTransfer(from, to, streamId, () => over)
  do await attack(EVENTS / 10)
  while ((await figures()).received - before.received < EVENTS)
  over = true
  const { sent, received } = await transfer
  await quiet(figures)
  const after = await figures('collected figures')

  if (process.env.BAD_INPUT_STATS) console.error(after.stats)
  process.stderr.write(
    `      ${after.received} events, ${attackers.reduce((sum, { client }) => sum + client.connects, 0)} connects, ` +
      `heap ${before.heapBytes} -> ${after.heapBytes} bytes\n`,
  )
  expect(received, 'what arrived').to.equal(sent)
  expect([from, to].map(({ socket }) => socket.connected)).to.deep.equal([true, true])
  expect(after.internalErrors).to.equal(0)
  expect(after.stats).to.include({ peers: 2, sockets: 2, streamsOpen: 0 })
  expect(after.sockets).to.equal(2)
  // every kind of answer was given, so the attack reached every part
  expect(after.stats.joins).to.include.keys(
    'ok',
    'ERR_BAD_ADDRESS',
    'ERR_BAD_KEY',
    'ERR_ID_MISMATCH',
    'ERR_SIGNATURE',
  )
  expect(after.stats.dials).to.include.keys('ERR_BAD_ADDRESS', 'ERR_NOT_JOINED')
  expect(after.stats.drops).to.include.keys('malformed', 'misbehaviour', 'arguments')
  expect(Math.min(...attackers.map(({ client }) => client.connects))).to.be.greaterThan(10)
  expect(after.heapBytes, 'bytes of heap').to.be.at.most(before.heapBytes + HEAP_SLACK_BYTES)
}

/** Resolves when the attackers' sockets are gone and their dials have timed out. */
async function quiet(figures: () => Promise<Figures>): Promise<void> {
  for (;;) {
    const { sockets, stats } = await figures()
    if (sockets === 2 && stats.peers === 2) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function victim(port: number): Promise<Peer> {
  const identity = await Identity.create()
  const socket: Socket = connectTo(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true })
  await until(() => socket.connected)
  const address = identity.address()
  expect((await identity.join(socket, address))[0]).to.equal(null)
  return { identity, socket, address }
}

/** Sends chunks at an even pace until told to end; the hashes of what was sent and what arrived. */
async function pacedTransfer(from: Peer, to: Peer, id: string, over: () => boolean) {
  const { there, back } = await openStream(from, to, id)
  const [sent, received] = [createHash('sha256'), createHash('sha256')]
  let count = 0
  there.sink((abort, callback) => {
    if (abort !== null) return callback(abort)
    setTimeout(() => {
      if (over()) return callback(true)
      count += 1
      const chunk = Buffer.alloc(CHUNK_BYTES, `chunk ${count}`)
      sent.update(chunk)
      callback(null, chunk)
    }, CHUNK_EVERY_MS)
  })
  write(back, [])
  await Promise.all([read(back, (chunk) => received.update(chunk)), read(there, () => {})])
  expect(count).to.be.greaterThan(10)
  return { sent: sent.digest('hex'), received: received.digest('hex') }
}
