import { type Duplex, PassThrough, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StarError } from '@socket-star/protocol'
import type { EndOrError, Source } from '@socket-star/pull-stream'
import {
  fromNodeReadable,
  fromNodeStream,
  fromNodeWritable,
  toNodeReadable,
  toNodeStream,
  toNodeWritable,
} from '@socket-star/pull-stream/node'
import { expect } from 'chai'
import { codeOf, readAll, readOne, scripted, silent, until } from './support/reading.ts'

const CHUNK = Buffer.alloc(1000, 'x')

/** A source of chunks without end. */
function endless() {
  const log = { reads: 0, aborted: null as EndOrError }
  const source: Source<Uint8Array> = (abort, callback) => {
    if (abort) {
      log.aborted = abort
      callback(abort)
    } else {
      log.reads++
      callback(null, CHUNK)
    }
  }
  return { source, log }
}

function turns(count: number): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number) => (left === 0 ? resolve() : setImmediate(next, left - 1))
    next(count)
  })
}

describe('Node streams', () => {
  it('a source as a Readable', async () => {
    const readable = toNodeReadable(scripted<Uint8Array>([Buffer.from('a'), Buffer.from('b')]).source)
    expect(Buffer.concat(await readable.toArray()).toString()).to.equal('ab')
  })

  it('a Readable reads ahead 64 KiB and no more', async () => {
    const { source, log } = endless()
    const readable = toNodeReadable(source)
    readable.once('readable', () => {})
    await until(() => log.reads > 60, 'it read ahead')
    await turns(20)
    expect(log.reads).to.be.within(64, 70)
    readable.destroy()
    await until(() => log.aborted !== null, 'the source was aborted')
    expect(log.aborted).to.equal(true)
  })

  it('destroying a Readable aborts a source that does not answer, with the error', async () => {
    const { source, log } = silent()
    const readable = toNodeReadable(source)
    readable.on('error', () => {})
    readable.read()
    await turns(2)
    readable.destroy(new StarError('ERR_QUOTA'))
    await until(() => log.aborted !== null, 'the source was aborted')
    expect(codeOf(log.aborted)).to.equal('ERR_QUOTA')
  })

  it('an error of the source destroys the Readable', async () => {
    const readable = toNodeReadable(scripted<Uint8Array>([], new StarError('ERR_TIMEOUT')).source)
    expect(codeOf(await readable.toArray().catch((error: unknown) => error))).to.equal('ERR_TIMEOUT')
  })

  it('a sink as a Writable: write() says no while the sink does not read', async () => {
    let source: Source<Uint8Array> | undefined
    const writable = toNodeWritable((given) => {
      source = given
    })
    let written = 0
    while (writable.write(CHUNK)) written++
    expect(written * CHUNK.byteLength).to.be.below(128 * 1024)
    writable.end()
    const { chunks, end } = await readAll(source as Source<Uint8Array>)
    expect([Buffer.concat(chunks).byteLength, end]).to.deep.equal([(written + 1) * CHUNK.byteLength, true])
    await until(() => writable.writableFinished, 'it finished')
  })

  it('destroying a Writable before its end is an error for the sink', async () => {
    const ends: unknown[] = []
    const writable = toNodeWritable((source) => source(null, (end) => ends.push(codeOf(end))))
    writable.destroy()
    await turns(1)
    expect(ends).to.deep.equal(['ERR_ABORTED'])
    const other = toNodeWritable((source) => source(null, (end) => ends.push(codeOf(end))))
    other.on('error', () => {})
    other.destroy(new StarError('ERR_QUOTA'))
    await turns(1)
    expect(ends).to.deep.equal(['ERR_ABORTED', 'ERR_QUOTA'])
  })

  it('a sink that wants no more destroys the Writable', async () => {
    let stop: () => void = () => {}
    const writable = toNodeWritable((source) => {
      stop = () => source(new StarError('ERR_STREAM_BACKLOG'), () => {})
    })
    const failed = pipeline(toNodeReadable(endless().source), writable).catch((error: unknown) => error)
    await turns(5)
    stop()
    expect(codeOf(await failed)).to.equal('ERR_STREAM_BACKLOG')
  })

  it('a duplex as one stream: half-closed, read on, then finished', async () => {
    const seen: Uint8Array[] = []
    let answer: (chunk: Uint8Array) => void = () => {}
    const stream = toNodeStream({
      source: scriptedLater((give) => {
        answer = give
      }),
      sink: (source) => {
        void readAll(source).then(({ chunks }) => {
          seen.push(...chunks)
          answer(Buffer.from('pong'))
        })
      },
    })
    stream.end('ping')
    expect(Buffer.concat(await stream.toArray()).toString()).to.equal('pong')
    expect(Buffer.concat(seen).toString()).to.equal('ping')
  })

  for (const [how, emitted, leave] of [
    ['destroyed, emits nothing', [], async (stream: Duplex) => void stream.destroy()],
    [
      'left in the middle of a loop, emits what Node does',
      ['AbortError'],
      async (stream: Duplex) => {
        for await (const _ of stream) break
      },
    ],
  ] as const) {
    it(`a duplex as one stream, ${how}; both directions end with ERR_ABORTED`, async () => {
      const { source, log } = endless()
      const ends: EndOrError[] = []
      const stream = toNodeStream({
        source,
        sink: (read) => void readAll(read).then(({ end }) => ends.push(end)),
      })
      const errors: string[] = []
      stream.on('error', ({ name }) => errors.push(name))
      const closed = new Promise((resolve) => stream.once('close', resolve))
      stream.write('ping')
      await leave(stream)
      await closed
      await until(() => log.aborted !== null && ends.length === 1, 'both ended')
      expect([codeOf(log.aborted), codeOf(ends[0] ?? null)]).to.deep.equal(['ERR_ABORTED', 'ERR_ABORTED'])
      expect(errors).to.deep.equal(emitted)
    })
  }

  it('a duplex as one stream emits the error that it is destroyed with', async () => {
    const { source, log } = endless()
    const stream = toNodeStream({ source, sink: (read) => void readAll(read) })
    const error = new Promise((resolve) => stream.once('error', resolve))
    stream.destroy(new StarError('ERR_QUOTA'))
    expect(codeOf((await error) as Error)).to.equal('ERR_QUOTA')
    await until(() => log.aborted !== null, 'the source was aborted')
    expect(codeOf(log.aborted)).to.equal('ERR_QUOTA')
  })

  it('a Readable as a source: chunks, end, error, abort', async () => {
    const good = await readAll(fromNodeReadable(Readable.from([Buffer.from('a'), 'b'])))
    expect([Buffer.concat(good.chunks).toString(), good.end]).to.deep.equal(['ab', true])
    const failing = new Readable({ read: () => {} })
    const failed = readOne(fromNodeReadable(failing))
    failing.destroy(new StarError('ERR_TIMEOUT'))
    expect(codeOf((await failed).end)).to.equal('ERR_TIMEOUT')
    for (const abort of [true, new StarError('ERR_QUOTA')] as const) {
      const quiet = new Readable({ read: () => {} })
      const source = fromNodeReadable(quiet)
      const pending = readOne(source)
      source(abort, () => {})
      expect(codeOf((await pending).end)).to.equal(codeOf(abort))
      expect(quiet.destroyed).to.equal(true)
    }
  })

  it('a Writable as a sink takes one chunk at a time', async () => {
    const releases: (() => void)[] = []
    const writable = new Writable({ write: (_chunk, _encoding, callback) => void releases.push(callback) })
    const { source, log } = endless()
    fromNodeWritable(writable)(source)
    await turns(5)
    expect(log.reads).to.equal(1)
    releases[0]?.()
    await turns(5)
    expect(log.reads).to.equal(2)
    writable.destroy(new StarError('ERR_QUOTA'))
    await until(() => log.aborted !== null, 'the source was aborted')
    expect(codeOf(log.aborted)).to.equal('ERR_QUOTA')
  })

  it('a Writable that closes early aborts a source that does not answer', async () => {
    const { source, log } = silent()
    const writable = new PassThrough()
    fromNodeWritable(writable)(source)
    writable.destroy()
    await until(() => log.aborted !== null, 'the source was aborted')
    expect(log.aborted).to.equal(true)
  })

  it('an error of the source destroys the Writable', async () => {
    const writable = new PassThrough()
    const failed = new Promise((resolve) => writable.once('error', resolve))
    fromNodeWritable(writable)(scripted<Uint8Array>([], new StarError('ERR_TIMEOUT')).source)
    expect(codeOf(await failed)).to.equal('ERR_TIMEOUT')
  })

  it('there and back through a Node duplex', async () => {
    const duplex = fromNodeStream(new PassThrough())
    duplex.sink(scripted<Uint8Array>([Buffer.from('a'), Buffer.from('b')]).source)
    const { chunks, end } = await readAll(duplex.source)
    expect([Buffer.concat(chunks).toString(), end]).to.deep.equal(['ab', true])
  })
})

/** A source of one chunk, given later. */
function scriptedLater(onReady: (give: (chunk: Uint8Array) => void) => void): Source<Uint8Array> {
  let given: Uint8Array | undefined
  let waiting: (() => void) | undefined
  onReady((chunk) => {
    given = chunk
    waiting?.()
  })
  let reads = 0
  return (abort, callback) => {
    if (abort) return callback(abort)
    reads++
    if (reads > 1) return callback(true)
    const answer = () => callback(null, given)
    if (given === undefined) waiting = answer
    else answer()
  }
}
