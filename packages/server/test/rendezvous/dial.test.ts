import { createDuplex } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { codeOf, Host, nextEvent, request, settled, until } from '../support/host.ts'
import { answerDials, dial, joinedPeer, openStream, type Peer, read, write } from '../support/pair.ts'

const WIRE = 'socket.io-pull-stream'

describe('ss-dial', () => {
  let host: Host
  let from: Peer
  let to: Peer

  beforeEach(async () => {
    host = await Host.start({ star: { dialTimeoutMs: 150 } })
    from = await joinedPeer(host)
    to = await joinedPeer(host, 'ipfs')
  })
  afterEach(() => host.close())

  it('DIAL-1 DIAL-2 DIAL-5 carries bytes both ways and ends each direction by itself', async () => {
    const { there, back } = await openStream(from, to, 'dial-1')
    const received: string[] = []
    write(there, [Buffer.from('to the listener')])
    await read(back, (chunk) => received.push(Buffer.from(chunk).toString()))
    write(back, [Buffer.from('to the dialler')])
    await read(there, (chunk) => received.push(Buffer.from(chunk).toString()))
    expect(received).to.deep.equal(['to the listener', 'to the dialler'])
    await until(() => host.star.stats().streamsOpen === 0)
    expect(host.star.stats()).to.include({ relayedBytes: 29 })
    expect(host.star.stats().dials).to.deep.equal({ ok: 1 })
  })

  it('ADDR-3 tells the listener the dialler in its own spelling', async () => {
    const incoming = nextEvent(to.socket, 'ss-incomming')
    answerDials(to)
    await dial(from, to, 'a')
    expect((await incoming).slice(0, 2)).to.deep.equal(['a', from.identity.address('ipfs')])
    expect(await incoming).to.have.length(3)
  })

  it('DIAL-6 tells a listener that watches which address was dialled', async () => {
    await request(to.socket, 'ss-watch')
    const incoming = nextEvent(to.socket, 'ss-incomming')
    answerDials(to)
    await dial(from, to, 'a')
    expect((await incoming).slice(0, 3)).to.deep.equal(['a', from.identity.address('ipfs'), to.address])
  })

  it('DIAL-4 refuses a peer that is not online', async () => {
    to.socket.disconnect()
    await until(() => host.star.stats().peers === 1)
    expect(codeOf(await dial(from, to, 'a'))).to.equal('ERR_PEER_NOT_FOUND')
  })

  it('DIAL-3 refuses a malformed dial id', async () => {
    for (const id of ['', 'a b', 'a'.repeat(129), 'ä', 7, null, {}, ['a']]) {
      expect(codeOf(await dial(from, to, id as string))).to.equal('ERR_BAD_DIAL_ID')
    }
    answerDials(to)
    expect(await dial(from, to, `${'a'.repeat(125)}_.-`)).to.deep.equal([])
  })

  it('DIAL-3 refuses a dial id that is in use, or was a short time ago', async () => {
    answerDials(to)
    expect(await dial(from, to, 'a')).to.deep.equal([])
    expect(codeOf(await dial(from, to, 'a'))).to.equal('ERR_DIAL_ID_IN_USE')
    from.socket.emit(`${WIRE}.error.a.dialer`, true)
    to.socket.emit(`${WIRE}.accept.a.dialer`)
    to.socket.emit(`${WIRE}.error.a.listener`, true)
    from.socket.emit(`${WIRE}.accept.a.listener`)
    await until(() => host.star.stats().streamsOpen === 0)
    expect(codeOf(await dial(from, to, 'a'))).to.equal('ERR_DIAL_ID_IN_USE')
    expect(await dial(from, to, 'b')).to.deep.equal([])
  })

  it('DIAL-3 refuses a dial id that is in use at the listener', async () => {
    const third = await joinedPeer(host)
    answerDials(to)
    expect(await dial(from, to, 'a')).to.deep.equal([])
    expect(codeOf(await dial(third, to, 'a'))).to.equal('ERR_DIAL_ID_IN_USE')
    expect(await dial(third, to, 'b')).to.deep.equal([])
  })

  it('DIAL-7 passes on why a listener refuses, in any shape', async () => {
    answerDials(to, 'ERR_NOT_JOINED: not here')
    expect(await dial(from, to, 'a')).to.deep.equal(['ERR_NOT_JOINED: not here'])
    to.socket.off('ss-incomming')
    answerDials(to, {})
    expect(codeOf(await dial(from, to, 'b'))).to.equal('ERR_DIAL_REFUSED')
    to.socket.off('ss-incomming')
    answerDials(to, 'just no')
    expect(await dial(from, to, 'c')).to.deep.equal(['ERR_DIAL_REFUSED: just no'])
    expect(host.star.stats()).to.include({ streamsOpen: 0 })
  })

  it('DIAL-7 times out on a listener that does not answer, and frees what the dial held', async () => {
    const ended = nextEvent(from.socket, `${WIRE}.error.a.dialer`)
    expect(codeOf(await dial(from, to, 'a'))).to.equal('ERR_DIAL_TIMEOUT')
    expect(codeOf(await ended)).to.equal('ERR_DIAL_TIMEOUT')
    for (const socket of host.io.of('/').sockets.values()) {
      expect(socket.eventNames().filter((name) => String(name).startsWith(WIRE))).to.deep.equal([])
    }
    answerDials(to)
    expect(await dial(from, to, 'b')).to.deep.equal([])
  })

  it('DIAL-14 DIAL-7 a dial that times out is over for the listener too, in both directions', async () => {
    const asked = nextEvent(to.socket, 'ss-incomming')
    const ended = ['dialer', 'listener'].map((half) => nextEvent(to.socket, `${WIRE}.error.a.${half}`))
    expect(codeOf(await dial(from, to, 'a'))).to.equal('ERR_DIAL_TIMEOUT')
    await asked
    for (const end of ended) expect(codeOf(await end)).to.equal('ERR_DIAL_TIMEOUT')
  })

  it('DIAL-14 a dialler that leaves while the listener is asked leaves nothing there', async () => {
    const back = nextEvent(to.socket, 'ss-incomming').then(() =>
      createDuplex(to.socket, { readId: 'a.dialer', writeId: 'a.listener' }),
    )
    from.socket.emit('ss-dial', from.address, to.address, 'a', () => {})
    const { source, sink } = await back
    const aborted = new Promise((resolve) => sink((abort) => resolve(abort)))
    const ended = new Promise((resolve) => source(null, resolve))
    from.socket.disconnect()
    expect(await ended).to.include({ code: 'ERR_STREAM_RESET' })
    expect(await aborted).to.include({ code: 'ERR_STREAM_RESET' })
    for (const half of ['dialer', 'listener']) {
      for (const name of ['accept', 'queue', 'error']) {
        expect(to.socket.listeners(`${WIRE}.${name}.a.${half}`)).to.deep.equal([])
      }
    }
  })

  it('DIAL-14 a dialler gives a dial up with an error on its own half', async () => {
    const told = nextEvent(to.socket, `${WIRE}.error.a.listener`)
    const answer = dial(from, to, 'a')
    await nextEvent(to.socket, 'ss-incomming')
    from.socket.emit(`${WIRE}.error.a.dialer`, 'ERR_ABORTED: changed my mind')
    expect(codeOf(await answer)).to.equal('ERR_ABORTED')
    expect(codeOf(await told)).to.equal('ERR_ABORTED')
  })

  it('DIAL-6 DISC-13 tells one that has watched before which address was dialled', async () => {
    await request(to.socket, 'ss-watch')
    to.socket.emit('ss-leave', to.address)
    await to.identity.join(to.socket, to.address)
    const incoming = nextEvent(to.socket, 'ss-incomming')
    answerDials(to)
    await dial(from, to, 'a')
    expect((await incoming).slice(0, 3)).to.deep.equal(['a', from.identity.address('ipfs'), to.address])
  })

  it('DIAL-7 waits long for a listener where it may wait without an end', async () => {
    const patient = await Host.start({ star: { dialTimeoutMs: Number.POSITIVE_INFINITY } })
    const [caller, called] = [await joinedPeer(patient), await joinedPeer(patient)]
    called.socket.on('ss-incomming', (...args: unknown[]) => setTimeout(args.at(-1) as () => void, 50))
    expect(await dial(caller, called, 'a')).to.deep.equal([])
    await patient.close()
  })

  it('DIAL-7 takes no notice of an answer that comes too late', async () => {
    let late = (): void => {}
    to.socket.once('ss-incomming', (_id: string, _from: string, reply: () => void) => {
      late = reply
    })
    expect(codeOf(await dial(from, to, 'a'))).to.equal('ERR_DIAL_TIMEOUT')
    late()
    await settled(to.socket)
    expect(host.star.stats()).to.include({ streamsOpen: 0 })
  })

  it('JOIN-12 a listener that disconnects while it is asked fails the dial at once', async () => {
    to.socket.once('ss-incomming', () => to.socket.disconnect())
    expect(codeOf(await dial(from, to, 'a'))).to.equal('ERR_STREAM_RESET')
  })

  it('JOIN-12 a peer that disconnects ends its streams, and the other one is told', async () => {
    const { there } = await openStream(from, to, 'a')
    const ended = read(there, () => {}).then(
      () => 'clean',
      (error) => error.code,
    )
    to.socket.disconnect()
    expect(await ended).to.equal('ERR_STREAM_RESET')
    await until(() => host.star.stats().streamsOpen === 0)
  })

  it('JOIN-11 JOIN-14 streams live on when the address they were dialled from is left or lost', async () => {
    const { there, back } = await openStream(from, to, 'a')
    const newest = await host.connect()
    await from.identity.join(newest, from.address)
    to.socket.emit('ss-leave', to.address)
    await settled(to.socket)
    const received: string[] = []
    write(there, [Buffer.from('still here')])
    await read(back, (chunk) => received.push(Buffer.from(chunk).toString()))
    expect(received).to.deep.equal(['still here'])
  })

  it('DIAL-12 a stream that is cut is cut in both directions, and both ends are told why', async () => {
    const small = await Host.start({ star: { quotas: { messageBytes: 1000 } } })
    const [a, b] = [await joinedPeer(small), await joinedPeer(small)]
    answerDials(b)
    await dial(a, b, 'a')
    const told = Promise.all(
      [a, b].flatMap(({ socket }) =>
        ['dialer', 'listener'].map((side) => nextEvent(socket, `${WIRE}.error.a.${side}`)),
      ),
    )
    b.socket.emit(`${WIRE}.accept.a.dialer`)
    await nextEvent(a.socket, `${WIRE}.accept.a.dialer`)
    a.socket.emit(`${WIRE}.queue.a.dialer`, Buffer.alloc(1001))
    expect((await told).map(codeOf)).to.deep.equal(new Array(4).fill('ERR_TOO_LARGE'))
    expect(small.star.stats()).to.include({ streamsOpen: 0 })
    expect(small.star.stats().drops).to.deep.equal({ 'frame-too-large': 1 })
    await small.close()
  })

  it('DIAL-12 a reader that cuts ends the other direction too: a legacy writer hears of it nowhere else', async () => {
    await openStream(from, to, 'a')
    const told = Promise.all([
      nextEvent(from.socket, `${WIRE}.error.a.dialer`),
      nextEvent(from.socket, `${WIRE}.error.a.listener`),
      nextEvent(to.socket, `${WIRE}.error.a.listener`),
    ])
    to.socket.emit(`${WIRE}.error.a.dialer`, 'ERR_STREAM_BACKLOG: too slow')
    expect((await told).map(codeOf)).to.deep.equal(new Array(3).fill('ERR_STREAM_BACKLOG'))
    expect(host.star.stats()).to.include({ streamsOpen: 0 })
  })

  it('DIAL-12 a reader that stops for another reason leaves the other direction open', async () => {
    const { there, back } = await openStream(from, to, 'a')
    const told = nextEvent(from.socket, `${WIRE}.error.a.dialer`)
    to.socket.emit(`${WIRE}.error.a.dialer`, 'ERR_ABORTED: enough')
    expect(codeOf(await told)).to.equal('ERR_ABORTED')
    const received: string[] = []
    write(back, [Buffer.from('still open')])
    await read(there, (chunk) => received.push(Buffer.from(chunk).toString()))
    expect(received).to.deep.equal(['still open'])
  })

  it('DIAL-1 a peer may dial another of its addresses on the same socket', async () => {
    const address = from.identity.address('p2p', 1)
    await from.identity.join(from.socket, address)
    const { there, back } = await openStream(from, { ...from, address }, 'self')
    const received: string[] = []
    write(there, [Buffer.from('hello me')])
    await read(back, (chunk) => received.push(Buffer.from(chunk).toString()))
    expect(received).to.deep.equal(['hello me'])
  })
})
