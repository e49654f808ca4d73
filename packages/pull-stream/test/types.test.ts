import {
  createDuplex,
  createSink,
  createSource,
  type Duplex,
  type Sink,
  type Source,
} from '@socket-star/pull-stream'
import { expect } from 'chai'
import pull from 'pull-stream'
import { createLink } from './support/link.ts'

describe('with the pull-stream package', () => {
  it('sources and sinks are those of @types/pull-stream, both ways', () => {
    const { a } = createLink()
    const source: pull.Source<Uint8Array> = createSource(a, '1')
    const sink: pull.Sink<Uint8Array> = createSink(a, '2')
    const duplex: pull.Duplex<Uint8Array, Uint8Array> = createDuplex(a, { readId: '3', writeId: '4' })
    const ourSource: Source<number> = pull.values([1])
    const ourSink: Sink<number> = pull.drain<number>()
    const text: Source<Uint8Array | string> = createSource(a, '5', { codec: 'plain' })
    const ours: Duplex<Uint8Array> = duplex
    for (const made of [source, sink, duplex.source, ourSource, ourSink, text, ours.sink])
      expect(made).to.be.a('function')
  })

  it('pull() pipes through a stream', async () => {
    const { a, b } = createLink()
    pull(
      pull.values(['a', 'b']),
      pull.map((text: string) => Buffer.from(text)),
      createSink(a, 'x'),
    )
    const text = await new Promise((resolve, reject) => {
      pull(
        createSource(b, 'x'),
        pull.map((bytes) => Buffer.from(bytes).toString()),
        pull.collect<string>((error, all) => (error ? reject(error) : resolve(all.join('')))),
      )
    })
    expect(text).to.equal('ab')
  })
})
