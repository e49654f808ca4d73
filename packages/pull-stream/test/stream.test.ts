import { getEventListeners } from 'node:events'
import { explainErrors, StarError } from '@socket-star/protocol'
import { createDuplex, createSink, createSource, type StreamEnd } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { createLink, type LinkEnd } from './support/link.ts'
import { codeOf, readAll, readOne, scripted, silent } from './support/reading.ts'

const ID = 'stream'
const ACCEPT = `socket.io-pull-stream.accept.${ID}`
const QUEUE = `socket.io-pull-stream.queue.${ID}`
const ERROR = `socket.io-pull-stream.error.${ID}`

function eventsSent(end: LinkEnd): string[] {
  return end.sent.map(([event]) => event)
}

describe('a stream', () => {
  // as joinStar and a server do: without it every code of the form of one is known (ERR-3)
  before(explainErrors)

  it('PS-1 uses the events of socket.io-pull-stream, once each but for the data', async () => {
    const { a, b } = createLink()
    createSink(a, ID)(scripted([Buffer.from('1'), Buffer.from('2')]).source)
    const { chunks, end } = await readAll(createSource(b, ID))
    expect(end).to.equal(true)
    expect(Buffer.concat(chunks).toString()).to.equal('12')
    expect(eventsSent(b)).to.deep.equal([ACCEPT])
    expect(eventsSent(a)).to.deep.equal([QUEUE, QUEUE, ERROR])
    expect(a.sent.at(-1)).to.deep.equal([ERROR, true])
  })

  for (const id of ['', 'x'.repeat(257), 7 as unknown as string]) {
    it(`PS-2 refuses ${JSON.stringify(id).slice(0, 9)} as an id`, () => {
      const { a } = createLink()
      for (const create of [createSource, createSink]) {
        expect(() => create(a, id))
          .to.throw()
          .with.property('code', 'ERR_BAD_DIAL_ID')
      }
      expect(a.listenerCount).to.equal(0)
    })
  }

  it('PS-10 the writer reads nothing before it is accepted, and takes a second accept for nothing', async () => {
    const { a, b } = createLink()
    const { source, log } = scripted([Buffer.from('1')])
    createSink(a, ID)(source)
    expect(log.reads).to.equal(0)
    const reader = createSource(b, ID)
    b.emit(ACCEPT)
    expect(String((await readAll(reader)).chunks)).to.equal('1')
    expect(log.reads).to.equal(2)
  })

  it('PS-10 an accept that comes before the sink has its source counts', async () => {
    const { a, b } = createLink()
    const sink = createSink(a, ID)
    const reader = createSource(b, ID)
    sink(scripted([Buffer.from('1')]).source)
    expect((await readAll(reader)).end).to.equal(true)
  })

  it('PS-12 cuts large chunks into frames of 64 KiB, and the bytes stay the same', async () => {
    const { a, b } = createLink()
    const large = Buffer.alloc(200_000, 'abc')
    createSink(a, ID)(scripted([large]).source)
    const { chunks } = await readAll(createSource(b, ID))
    expect(chunks.map((chunk) => chunk.byteLength)).to.deep.equal([65536, 65536, 65536, 3392])
    expect(Buffer.concat(chunks).equals(large)).to.equal(true)
  })

  it('PS-13 sends no empty frame and delivers none', async () => {
    const { a, b } = createLink()
    createSink(a, ID)(scripted([Buffer.alloc(0), Buffer.from('1'), Buffer.alloc(0)]).source)
    const reader = createSource(b, ID)
    expect(eventsSent(a)).to.deep.equal([QUEUE, ERROR])
    expect((await readAll(reader)).chunks).to.have.length(1)
    const other = createLink()
    const legacy = createSource(other.b, ID)
    other.a.emit(QUEUE, Buffer.alloc(0))
    other.a.emit(ERROR, true)
    expect(await readAll(legacy)).to.deep.equal({ end: true, chunks: [] })
  })

  it('PS-11 an error of the source travels as one string', async () => {
    const { a, b } = createLink()
    createSink(a, ID)(scripted([], new StarError('ERR_TIMEOUT', 'too late')).source)
    const { end } = await readAll(createSource(b, ID))
    expect(a.sent.at(-1)).to.deep.equal([ERROR, 'ERR_TIMEOUT: too late'])
    expect(codeOf(end)).to.equal('ERR_TIMEOUT')
  })

  it('PS-11 what an error of the application says stays here', async () => {
    const { a, b } = createLink()
    createSink(a, ID)(scripted([], new Error('/home/ada/secret')).source)
    expect(codeOf((await readAll(createSource(b, ID))).end)).to.equal('ERR_REMOTE')
    expect(JSON.stringify(a.sent)).not.to.contain('secret')
  })

  const ends: [string, unknown, unknown][] = [
    ['true', true, true],
    ['false', false, 'ERR_REMOTE'],
    ['nothing', undefined, 'ERR_REMOTE'],
    ['{} (an Error of a legacy writer)', {}, 'ERR_REMOTE'],
    ['text without a code', 'broken', 'ERR_REMOTE'],
    ['text with a code', 'ERR_TIMEOUT: x', 'ERR_TIMEOUT'],
    ['text with an unknown code', 'ERR_PROTO: x', 'ERR_REMOTE'],
    ['the name of a prototype', 'constructor: x', 'ERR_REMOTE'],
  ]
  for (const [name, value, expected] of ends) {
    it(`PS-21 an end of ${name} is ${expected === true ? 'clean' : String(expected)}, after the data`, async () => {
      const { a, b } = createLink()
      const reader = createSource(b, ID)
      a.emit(QUEUE, Buffer.from('1'))
      a.emit(ERROR, value)
      a.emit(QUEUE, Buffer.from('late'))
      const { end, chunks } = await readAll(reader)
      expect(String(chunks)).to.equal('1')
      expect(codeOf(end)).to.equal(expected)
    })
  }

  it('PS-22 a lost connection is an error, after what was received', async () => {
    const { a, b } = createLink()
    const reader = createSource(b, ID)
    a.emit(QUEUE, Buffer.from('1'))
    b.disconnect()
    const { end, chunks } = await readAll(reader)
    expect(String(chunks)).to.equal('1')
    expect(codeOf(end)).to.equal('ERR_DISCONNECTED')
  })

  it('PS-22 a lost connection aborts the source of a sink, also while it waits for data', () => {
    const { a, b } = createLink()
    const { source, log } = silent()
    createSink(a, ID)(source)
    createSource(b, ID)
    a.disconnect()
    expect(codeOf(log.aborted)).to.equal('ERR_DISCONNECTED')
  })

  it('PS-23 an abort of the reader reaches the source of the writer', async () => {
    const { a, b } = createLink()
    const { source, log } = silent()
    createSink(a, ID)(source)
    const reader = createSource(b, ID)
    const pending = readOne(reader)
    const answer = await new Promise((resolve) => reader(true, resolve))
    expect(answer).to.equal(true)
    expect((await pending).end).to.equal(true)
    expect(b.sent.at(-1)).to.deep.equal([ERROR, true])
    expect(log.aborted).to.equal(true)
  })

  it('PS-23 an abort with an error carries its code', () => {
    const { a, b } = createLink()
    const { source, log } = silent()
    createSink(a, ID)(source)
    createSource(b, ID)(new StarError('ERR_QUOTA', 'enough'), () => {})
    expect(codeOf(log.aborted)).to.equal('ERR_QUOTA')
  })

  it('PS-14 an abort before the sink has a source waits for it', () => {
    const { a, b } = createLink()
    const sink = createSink(a, ID)
    createSource(b, ID)(true, () => {})
    const { source, log } = scripted([Buffer.from('1')])
    sink(source)
    expect(log).to.deep.equal({ reads: 0, aborted: true })
  })

  it('PS-4 nothing is sent on a connection that is down', async () => {
    const { a, b } = createLink()
    a.connected = false
    const { source, log } = silent()
    const ended: StreamEnd[] = []
    createSink(a, ID, { onEnd: (end) => ended.push(end) })(source)
    const reader = createSource(a, 'other')
    expect(codeOf((await readAll(reader)).end)).to.equal('ERR_DISCONNECTED')
    expect(codeOf(log.aborted)).to.equal('ERR_DISCONNECTED')
    expect(ended.map(codeOf)).to.deep.equal(['ERR_DISCONNECTED'])
    expect([a.sent, b.sent]).to.deep.equal([[], []])
  })

  it('PS-23 a signal ends both halves and tells the other side', async () => {
    const { a, b } = createLink()
    const controller = new AbortController()
    const ended: StreamEnd[] = []
    const options = { signal: controller.signal, onEnd: (end: StreamEnd) => ended.push(end) }
    const duplex = createDuplex(a, { readId: 'r', writeId: 'w' }, options)
    const { source, log } = silent()
    duplex.sink(source)
    const far = createSource(b, 'w')
    controller.abort()
    expect(codeOf((await readAll(duplex.source)).end)).to.equal('ERR_ABORTED')
    expect(codeOf((await readAll(far)).end)).to.equal('ERR_ABORTED')
    expect(codeOf(log.aborted)).to.equal('ERR_ABORTED')
    expect(ended.map(codeOf)).to.deep.equal(['ERR_ABORTED', 'ERR_ABORTED'])
    expect(a.listenerCount).to.equal(0)
  })

  it('PS-20 a stream whose signal was aborted before is not accepted', () => {
    const { a } = createLink()
    createSource(a, ID, { signal: AbortSignal.abort(new StarError('ERR_CLOSED', 'gone')) })
    expect(a.sent).to.deep.equal([[ERROR, 'ERR_CLOSED: gone']])
  })

  it('refuses a second read before the first was answered, and a second source', async () => {
    const { a, b } = createLink()
    const reader = createSource(b, ID)
    const first = readOne(reader)
    expect(codeOf((await readOne(reader)).end)).to.equal('ERR_BAD_REQUEST')
    a.emit(QUEUE, Buffer.from('1'))
    expect(String((await first).chunk)).to.equal('1')
    const sink = createSink(a, ID)
    sink(silent().source)
    const second = silent()
    sink(second.source)
    expect(codeOf(second.log.aborted)).to.equal('ERR_BAD_REQUEST')
  })

  const endings: [string, (ends: { a: LinkEnd; b: LinkEnd; abort: () => void; fail: () => void }) => void][] =
    [
      ['its clean end', ({ a }) => a.emit(ERROR, true)],
      ['an error', ({ a }) => a.emit(ERROR, 'ERR_TIMEOUT: x')],
      ['an abort', ({ abort }) => abort()],
      ['an error of the source', ({ fail }) => fail()],
      ['a disconnect', ({ a, b }) => [a, b].forEach((end) => void end.disconnect())],
    ]
  for (const [name, end] of endings) {
    it(`leaves no listener behind after ${name}`, () => {
      const { a, b } = createLink()
      const ended: StreamEnd[] = []
      const onEnd = (value: StreamEnd) => ended.push(value)
      const signal = new AbortController().signal
      const sink = createSink(a, ID, { onEnd, signal })
      const reader = createSource(b, ID, { onEnd, signal })
      let fail = () => {}
      sink((abort, callback) => {
        if (abort) callback(abort)
        else fail = () => callback(new Error('x'))
      })
      expect([a.listenerCount, b.listenerCount]).to.deep.equal([3, 3])
      end({ a, b, abort: () => reader(true, () => {}), fail: () => fail() })
      if (name === 'its clean end' || name === 'an error') a.receive(ERROR, true)
      expect([a.listenerCount, b.listenerCount]).to.deep.equal([0, 0])
      expect(ended).to.have.length(2)
      expect(getEventListeners(signal, 'abort')).to.deep.equal([])
    })
  }

  it('PS-4 many streams share one listener for the disconnect', () => {
    const { a } = createLink()
    const readers = Array.from({ length: 100 }, (_, index) => createSource(a, `s${index}`))
    expect(a.listenerCount).to.equal(201)
    for (const reader of readers) reader(true, () => {})
    expect(a.listenerCount).to.equal(0)
  })
})
