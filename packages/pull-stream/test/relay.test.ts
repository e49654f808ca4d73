import { StarError } from '@socket-star/protocol'
import { createDuplex, createRelay, createSink, createSource, type RelayEnd } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { FakeServerSocket } from './support/fake-connection.ts'
import { createHost, type Host, roundTrip } from './support/host.ts'
import { LinkEnd } from './support/link.ts'
import { codeOf, readAll, readOne, scripted, silent, until } from './support/reading.ts'
import { ACCEPT, ERROR, ID, QUEUE, type Relayed, relayed } from './support/relayed.ts'
import { VirtualTimers } from './support/virtual-timers.ts'

describe('a relayed stream', () => {
  let host: Host
  before(async () => {
    host = await createHost()
  })
  after(() => host.close())

  it('PS-40 carries the bytes from one client to the other, in order', async () => {
    let counted = 0
    const { sink, accept, relayEnds, listeners } = await relayed(host, {
      onBytes: (bytes) => (counted += bytes),
    })
    const chunks = Array.from({ length: 100 }, (_, n) => Buffer.alloc(1 + n * 300, n))
    sink(scripted(chunks).source)
    const result = await readAll(accept())
    expect(result.end).to.equal(true)
    expect(Buffer.concat(result.chunks).equals(Buffer.concat(chunks))).to.equal(true)
    const bytes = Buffer.concat(chunks).byteLength
    expect(relayEnds).to.deep.equal([{ cause: 'clean', error: undefined, bytes }])
    expect(counted).to.equal(bytes)
    expect(listeners()).to.equal(0)
  })

  it('PS-40 keeps nothing: the writer starts when the reader has accepted', async () => {
    const { sink, relay, reader, writer } = await relayed(host)
    const { source, log } = scripted([Buffer.from('1')])
    sink(source)
    await roundTrip(writer)
    await roundTrip(reader)
    expect([log.reads, relay.accepted]).to.deep.equal([0, false])
    relay.close()
  })

  /** Every way to end, and what each of the three learns. */
  const endings: {
    name: string
    end: (stream: Relayed) => void
    cause: RelayEnd['cause']
    writer: unknown
    reader: unknown
    accepted?: false
  }[] = [
    {
      name: 'PS-23, PS-49 the reader aborts',
      end: ({ reader }) => reader.client.emit(ERROR, true),
      cause: 'reader-abort',
      writer: true,
      reader: undefined,
    },
    {
      name: 'PS-49 the writer disconnects',
      end: ({ writer }) => writer.client.disconnect(),
      cause: 'writer-disconnected',
      writer: 'ERR_DISCONNECTED',
      reader: 'ERR_STREAM_RESET',
    },
    {
      name: 'PS-49 the reader disconnects',
      end: ({ reader }) => reader.client.disconnect(),
      cause: 'reader-disconnected',
      writer: 'ERR_STREAM_RESET',
      reader: 'ERR_DISCONNECTED',
    },
    {
      name: 'PS-49 the server closes it',
      end: ({ relay }) => relay.close(new StarError('ERR_QUOTA')),
      cause: 'closed',
      writer: 'ERR_QUOTA',
      reader: 'ERR_QUOTA',
    },
    {
      name: 'PS-46 the writer sends too large a frame',
      end: ({ writer }) => writer.client.emit(QUEUE, Buffer.alloc(10_001)),
      cause: 'too-large',
      writer: 'ERR_TOO_LARGE',
      reader: 'ERR_TOO_LARGE',
    },
    {
      name: 'PS-48 the writer ends with what a legacy package makes of an Error',
      end: ({ writer }) => writer.client.emit(ERROR, {}),
      cause: 'writer-error',
      writer: undefined,
      reader: 'ERR_REMOTE',
    },
    {
      name: 'PS-49 the reader disconnects before it accepts',
      end: ({ reader }) => reader.client.disconnect(),
      cause: 'reader-disconnected',
      writer: 'ERR_STREAM_RESET',
      reader: undefined,
      accepted: false,
    },
    {
      name: 'PS-49 the server closes it before it is accepted',
      end: ({ relay }) => relay.close(),
      cause: 'closed',
      writer: 'ERR_CLOSED',
      reader: undefined,
      accepted: false,
    },
  ]
  for (const { name, end, cause, writer, reader, accepted } of endings) {
    it(`${name}: all learn it and no listener stays`, async () => {
      const stream = await relayed(host, { maxFrameBytes: 10_000 })
      const { source, log } = silent()
      stream.sink(source)
      const far = accepted === false ? undefined : stream.accept()
      if (far !== undefined) await until(() => stream.relay.accepted, 'the stream was accepted')
      end(stream)
      await until(() => stream.relayEnds.length === 1, 'the relay ended')
      expect(stream.relayEnds[0]?.cause).to.equal(cause)
      expect(stream.relay.end).to.equal(stream.relayEnds[0])
      if (writer !== undefined) {
        await until(() => stream.writerEnds.length === 1, 'the writer knew')
        expect(codeOf(log.aborted)).to.equal(writer)
      }
      if (far !== undefined && reader !== undefined) expect(codeOf((await readAll(far)).end)).to.equal(reader)
      // Events went past the library in these; let the halves that they left open go.
      if (writer === undefined) stream.writer.client.disconnect()
      if (far !== undefined && reader === undefined) far(true, () => {})
      expect(stream.listeners()).to.equal(0)
      stream.relay.close()
      expect(stream.relayEnds).to.have.length(1)
    })
  }

  it('PS-47 the end of a writer waits for a reader that has not accepted yet', async () => {
    const { writer, accept, relayEnds, relay } = await relayed(host)
    writer.client.emit(ERROR, 'ERR_ABORTED: changed its mind')
    await roundTrip(writer)
    writer.client.disconnect()
    await until(() => !writer.server.connected, 'the server saw it')
    expect(relay.end).to.equal(undefined)
    expect(codeOf((await readAll(accept())).end)).to.equal('ERR_ABORTED')
    expect(relayEnds.map(({ cause }) => cause)).to.deep.equal(['writer-error'])
  })

  it('PS-47 that end waits for 60 s: a reader that never accepts keeps no stream open', async () => {
    const timers = new VirtualTimers()
    for (const accepted of [false, true]) {
      const [writer, reader] = [new LinkEnd(), new LinkEnd()]
      const ends: unknown[] = []
      createRelay(writer, reader, ID, { timers, onEnd: ({ cause }) => ends.push(cause) })
      writer.receive(ERROR, 'ERR_ABORTED: changed its mind')
      timers.advance(59_999)
      expect([ends, reader.sent]).to.deep.equal([[], []])
      if (accepted) reader.receive(ACCEPT)
      else timers.advance(1)
      expect(ends).to.deep.equal(['writer-error'])
      expect(reader.sent).to.deep.equal([[ERROR, 'ERR_ABORTED: changed its mind']])
      expect([writer.listenerCount, reader.listenerCount, timers.pending]).to.deep.equal([0, 0, 0])
    }
  })

  it('PS-3, PS-46 what is no frame is dropped and counted, and the stream goes on; nobody is answered', async () => {
    const drops: string[] = []
    const { writer, accept } = await relayed(host, { onDrop: (reason) => drops.push(reason) })
    writer.client.emit(QUEUE, Buffer.from('early'))
    await until(() => drops.length === 1, 'it was dropped')
    const source = accept()
    writer.client.once(ACCEPT, () => {
      for (const frame of [undefined, null, 1, {}, [Buffer.from('x')], () => {}])
        writer.client.emit(QUEUE, frame)
      writer.client.emit(QUEUE)
      writer.client.emit(QUEUE, Buffer.alloc(0))
      writer.client.emit(QUEUE, 'text', 'more', Buffer.from('ignored'))
      writer.client.emit(QUEUE, Buffer.from(' bytes'), () => drops.push('answered'))
      writer.client.emit(ERROR, true)
    })
    const { end, chunks } = await readAll(source)
    expect([end, Buffer.concat(chunks).toString()]).to.deep.equal([true, 'text bytes'])
    expect(drops).to.deep.equal(['not-accepted', ...Array.from({ length: 7 }, () => 'malformed')])
  })

  it('PS-50 frames of a stream that is over go nowhere', async () => {
    const { writer, reader, accept, relay } = await relayed(host)
    accept()
    await until(() => relay.accepted, 'the stream was accepted')
    const heard: unknown[] = []
    reader.client.onAny((event: string) => heard.push(event))
    relay.close()
    for (let n = 0; n < 10; n++) writer.client.emit(QUEUE, Buffer.from('late'))
    reader.client.emit(ACCEPT)
    await until(() => heard.length > 0, 'the reader heard of the end')
    await roundTrip(writer)
    await roundTrip(reader)
    expect(heard).to.deep.equal([ERROR])
    expect(relay.bytes).to.equal(0)
  })

  it('frames that are flushed together are written together', async () => {
    const log: string[] = []
    const connection = { cork: () => log.push('cork'), uncork: () => log.push('uncork') }
    const reader = new FakeServerSocket({ bufferedAmount: 0, _socket: connection })
    const relay = createRelay(new LinkEnd(), reader, ID)
    reader.conn.emit('flush')
    log.push('frames')
    await Promise.resolve()
    expect(log).to.deep.equal(['cork', 'frames', 'uncork'])
    relay.close()
    expect(reader.conn.listenerCount('flush')).to.equal(0)
  })

  it('PS-41 a live id is refused on either socket, and free again afterwards', async () => {
    const { writer, reader, relay } = await relayed(host)
    const third = await host.connect()
    for (const [from, to] of [
      [writer.server, reader.server],
      [third.server, reader.server],
      [writer.server, third.server],
      [reader.server, third.server],
    ] as const) {
      expect(() => createRelay(from, to, ID))
        .to.throw()
        .with.property('code', 'ERR_DIAL_ID_IN_USE')
    }
    expect(third.server.listenerCount(QUEUE) + third.server.listenerCount(ACCEPT)).to.equal(0)
    relay.close()
    createRelay(third.server, reader.server, ID).close()
    expect(() => createRelay(third.server, reader.server, ''))
      .to.throw()
      .with.property('code', 'ERR_BAD_DIAL_ID')
  })

  it('PS-41 both ends may be the same socket', async () => {
    const { client, server } = await host.connect()
    const ends: RelayEnd[] = []
    for (const id of ['self.dialer', 'self.listener'])
      createRelay(server, server, id, { onEnd: (end) => ends.push(end) })
    const dialler = createDuplex(client, { writeId: 'self.dialer', readId: 'self.listener' })
    const listener = createDuplex(client, { writeId: 'self.listener', readId: 'self.dialer' })
    listener.sink(listener.source)
    dialler.sink(scripted([Buffer.from('hello '), Buffer.from('me')]).source)
    const { end, chunks } = await readAll(dialler.source)
    expect([end, Buffer.concat(chunks).toString()]).to.deep.equal([true, 'hello me'])
    expect(ends.map(({ cause }) => cause)).to.deep.equal(['clean', 'clean'])
    expect(server.eventNames()).not.to.include('disconnect')
  })

  it('PS-41 an abort on the same socket reaches the writer', async () => {
    const { client, server } = await host.connect()
    createRelay(server, server, ID)
    const { source, log } = silent()
    createSink(client, ID)(source)
    const reader = createSource(client, ID)
    await until(() => server.listeners(ACCEPT).length === 1, 'the relay stands')
    reader(new StarError('ERR_QUOTA'), () => {})
    await until(() => log.aborted !== null, 'the writer was aborted')
    expect(codeOf(log.aborted)).to.equal('ERR_QUOTA')
    expect(server.listeners(ERROR)).to.deep.equal([])
  })

  it('PS-51 one direction may end while the other goes on', async () => {
    const { client: a, server: sa } = await host.connect()
    const { client: b, server: sb } = await host.connect()
    createRelay(sa, sb, 'c.dialer')
    createRelay(sb, sa, 'c.listener')
    const dialler = createDuplex(a, { writeId: 'c.dialer', readId: 'c.listener' })
    const listener = createDuplex(b, { writeId: 'c.listener', readId: 'c.dialer' })
    dialler.sink(scripted([Buffer.from('question')]).source)
    const question = await readAll(listener.source)
    expect([question.end, String(question.chunks)]).to.deep.equal([true, 'question'])
    listener.sink(scripted([Buffer.from('answer')]).source)
    expect(String((await readOne(dialler.source)).chunk)).to.equal('answer')
    expect((await readOne(dialler.source)).end).to.equal(true)
  })

  it('PS-49 a relay between sockets that are gone already ends, once the caller has it', async () => {
    const [writer, reader] = [new LinkEnd(), new LinkEnd()]
    writer.connected = false
    reader.connected = false
    const ends: RelayEnd[] = []
    createRelay(writer, reader, ID, { onEnd: (end) => ends.push(end) })
    expect(ends).to.deep.equal([])
    await Promise.resolve()
    expect(ends.map(({ cause }) => cause)).to.deep.equal(['reader-disconnected'])
    expect([writer.listenerCount, reader.listenerCount, writer.sent, reader.sent]).to.deep.equal([
      0,
      0,
      [],
      [],
    ])
  })

  it('PS-49 ten thousand streams leave no listener', async () => {
    const [writer, reader] = [new LinkEnd(), new LinkEnd()]
    for (let n = 0; n < 10_000; n++) {
      const relay = createRelay(writer, reader, `s${n}`)
      reader.receive(`socket.io-pull-stream.accept.s${n}`)
      writer.receive(`socket.io-pull-stream.error.s${n}`, true)
      expect(relay.end?.cause).to.equal('clean')
    }
    expect([writer.listenerCount, reader.listenerCount]).to.deep.equal([0, 0])
  })
})
