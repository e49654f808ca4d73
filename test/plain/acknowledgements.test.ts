import { expect } from 'chai'
import { everywhere, type Ground, hearing, until } from './ground.ts'

everywhere('acknowledgements and timeouts', (start) => {
  let ground: Ground
  beforeEach(async () => {
    ground = await start()
  })

  it('a callback gets the arguments of the answer, once, from client to server', async () => {
    const [client, server] = await ground.pair()
    let calls = 0
    server.on('sum', (a: number, b: number, reply: (...args: unknown[]) => void) => {
      reply(a + b, { exact: true })
      reply('again')
    })
    const answer = await new Promise((resolve) => {
      client.emit('sum', 1, 2, (...args: unknown[]) => {
        calls += 1
        resolve(args)
      })
    })
    expect(answer).to.deep.equal([3, { exact: true }])
    await client.emitWithAck('sum', 1, 1)
    expect(calls).to.equal(1)
  })

  it('emitWithAck resolves with the first argument, in both directions', async () => {
    const [client, server] = await ground.pair()
    server.on('name', (reply: (...args: unknown[]) => void) => reply('server', 'ignored'))
    client.on('name', (reply: (...args: unknown[]) => void) => reply('client', 'ignored'))
    expect(await client.emitWithAck('name')).to.equal('server')
    expect(await server.emitWithAck('name')).to.equal('client')
  })

  it('typed arrays and ArrayBuffers arrive as Buffers', async () => {
    const [client, server] = await ground.pair()
    server.on('echo', (value: unknown, reply: (value: unknown) => void) => reply(value))
    for (const value of [
      Uint8Array.of(7, 8),
      Uint8Array.of(7, 8).buffer,
      new DataView(Uint8Array.of(7, 8).buffer),
    ]) {
      expect(await client.emitWithAck('echo', value)).to.deep.equal(Buffer.from([7, 8]))
    }
  })

  it('timeout() calls back with an error when no answer comes, and with null first when one does', async () => {
    const [client, server] = await ground.pair()
    server.on('answered', (reply: (text: string) => void) => reply('yes'))
    const silent = await new Promise<unknown[]>((resolve) => {
      client.timeout(10).emit('silence', (...args: unknown[]) => resolve(args))
    })
    expect(silent).to.have.length(1)
    expect(silent[0]).to.be.an('error').with.property('message', 'operation has timed out')
    const answered = await new Promise<unknown[]>((resolve) => {
      client.timeout(5_000).emit('answered', (...args: unknown[]) => resolve(args))
    })
    expect(answered).to.deep.equal([null, 'yes'])
    const rejected = await server.timeout(10).emitWithAck('silence').then(String, String)
    expect(rejected).to.match(/operation has timed out/)
  })

  it('ackTimeout of the client applies to every acknowledgement', async () => {
    const [client] = await ground.pair({ ackTimeout: 10 })
    const [error] = await new Promise<unknown[]>((resolve) => {
      client.emit('silence', (...args: unknown[]) => resolve(args))
    })
    expect(error).to.be.an('error')
  })

  it('a broadcast with a callback collects one answer of each client of the room', async () => {
    const pairs = [await ground.pair(), await ground.pair(), await ground.pair()]
    for (const [at, [client, server]] of pairs.entries()) {
      server.join('asked')
      client.on('which', (reply: (at: number) => void) => reply(at))
    }
    const [error, answers] = await new Promise<unknown[]>((resolve) => {
      ground.io
        .to('asked')
        .timeout(5_000)
        .emit('which', (...args: unknown[]) => resolve(args))
    })
    expect(error).to.equal(null)
    expect(answers).to.have.members([0, 1, 2])
    expect(await ground.io.to('asked').timeout(5_000).emitWithAck('which')).to.have.members([0, 1, 2])
  })

  it('a broadcast that not everybody answers ends with an error and the answers that came', async () => {
    const [answering, silent] = [await ground.pair(), await ground.pair()]
    for (const [, server] of [answering, silent]) server.join('asked')
    answering[0].on('which', (reply: (text: string) => void) => reply('here'))
    const [error, answers] = await new Promise<unknown[]>((resolve) => {
      ground.io
        .to('asked')
        .timeout(50)
        .emit('which', (...args: unknown[]) => resolve(args))
    })
    expect(error).to.be.an('error')
    expect(answers).to.deep.equal(['here'])
    const rejected = await ground.io
      .to('asked')
      .timeout(20)
      .emitWithAck('which')
      .then(
        () => undefined,
        (reason: { responses: unknown }) => reason.responses,
      )
    expect(rejected).to.deep.equal(['here'])
  })

  it('a broadcast with a callback to nobody ends at once', async () => {
    const [error, answers] = await new Promise<unknown[]>((resolve) => {
      ground.io
        .to('nobody')
        .timeout(5_000)
        .emit('which', (...args: unknown[]) => resolve(args))
    })
    expect([error, answers]).to.deep.equal([null, []])
  })

  it('an event is handed on in order, with any JSON and none of the names of the suite taken', async () => {
    const [client, server] = await ground.pair()
    const values = [null, 0, '', true, [1, [2]], { a: { b: null } }, 'ünïcödé', -1.5]
    const echoed: unknown[] = []
    // names of a session's own events mean nothing to Socket.IO
    for (const name of ['message', 'drain', 'end', 'status', 'resume', 'gap', 'renew']) {
      server.on(name, (...args: unknown[]) => server.emit(name, ...args))
    }
    const heard = hearing(client)
    for (const value of values) client.emit('message', value)
    for (const name of ['drain', 'end', 'status', 'resume', 'gap', 'renew']) client.emit(name, name)
    await until(() => heard.length === values.length + 6)
    for (const [name, value] of heard.slice(0, values.length)) {
      expect(name).to.equal('message')
      echoed.push(value)
    }
    expect(echoed).to.deep.equal(values)
  })

  it('a client that sends to nobody is no error, and catch-all listeners see everything', async () => {
    const [client, server] = await ground.pair()
    const seen: unknown[][] = []
    const sent: unknown[][] = []
    server.onAny((...args: unknown[]) => seen.push(args))
    server.onAnyOutgoing((...args: unknown[]) => sent.push(args))
    client.emit('unknown', 1)
    client.send('text')
    await until(() => seen.length === 2)
    server.emit('out', 1)
    expect(seen).to.deep.equal([
      ['unknown', 1],
      ['message', 'text'],
    ])
    expect(sent).to.deep.equal([['out', 1]])
  })
})
