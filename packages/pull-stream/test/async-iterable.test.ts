import { StarError } from '@socket-star/protocol'
import type { EndOrError } from '@socket-star/pull-stream'
import {
  fromAsyncIterable,
  toAsyncDuplex,
  toAsyncIterable,
  toAsyncSink,
} from '@socket-star/pull-stream/async-iterable'
import { expect } from 'chai'
import { codeOf, readAll, readOne, scripted, silent } from './support/reading.ts'

async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of iterable) items.push(item)
  return items
}

describe('async iterables', () => {
  it('reads a source to its end', async () => {
    expect(await collect(toAsyncIterable(scripted([1, 2, 3]).source))).to.deep.equal([1, 2, 3])
  })

  it('throws the error of a source, and is done after it', async () => {
    const iterator = toAsyncIterable(scripted([1], new StarError('ERR_TIMEOUT')).source)[
      Symbol.asyncIterator
    ]()
    expect(await iterator.next()).to.deep.equal({ done: false, value: 1 })
    const error = await iterator.next().catch((thrown: unknown) => thrown)
    expect(codeOf(error)).to.equal('ERR_TIMEOUT')
    expect(await iterator.next()).to.deep.equal({ done: true, value: undefined })
  })

  it('reads a chunk when it is asked for one, not before', async () => {
    const { source, log } = scripted([1, 2, 3])
    const iterator = toAsyncIterable(source)[Symbol.asyncIterator]()
    expect(log.reads).to.equal(0)
    await iterator.next()
    expect(log.reads).to.equal(1)
  })

  it('leaving the loop aborts the source', async () => {
    const { source, log } = scripted([1, 2, 3])
    for await (const item of toAsyncIterable(source)) if (item === 2) break
    expect(log).to.deep.equal({ reads: 2, aborted: true })
  })

  it('aborts a source that does not answer', async () => {
    const { source, log } = silent()
    const iterator = toAsyncIterable(source)[Symbol.asyncIterator]()
    void iterator.next()
    expect(await iterator.return?.()).to.deep.equal({ done: true, value: undefined })
    expect(log.aborted).to.equal(true)
  })

  it('reads that were asked for at once are answered one after the other', async () => {
    const iterator = toAsyncIterable(scripted([1, 2]).source)[Symbol.asyncIterator]()
    const results = await Promise.all([iterator.next(), iterator.next(), iterator.next()])
    expect(results.map(({ value }) => value)).to.deep.equal([1, 2, undefined])
  })

  it('a generator as a source: items, its end, its error, its finally', async () => {
    const log: string[] = []
    async function* generator() {
      try {
        yield 1
        yield 2
        throw new StarError('ERR_QUOTA')
      } finally {
        log.push('finally')
      }
    }
    const failed = await readAll(fromAsyncIterable(generator()))
    expect([failed.chunks, codeOf(failed.end)]).to.deep.equal([[1, 2], 'ERR_QUOTA'])
    const aborted = fromAsyncIterable(generator())
    await readOne(aborted)
    expect(await new Promise((resolve) => aborted(true, resolve))).to.equal(true)
    expect((await readOne(aborted)).end).to.equal(true)
    expect(log).to.deep.equal(['finally', 'finally'])
    expect((await readAll(fromAsyncIterable([1, 2]))).chunks).to.deep.equal([1, 2])
  })

  it('a sink as a function: it resolves when the end was seen', async () => {
    const seen: unknown[] = []
    const sink = toAsyncSink<number>((source) => {
      const next = (end: EndOrError, item?: number) => {
        seen.push(end ?? item)
        if (!end) source(null, next)
      }
      source(null, next)
    })
    await sink([1, 2])
    expect(seen).to.deep.equal([1, 2, true])
  })

  for (const abort of [true, new StarError('ERR_STREAM_BACKLOG')]) {
    it(`a sink that wants no more (${String(codeOf(abort))}) rejects and stops the iterable`, async () => {
      let stopped = false
      async function* endless() {
        try {
          for (;;) yield 1
        } finally {
          stopped = true
        }
      }
      const sink = toAsyncSink<number>((source) => source(null, () => source(abort, () => {})))
      const error = await sink(endless()).catch((thrown: unknown) => thrown)
      expect(codeOf(error)).to.equal(abort === true ? 'ERR_STREAM_RESET' : 'ERR_STREAM_BACKLOG')
      expect(stopped).to.equal(true)
    })
  }

  it('an error of the iterable reaches the sink and the caller', async () => {
    let end: EndOrError = null
    const sink = toAsyncSink<number>((source) =>
      source(null, (given) => {
        end = given
      }),
    )
    // biome-ignore lint/correctness/useYield: it fails before its first item
    async function* failing(): AsyncGenerator<number> {
      throw new StarError('ERR_QUOTA')
    }
    expect(codeOf(await sink(failing()).catch((thrown: unknown) => thrown))).to.equal('ERR_QUOTA')
    expect(codeOf(end)).to.equal('ERR_QUOTA')
  })

  it('both directions of a duplex', async () => {
    const echo = scripted([1])
    const seen: number[] = []
    const duplex = toAsyncDuplex<number>({
      source: echo.source,
      sink: (source) => {
        const next = (end: EndOrError, item?: number) => {
          if (end) return
          seen.push(item as number)
          source(null, next)
        }
        source(null, next)
      },
    })
    await duplex.sink([7, 8])
    expect([await collect(duplex.source), seen]).to.deep.equal([[1], [7, 8]])
  })
})
