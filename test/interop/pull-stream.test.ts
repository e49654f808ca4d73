import { createHash } from 'node:crypto'
import { createServer, type Server as HttpServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { isStarError } from '@socket-star/protocol'
import { createRelay, createSink, createSource, type Sink, type Source } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { Server, type Socket } from 'socket.io'
import { type Socket as ClientSocket, io } from 'socket.io-client'
import { requireComponent } from '../../scripts/components/index.ts'
import type { Maker } from './cast.ts'
import { seededChunks, seededHash } from './seeded.ts'

type AnySocket = Socket | ClientSocket

/** What the legacy package adds to a socket. */
interface LegacySocket {
  createSource(id: string): Source<Uint8Array>
  createSink(id: string): Sink<Uint8Array>
  createProxy(id: string, to: AnySocket): void
}

const PLAN = { seed: 'pull-stream', bytes: 3_000_000, chunkBytes: 50_000 }
const MAKERS: readonly Maker[] = ['legacy', 'ours']

describe('the socket.io-pull-stream package and ours, over Socket.IO 4', () => {
  const legacyPackages = requireComponent('legacy')
  let legacy: (socket: AnySocket) => LegacySocket
  let http: HttpServer
  let server: Server
  let writer: ClientSocket
  let reader: ClientSocket
  let serverWriter: Socket
  let serverReader: Socket
  const ids: string[] = []

  before(async () => {
    const require = createRequire(`${legacyPackages.path}/package.json`)
    const addPullStreams = require('socket.io-pull-stream')
    legacy = (socket) => {
      addPullStreams(socket, { codec: 'buffer' })
      return socket as unknown as LegacySocket
    }
    http = createServer()
    server = new Server(http)
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    ;[writer, serverWriter] = await connect()
    ;[reader, serverReader] = await connect()
  })

  after(async () => {
    writer?.close()
    reader?.close()
    await server?.close()
  })

  async function connect(): Promise<[ClientSocket, Socket]> {
    const arrived = new Promise<Socket>((resolve) => server.once('connection', resolve))
    const { port } = http.address() as AddressInfo
    const client = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true })
    return [client, await arrived]
  }

  function newId(kind: string): string {
    const id = `${kind} ${ids.length}`
    ids.push(id)
    return id
  }

  const sinkOf = (maker: Maker, socket: AnySocket, id: string): Sink<Uint8Array> =>
    maker === 'ours' ? createSink(socket, id) : legacy(socket).createSink(id)
  const sourceOf = (maker: Maker, socket: AnySocket, id: string): Source<Uint8Array> =>
    maker === 'ours' ? createSource(socket, id) : legacy(socket).createSource(id)
  const relay = (maker: Maker, id: string) =>
    maker === 'ours'
      ? createRelay(serverWriter, serverReader, id)
      : legacy(serverWriter).createProxy(id, serverReader)

  for (const from of MAKERS) {
    for (const to of MAKERS) {
      for (const between of MAKERS) {
        describe(`${from} sink, ${between} relay, ${to} source`, () => {
          it('carries every byte and the clean end', async () => {
            const id = newId('relayed')
            relay(between, id)
            const source = sourceOf(to, reader, id)
            sinkOf(from, writer, id)(seededSource())
            expect(await drain(source)).to.deep.equal({ end: true, sha256: seededHash(PLAN) })
          })

          it('carries the text of an error', async () => {
            const id = newId('failing')
            relay(between, id)
            const source = sourceOf(to, reader, id)
            sinkOf(
              from,
              writer,
              id,
            )(failingSource(from === 'legacy' ? 'broken pipe' : new Error('broken pipe')))
            const { end } = await drain(source)
            expect(textOf(end)).to.include(from === 'legacy' ? 'broken pipe' : 'ERR_')
          })
        })
      }
    }
  }

  for (const [from, to] of [
    ['legacy', 'ours'],
    ['ours', 'legacy'],
  ] as const) {
    it(`${from} sink on a client, ${to} source on the server, nothing between`, async () => {
      const id = newId('up')
      sinkOf(from, writer, id)(seededSource())
      const source = sourceOf(to, serverWriter, id)
      expect(await drain(source)).to.deep.equal({ end: true, sha256: seededHash(PLAN) })
    })

    it(`${from} sink on the server, ${to} source on a client, nothing between`, async () => {
      const id = newId('down')
      sinkOf(from, serverReader, id)(seededSource())
      const source = sourceOf(to, reader, id)
      expect(await drain(source)).to.deep.equal({ end: true, sha256: seededHash(PLAN) })
    })
  }

  it('a legacy sink that fails with an Error arrives as {}: our source says ERR_REMOTE', async () => {
    const id = newId('object')
    sinkOf('legacy', writer, id)(failingSource(new Error('lost on the wire')))
    const { end } = await drain(sourceOf('ours', serverWriter, id))
    expect(isStarError(end) && end.code).to.equal('ERR_REMOTE')
  })

  it('our source that stops early stops our sink through our relay, and leaves a legacy sink alone', async () => {
    for (const from of MAKERS) {
      const id = newId('early')
      relay('ours', id)
      const source = sourceOf('ours', reader, id)
      const ended = endless(sinkOf(from, writer, id))
      await read(source)
      await new Promise((resolve) => source(true, resolve))
      if (from === 'ours') expect(await ended.end).to.not.equal(null)
      else ended.stop()
    }
  })

  it('streams that ended leave no listener behind on any socket', () => {
    const sockets = { writer, reader, serverWriter, serverReader }
    for (const [name, socket] of Object.entries(sockets)) {
      for (const id of ids) {
        for (const kind of ['accept', 'queue', 'error']) {
          const event = `socket.io-pull-stream.${kind}.${id}`
          expect(socket.listeners(event), `${name}, ${event}`).to.deep.equal([])
        }
      }
    }
  })
})

function seededSource(): Source<Uint8Array> {
  const chunks = seededChunks(PLAN)
  return (abort, callback) => {
    const { done, value } = abort ? { done: true, value: undefined } : chunks.next()
    setImmediate(() => (done ? callback(abort || true) : callback(null, value)))
  }
}

function failingSource(error: unknown): Source<Uint8Array> {
  let chunks = 2
  return (_abort, callback) => {
    if (chunks-- > 0) setImmediate(() => callback(null, new Uint8Array([1, 2, 3])))
    // a legacy stream may end in any value
    else callback(error as Error)
  }
}

/** Feeds a sink for as long as it reads; `end` is what it stopped with. */
function endless(sink: Sink<Uint8Array>): { end: Promise<unknown>; stop: () => void } {
  let stopped = false
  const end = new Promise<unknown>((resolve) => {
    sink((abort, callback) => {
      if (abort) resolve(abort)
      setImmediate(() => (abort || stopped ? callback(abort || true) : callback(null, new Uint8Array(1000))))
    })
  })
  return {
    end,
    stop: () => {
      stopped = true
    },
  }
}

function read(source: Source<Uint8Array>): Promise<{ end: unknown; data?: Uint8Array | undefined }> {
  return new Promise((resolve) => source(null, (end, data) => resolve({ end, data })))
}

async function drain(source: Source<Uint8Array>): Promise<{ end: unknown; sha256: string }> {
  const hash = createHash('sha256')
  for (;;) {
    const { end, data } = await read(source)
    if (end || data === undefined) return { end, sha256: hash.digest('hex') }
    hash.update(data)
  }
}

function textOf(end: unknown): string {
  if (isStarError(end)) return `${end.code}: ${end.message}`
  return end instanceof Error ? end.message : String(end)
}
