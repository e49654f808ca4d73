import { Duplex as NodeDuplex, Readable, Writable } from 'node:stream'
import { StarError } from '@socket-star/protocol'
import {
  createDuplex,
  createSink,
  createSource,
  type EndOrError,
  type Source,
} from '@socket-star/pull-stream'
import {
  fromNodeReadable,
  fromNodeStream,
  fromNodeWritable,
  toNodeStream,
  toNodeWritable,
} from '@socket-star/pull-stream/node'
import { toWritableStream } from '@socket-star/pull-stream/web'
import { expect } from 'chai'
import { createLink, LinkEnd } from './support/link.ts'
import { codeOf, readAll, readOne, silent, until } from './support/reading.ts'

const ERROR = 'socket.io-pull-stream.error.x'

function turns(count: number): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number) => (left === 0 ? resolve() : setImmediate(next, left - 1))
    next(count)
  })
}

/** Collects what nothing caught while a test runs: mocha's own listener would end the test at once. */
function uncaught() {
  const errors: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => errors.push(codeOf(error)))
  return {
    errors,
    stop: () => {
      process.removeAllListeners('uncaughtException')
      for (const listener of others) process.on('uncaughtException', listener)
    },
  }
}

/** A source of chunks without end, which notes how it was aborted. */
function endless() {
  const log = { reads: 0, aborted: null as EndOrError }
  const source: Source<Uint8Array> = (abort, callback) => {
    if (abort) log.aborted = abort
    else log.reads++
    callback(abort, abort ? undefined : Buffer.from('x'))
  }
  return { source, log }
}

describe('streams that end before they began', () => {
  let watch: ReturnType<typeof uncaught>
  beforeEach(() => {
    watch = uncaught()
  })
  afterEach(() => watch.stop())

  it('PS-14 an end that comes before the first read aborts a Readable, and no process', async () => {
    for (const end of ['ERR_ABORTED: bye', true]) {
      const socket = new LinkEnd()
      const readable = new Readable({ read: () => {} })
      createSink(socket, 'x')(fromNodeReadable(readable))
      socket.receive(ERROR, end)
      await turns(3)
      expect([readable.destroyed, readable.listenerCount('error')]).to.deep.equal([true, 0])
    }
    expect(watch.errors).to.deep.equal([])
  })

  it('PS-14 the same for a Node duplex whose sink has no source yet', async () => {
    const node = new NodeDuplex({ read: () => {}, write: (_chunk, _encoding, done) => done() })
    fromNodeStream(node).source(new StarError('ERR_QUOTA'), () => {})
    await turns(3)
    expect([node.destroyed, watch.errors]).to.deep.equal([true, []])
  })

  it('a Readable that fails before the first read ends its source with the error, and no process', async () => {
    const readable = new Readable({ read: () => {} })
    const source = fromNodeReadable(readable)
    readable.destroy(new StarError('ERR_TIMEOUT'))
    await turns(3)
    expect(codeOf((await readOne(source)).end)).to.equal('ERR_TIMEOUT')
    expect(watch.errors).to.deep.equal([])
  })

  const OVER: Readonly<Record<string, (writable: Writable) => void>> = {
    destroyed: (writable) => writable.destroy(),
    finished: (writable) => writable.end(),
    failed: (writable) => writable.on('error', () => {}).destroy(new StarError('ERR_QUOTA')),
  }
  for (const [state, finish] of Object.entries(OVER)) {
    it(`a Writable that is ${state} already aborts its source`, async () => {
      const writable = new Writable({ write: (_chunk, _encoding, done) => done() })
      finish(writable)
      await turns(3)
      const { source, log } = endless()
      fromNodeWritable(writable)(source)
      await turns(3)
      expect([codeOf(log.aborted), log.reads, watch.errors]).to.deep.equal(['ERR_CLOSED', 0, []])
    })
  }

  it('a Writable that somebody else ends meanwhile aborts its source', async () => {
    const releases: (() => void)[] = []
    const writable = new Writable({ write: (_chunk, _encoding, done) => void releases.push(done) })
    const { source, log } = endless()
    fromNodeWritable(writable)(source)
    writable.end()
    releases[0]?.()
    await until(() => log.aborted !== null, 'the source was aborted')
    expect(watch.errors).to.deep.equal([])
  })

  it('a Writable keeps no listener when it has finished, also where it is never destroyed', async () => {
    const writable = new Writable({
      autoDestroy: false,
      emitClose: false,
      write: (_chunk, _encoding, done) => done(),
    })
    const before = writable.eventNames().length
    fromNodeWritable(writable)((abort, callback) => callback(abort || true))
    await until(() => writable.writableFinished, 'it finished')
    await turns(3)
    expect(writable.eventNames().length).to.equal(before)
  })

  it('PS-10 a Writable that is destroyed before anyone accepted ends the stream, and tells', async () => {
    const socket = new LinkEnd()
    const ends: unknown[] = []
    const writable = toNodeWritable(createSink(socket, 'x', { onEnd: (end) => ends.push(codeOf(end)) }))
    writable.on('error', () => {})
    writable.write('never sent')
    writable.destroy(new StarError('ERR_QUOTA', 'no room'))
    await turns(2)
    expect([ends, socket.listenerCount]).to.deep.equal([['ERR_QUOTA'], 0])
    expect(socket.sent).to.deep.equal([[ERROR, 'ERR_QUOTA: no room']])
  })

  it('PS-10 the same for a Node stream of both directions, and for a WritableStream', async () => {
    const { a } = createLink()
    const ends: unknown[] = []
    const onEnd = (end: unknown) => ends.push(codeOf(end))
    const node = toNodeStream(createDuplex(a, { readId: 'x', writeId: 'y' }, { onEnd }))
    node.on('error', () => {})
    node.destroy()
    await until(() => ends.length === 2, 'both halves ended')
    const web = toWritableStream(createSink(a, 'z', { onEnd }))
    await web.abort(new StarError('ERR_QUOTA'))
    expect([ends.slice(2), a.listenerCount]).to.deep.equal([['ERR_QUOTA'], 0])
  })

  it('PS-10 a sink can be aborted before it has a source, and aborts that when it comes', () => {
    const socket = new LinkEnd()
    const sink = createSink(socket, 'x')
    sink.abort?.(new StarError('ERR_QUOTA', 'no room'))
    sink.abort?.(new StarError('ERR_TIMEOUT'))
    const { source, log } = silent()
    sink(source)
    expect(codeOf(log.aborted)).to.equal('ERR_QUOTA')
    expect([socket.sent, socket.listenerCount]).to.deep.equal([[[ERROR, 'ERR_QUOTA: no room']], 0])
  })

  it('PS-10 a Writable that has finished is not ended again when it is destroyed', async () => {
    const { a, b } = createLink()
    const ends: unknown[] = []
    const writable = toNodeWritable(createSink(a, 'x', { onEnd: (end) => ends.push(end) }))
    const reader = createDuplex(b, { readId: 'x', writeId: 'y' })
    writable.end('all')
    expect((await readAll(reader.source)).end).to.equal(true)
    await until(() => writable.destroyed, 'it was destroyed after its end')
    expect(ends).to.deep.equal([true])
  })
})

/** A connection: a Node stream at one end. A sink has to be there before the other side accepts. */
function createPair() {
  const { a, b } = createLink()
  const [near, away] = [createSink(a, 'out'), createSink(b, 'in')]
  const stream = toNodeStream({ source: createSource(a, 'in'), sink: near })
  return { a, b, stream, far: { source: createSource(b, 'out'), sink: away } }
}

describe('PS-51 a connection as one Node stream', () => {
  it('PS-51 reads the answer of a side that wants no more, and what is written to it goes nowhere', async () => {
    const { a, b, stream, far } = createPair()
    stream.write('question')
    expect((await readOne(far.source)).end).to.equal(null)
    far.source(true, () => {})
    stream.write('more')
    await turns(3)
    let parts = 0
    far.sink((abort, callback) => callback(abort || ++parts > 3 || null, Buffer.from(`part ${parts} `)))
    stream.end('and more')
    expect(Buffer.concat(await stream.toArray()).toString()).to.equal('part 1 part 2 part 3 ')
    await until(() => stream.writableFinished, 'it finished')
    expect([a.listenerCount, b.listenerCount]).to.deep.equal([0, 0])
  })

  it('PS-51 is destroyed when the other side ends with an error', async () => {
    const { stream, far } = createPair()
    const failed = new Promise((resolve) => stream.once('error', resolve))
    far.source(new StarError('ERR_QUOTA'), () => {})
    expect(codeOf(await failed)).to.equal('ERR_QUOTA')
  })
})
