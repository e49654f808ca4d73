import { StarError } from '@socket-star/protocol'
import type { EndOrError, Source, SourceCallback } from '@socket-star/pull-stream'
import {
  fromReadableStream,
  fromWebStreams,
  fromWritableStream,
  toReadableStream,
  toWebStreams,
  toWritableStream,
} from '@socket-star/pull-stream/web'
import { expect } from 'chai'
import { codeOf, readAll, readOne, scripted, silent, until } from './support/reading.ts'

/** A sink that reads when it is told to. */
function manualSink<T>() {
  let source: Source<T> | undefined
  const log: { items: T[]; end: EndOrError } = { items: [], end: null }
  return {
    log,
    sink: (given: Source<T>) => {
      source = given
    },
    read: () =>
      source?.(null, (end, item) => {
        if (end) log.end = end
        else log.items.push(item as T)
      }),
    abort: (end: EndOrError) => source?.(end, () => {}),
  }
}

describe('Web Streams', () => {
  it('a source as a ReadableStream, read as it is asked for', async () => {
    const { source, log } = scripted([1, 2, 3])
    const reader = toReadableStream(source).getReader()
    await Promise.resolve()
    expect(log.reads).to.equal(0)
    expect((await reader.read()).value).to.equal(1)
    expect(log.reads).to.equal(1)
    expect((await reader.read()).value).to.equal(2)
    expect((await reader.read()).value).to.equal(3)
    expect((await reader.read()).done).to.equal(true)
  })

  it('an error of the source errors the ReadableStream', async () => {
    const reader = toReadableStream(scripted([1], new StarError('ERR_TIMEOUT')).source).getReader()
    await reader.read()
    expect(codeOf(await reader.read().catch((error: unknown) => error))).to.equal('ERR_TIMEOUT')
  })

  for (const reason of [undefined, new StarError('ERR_QUOTA')]) {
    it(`cancel(${codeOf(reason) ?? ''}) aborts a source that does not answer`, async () => {
      const { source, log } = silent()
      const readable = toReadableStream(source)
      const reader = readable.getReader()
      const pending = reader.read()
      await reader.cancel(reason)
      expect((await pending).done).to.equal(true)
      expect(codeOf(log.aborted)).to.equal(codeOf(reason) ?? true)
    })
  }

  it('a sink as a WritableStream: a write is done when the sink wants more', async () => {
    const { sink, read, log } = manualSink<number>()
    const writer = toWritableStream(sink).getWriter()
    let written = 0
    for (const n of [1, 2]) void writer.write(n).then(() => written++)
    await new Promise((resolve) => setImmediate(resolve))
    expect([log.items, written]).to.deep.equal([[], 0])
    read()
    await until(() => log.items.length === 1, 'the first came')
    expect(written).to.equal(0)
    read()
    await until(() => log.items.length === 2, 'the second came')
    expect(written).to.equal(1)
    let closed = false
    void writer.close().then(() => {
      closed = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(closed).to.equal(false)
    read()
    await until(() => closed, 'it closed')
    expect([written, log.end]).to.deep.equal([2, true])
  })

  it('abort() reaches the sink though a write stands still', async () => {
    const { sink, read, log } = manualSink<number>()
    const writer = toWritableStream(sink).getWriter()
    await writer.ready
    const stuck = writer.write(1).catch((error: unknown) => error)
    await new Promise((resolve) => setImmediate(resolve))
    await writer.abort(new StarError('ERR_QUOTA'))
    read()
    expect([codeOf(log.end), log.items]).to.deep.equal(['ERR_QUOTA', []])
    expect(codeOf(await stuck)).to.equal('ERR_QUOTA')
  })

  for (const abort of [true, new StarError('ERR_STREAM_BACKLOG')] as const) {
    it(`a sink that wants no more (${String(codeOf(abort))}) errors the WritableStream`, async () => {
      const { sink, abort: stop } = manualSink<number>()
      const writer = toWritableStream(sink).getWriter()
      const stuck = writer.write(1).catch((error: unknown) => error)
      const closed = writer.closed.catch((error: unknown) => error)
      await new Promise((resolve) => setImmediate(resolve))
      stop(abort)
      const code = abort === true ? 'ERR_STREAM_RESET' : 'ERR_STREAM_BACKLOG'
      expect([codeOf(await stuck), codeOf(await closed)]).to.deep.equal([code, code])
    })
  }

  it('a ReadableStream as a source: items, end, error', async () => {
    const good = new ReadableStream<number>({
      start(controller) {
        controller.enqueue(1)
        controller.close()
      },
    })
    expect(await readAll(fromReadableStream(good))).to.deep.equal({ end: true, chunks: [1] })
    const bad = new ReadableStream<number>({
      start: (controller) => controller.error(new StarError('ERR_TIMEOUT')),
    })
    expect(codeOf((await readAll(fromReadableStream(bad))).end)).to.equal('ERR_TIMEOUT')
  })

  it('an abort cancels a ReadableStream that does not answer, with its reason', async () => {
    let reason: unknown
    const source = fromReadableStream(
      new ReadableStream<number>({
        cancel(given) {
          reason = given
        },
      }),
    )
    const pending = readOne(source)
    await new Promise((resolve) => source(new StarError('ERR_QUOTA'), resolve as SourceCallback<number>))
    expect([codeOf(reason), codeOf((await pending).end)]).to.deep.equal(['ERR_QUOTA', 'ERR_QUOTA'])
  })

  it('a WritableStream as a sink: read when it is ready, not before', async () => {
    const releases: (() => void)[] = []
    const { source, log } = scripted([1, 2, 3, 4])
    let closed = false
    fromWritableStream(
      new WritableStream<number>(
        {
          write: () => new Promise<void>((resolve) => releases.push(resolve)),
          close() {
            closed = true
          },
        },
        { highWaterMark: 2 },
      ),
    )(source)
    await until(() => releases.length === 1, 'the first write began')
    await new Promise((resolve) => setImmediate(resolve))
    expect(log.reads).to.equal(2)
    for (let n = 0; n < 4; n++) {
      await until(() => releases.length > n, 'the next write began')
      releases[n]?.()
    }
    await until(() => closed, 'it was closed')
    expect(log).to.deep.equal({ reads: 5, aborted: null })
  })

  it('a WritableStream that fails aborts its source, also while a read waits', async () => {
    const { source, log } = silent()
    fromWritableStream(
      new WritableStream<Uint8Array>({
        start: (controller) => queueMicrotask(() => controller.error(new StarError('ERR_QUOTA'))),
      }),
    )(source)
    await until(() => log.aborted !== null, 'the source was aborted')
    expect(codeOf(log.aborted)).to.equal('ERR_QUOTA')
  })

  it('an error of the source aborts the WritableStream', async () => {
    let reason: unknown
    const writable = new WritableStream<number>({
      abort(given) {
        reason = given
      },
    })
    fromWritableStream(writable)(scripted<number>([], new StarError('ERR_TIMEOUT')).source)
    await until(() => reason !== undefined, 'it was aborted')
    expect(codeOf(reason)).to.equal('ERR_TIMEOUT')
  })

  it('there and back: both directions, through pipeTo', async () => {
    const through = new TransformStream<number, number>({
      transform: (n, controller) => controller.enqueue(n * 2),
    })
    const duplex = fromWebStreams(through)
    const { readable, writable } = toWebStreams(duplex)
    const input = toReadableStream(scripted([1, 2, 3]).source)
    const piped = input.pipeTo(writable)
    const { chunks, end } = await readAll(fromReadableStream(readable))
    await piped
    expect([chunks, end]).to.deep.equal([[2, 4, 6], true])
  })
})
