import { createSink, createSource } from '@socket-star/pull-stream'
import { expect } from 'chai'
import fc from 'fast-check'
import { createLink } from './support/link.ts'
import { codeOf, readAll, scripted } from './support/reading.ts'

const ID = 'stream'
const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 })

function concat(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks).toString('hex')
}

describe('codecs', () => {
  for (const codec of ['buffer', 'hex'] as const) {
    it(`PS-6 ${codec}: any bytes arrive as they were sent`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(bytes), async (chunks) => {
          const { a, b } = createLink()
          createSink(a, ID, { codec })(scripted(chunks).source)
          const result = await readAll(createSource(b, ID, { codec }))
          expect(result.end).to.equal(true)
          expect(concat(result.chunks)).to.equal(concat(chunks))
        }),
        { numRuns: 50 },
      )
    })
  }

  it('PS-6 hex travels as text, buffer as binary', async () => {
    const { a, b } = createLink()
    createSink(a, 'x', { codec: 'hex' })(scripted([new Uint8Array([0, 255])]).source)
    createSink(a, 'y')(scripted([new Uint8Array([0, 255])]).source)
    createSource(b, 'x', { codec: 'hex' })
    createSource(b, 'y')
    const frames = a.sent.filter(([event]) => event.includes('.queue.')).map(([, frame]) => frame)
    expect(frames[0]).to.equal('00ff')
    expect(Buffer.isBuffer(frames[1])).to.equal(true)
  })

  it('PS-6 plain: text stays text and bytes stay bytes', async () => {
    const { a, b } = createLink()
    createSink(a, ID, { codec: 'plain' })(scripted<Uint8Array | string>(['ä', new Uint8Array([1])]).source)
    const { chunks } = await readAll(createSource(b, ID, { codec: 'plain' }))
    expect(chunks).to.have.length(2)
    expect(chunks[0]).to.equal('ä')
    expect([...Buffer.from(chunks[1] as Uint8Array)]).to.deep.equal([1])
  })

  it('PS-6 a codec of the application may carry anything it makes frames of', async () => {
    const { a, b } = createLink()
    const codec = {
      encode: (value: unknown) => JSON.stringify(value),
      decode: (value: unknown): unknown => JSON.parse(String(value)),
    }
    createSink(a, ID, { codec })(scripted([{ n: 1 }] as unknown as Uint8Array[]).source)
    const { chunks } = await readAll(createSource(b, ID, { codec }))
    expect(chunks as unknown[]).to.deep.equal([{ n: 1 }])
  })

  const views = {
    Buffer: Buffer.from('abc'),
    Uint8Array: new TextEncoder().encode('abc'),
    ArrayBuffer: new TextEncoder().encode('abc').buffer,
    'a window on a larger buffer': new DataView(new TextEncoder().encode('xabcx').buffer, 1, 3),
    text: 'abc',
  }
  for (const [kind, frame] of Object.entries(views)) {
    it(`PS-24 a frame that arrives as ${kind} is read`, async () => {
      const { a, b } = createLink()
      const source = createSource(b, ID)
      a.emit(`socket.io-pull-stream.queue.${ID}`, frame)
      a.emit(`socket.io-pull-stream.error.${ID}`, true)
      const { chunks } = await readAll(source)
      expect(concat(chunks)).to.equal(Buffer.from('abc').toString('hex'))
    })
  }

  const notBytes: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a list of numbers', [1, 2]],
    ['an object', { type: 'Buffer', data: [1] }],
    ['a function', () => {}],
  ]
  for (const [kind, frame] of notBytes) {
    it(`PS-24 a frame of ${kind} is dropped and counted`, async () => {
      const { a, b } = createLink()
      const drops: string[] = []
      const source = createSource(b, ID, { onDrop: (reason) => drops.push(reason) })
      a.emit(`socket.io-pull-stream.queue.${ID}`, frame)
      a.emit(`socket.io-pull-stream.queue.${ID}`, Buffer.from('good'))
      a.emit(`socket.io-pull-stream.error.${ID}`, true)
      const { chunks, end } = await readAll(source)
      expect([drops, end, String(chunks)]).to.deep.equal([['malformed'], true, 'good'])
    })
  }

  it('PS-24 text that is not hexadecimal is dropped and counted', async () => {
    const { a, b } = createLink()
    const drops: string[] = []
    const source = createSource(b, ID, { codec: 'hex', onDrop: (reason) => drops.push(reason) })
    for (const frame of ['0', 'zz', Buffer.from('00'), '0A']) {
      a.emit(`socket.io-pull-stream.queue.${ID}`, frame)
    }
    a.emit(`socket.io-pull-stream.error.${ID}`, true)
    const { chunks } = await readAll(source)
    expect(drops).to.deep.equal(['malformed', 'malformed', 'malformed'])
    expect(concat(chunks)).to.equal('0a')
  })

  it('PS-12 a chunk that cannot be sent ends the stream with an error on both ends', async () => {
    const { a, b } = createLink()
    const { source, log } = scripted([{}] as unknown as Uint8Array[])
    const reader = createSource(b, ID)
    createSink(a, ID)(source)
    b.emit(`socket.io-pull-stream.accept.${ID}`)
    const { end } = await readAll(reader)
    expect(codeOf(end)).to.equal('ERR_BAD_REQUEST')
    expect(codeOf(log.aborted)).to.equal('ERR_BAD_REQUEST')
  })

  it('PS-12 text that is too long for one message ends the stream with ERR_TOO_LARGE', async () => {
    const { a, b } = createLink()
    createSink(a, ID, { codec: 'plain' })(scripted(['x'.repeat(256 * 1024 + 1)]).source)
    const { end } = await readAll(createSource(b, ID, { codec: 'plain' }))
    expect(codeOf(end)).to.equal('ERR_TOO_LARGE')
  })

  it('refuses an unknown codec where the stream is made', () => {
    const { a } = createLink()
    expect(() => createSource(a, ID, { codec: 'rot13' as 'hex' }))
      .to.throw()
      .with.property('code', 'ERR_BAD_REQUEST')
    expect(a.listenerCount).to.equal(0)
  })
})
