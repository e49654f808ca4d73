import {
  type ChannelOptions,
  DATA,
  END,
  type Frame,
  HELLO,
  restoreChannel,
  SessionChannel,
} from '@socket-star/protocol/channel'
import { expect } from 'chai'
import { dataFrame, type End, measure, Pair } from './pair.ts'

const texts = (end: End) => end.frames.filter(({ kind }) => kind === DATA).flatMap(({ payloads }) => payloads)

/** A hand-over: the end stops, and its next life goes on from what it was. */
function handOver(end: End, options: Partial<ChannelOptions<string>> = {}): void {
  end.channel.freeze()
  end.restore(end.channel.snapshot(), options)
}

describe('Channel: lives', () => {
  it('CH-17 a snapshot is plain: it survives JSON', () => {
    const pair = new Pair({}, {}).attach()
    pair.b.consumes = false
    for (const text of ['one', 'two']) pair.a.channel.send(text)
    pair.flow()
    for (const { channel } of [pair.a, pair.b]) {
      const snapshot = channel.snapshot()
      expect(JSON.parse(JSON.stringify(snapshot))).to.deep.equal(snapshot)
    }
  })

  it('CH-17 goes on where the frozen one stopped: nothing lost, nothing doubled', () => {
    const pair = new Pair().attach(1)
    pair.a.channel.send('before')
    pair.flow()
    pair.passes = ({ kind }) => kind !== DATA
    for (const text of ['under way', 'and this']) {
      pair.a.channel.send(text)
      pair.flow()
    }
    pair.passes = () => true
    handOver(pair.a)
    pair.a.channel.send('after')
    pair.b.channel.detach(1)
    pair.attach(2)
    expect(pair.b.texts).to.deep.equal(['before', 'under way', 'and this', 'after'])
  })

  it('CH-17 keeps what is not acknowledged under its numbers, sent or not', () => {
    const pair = new Pair({ frameLimits: { bytes: 2, messages: 9, attachments: 9 } }).attach(1)
    pair.a.channel.send('there')
    pair.until(1_000)
    pair.passes = ({ kind }) => kind !== DATA
    for (const text of ['a', 'b', 'c']) pair.a.channel.send(text)
    pair.flow()
    pair.passes = () => true
    pair.b.channel.detach(1)
    handOver(pair.a, { frameLimits: { bytes: 99, messages: 99, attachments: 9 } })
    const before = pair.a.frames.length
    pair.attach(2)
    const again = pair.a.frames.slice(before).filter(({ kind }) => kind === DATA)
    expect(again.map(({ seq, payloads }) => [seq, payloads])).to.deep.equal([[2, ['a', 'b', 'c']]])
  })

  it('CH-17 hands out what was not, and names what was interrupted', () => {
    const pair = new Pair().attach(1)
    pair.b.consumes = false
    pair.a.channel.send('in work')
    pair.flow()
    pair.a.channel.send('waiting')
    for (let frame = pair.a.channel.pull(0); frame; frame = pair.a.channel.pull(0))
      pair.b.channel.receive(1, frame, 0)
    handOver(pair.b)
    expect(pair.b.channel.interrupted.map(({ payload }) => payload)).to.deep.equal(['in work'])
    pair.b.drain()
    expect(pair.b.texts).to.deep.equal(['in work', 'waiting'])
    expect(pair.b.channel.consumed).to.equal(0)
    for (const delivery of pair.b.channel.interrupted) pair.b.channel.consume(delivery)
    expect(pair.b.channel.consumed).to.equal(1)
  })

  it('CH-17 counts credit on where it stood', () => {
    const pair = new Pair({}, { windowMessages: 3 }).attach(1)
    pair.b.consumes = false
    for (let i = 0; i < 9; i++) pair.a.channel.send(`${i}`)
    pair.flow()
    pair.a.channel.detach(1)
    handOver(pair.b)
    pair.attach(2)
    expect(pair.b.texts).to.have.length(3)
    for (const delivery of pair.b.channel.interrupted) pair.b.channel.consume(delivery)
    pair.flow()
    expect(pair.b.texts).to.have.length(6)
    expect(pair.b.eventTypes).not.to.include('broken')
  })

  it('CH-17 keeps the end of a direction, cut or not', () => {
    for (const offline of [true, false]) {
      const pair = new Pair().attach(1)
      if (offline) pair.detach(1)
      pair.a.channel.end('enough')
      pair.flow()
      handOver(pair.a)
      pair.b.channel.detach(1)
      pair.attach(2)
      expect(pair.b.deliveries.map(({ kind, payload }) => [kind, payload])).to.deep.equal([[END, 'enough']])
    }
  })

  it('CH-17 a frozen one does nothing more', () => {
    const pair = new Pair().attach(1)
    pair.a.channel.send('one')
    pair.a.channel.freeze()
    pair.b.channel.send('to a stone')
    pair.flow()
    expect(pair.a.channel.state).to.equal('frozen')
    expect([pair.a.texts, pair.b.texts]).to.deep.equal([[], []])
    expect(pair.a.channel.deadline()).to.equal(Number.POSITIVE_INFINITY)
    expect(pair.a.channel.unacknowledged()).to.deep.equal(['one'])
  })

  it('CH-15 a restored end says nothing new before the other end has met it', () => {
    const pair = new Pair().attach(1).detach(1)
    handOver(pair.a)
    pair.a.channel.send('new')
    pair.passes = ({ kind }, from) => from === pair.b || kind !== HELLO
    pair.attach(2)
    expect(texts(pair.a)).to.deep.equal([])
    expect(pair.a.channel.sent).to.equal(0)
  })

  it('CH-15 closes the paths of an earlier life when a later one is heard', () => {
    const pair = new Pair().attach(1)
    const early = pair.a.channel
    handOver(pair.a)
    pair.attach(2)
    expect(pair.b.events.filter(({ type }) => type === 'broken')).to.deep.equal([
      { type: 'broken', path: 1, reason: 'stale' },
    ])
    pair.b.channel.receive(1, dataFrame(1, 'from the dead'), 0)
    pair.b.drain()
    expect(pair.b.texts).to.deep.equal([])
    expect(early.state).to.equal('frozen')
  })

  it('CH-15 closes a path on which an earlier life says HELLO', () => {
    const pair = new Pair({ incarnation: 5 }).attach(1)
    const other = new Pair({ incarnation: 4 })
    pair.b.channel.attach({ id: 2, mode: 'in-order' })
    other.a.channel.attach({ id: 2, mode: 'in-order' })
    const hello = other.a.channel.pull(0)
    if (hello) pair.b.channel.receive(2, hello, 0)
    pair.b.drain()
    expect(pair.b.events.at(-1)).to.deep.equal({ type: 'broken', path: 2, reason: 'stale' })
    pair.a.channel.send('the living')
    pair.flow()
    expect(pair.b.texts).to.deep.equal(['the living'])
  })

  it('CH-15 closes a path on which two lives speak', () => {
    const pair = new Pair().attach(1)
    const hello = pair.a.frames.find(({ kind }) => kind === HELLO)
    if (!hello?.hello) throw new Error('no HELLO')
    const [, ...rest] = hello.hello
    pair.b.channel.receive(1, { ...hello, hello: [2, ...rest] }, 0)
    pair.b.drain()
    expect(pair.b.events.at(-1)).to.deep.equal({ type: 'broken', path: 1, reason: 'stale' })
  })

  it('CH-15 a life that hears of a later one of itself is over', () => {
    const pair = new Pair().attach(1)
    const snapshot = pair.a.channel.snapshot()
    const zombie = pair.a.channel
    pair.a.restore(snapshot)
    pair.attach(2)
    zombie.attach({ id: 3, mode: 'in-order' })
    pair.b.channel.attach({ id: 3, mode: 'in-order' })
    const hello = pair.b.channel.pull(0)
    if (hello) zombie.receive(3, hello, 0)
    expect(zombie.event()).to.deep.equal({ type: 'superseded' })
    expect(zombie.state).to.equal('superseded')
  })

  it('CH-15 a HELLO to an earlier life does not count as an acknowledgement to the living', () => {
    const pair = new Pair().attach(1)
    const snapshot = pair.a.channel.snapshot()
    pair.a.restore(snapshot)
    pair.attach(2)
    pair.a.channel.send('one')
    pair.flow()
    expect(pair.a.channel.acked).to.equal(0)
    // A path to nobody knows whom: its HELLO says everything, and it never becomes live.
    pair.b.channel.attach({ id: 3, mode: 'in-order' })
    pair.flow().until(1_000)
    expect(pair.b.frames.filter(({ path }) => path === 3)).to.have.length(1)
    expect(pair.a.channel.acked).to.equal(1)
  })

  it('CH-15 drops what an earlier life sent beyond a gap', () => {
    const pair = new Pair({ frameLimits: { bytes: 1, messages: 1, attachments: 1 } }).attach(1, 'lossy')
    const snapshot = pair.a.channel.snapshot()
    pair.passes = ({ kind, seq }) => kind !== DATA || seq === 2
    for (const text of ['old 1', 'old 2']) pair.a.channel.send(text)
    pair.flow()
    pair.passes = () => true
    pair.a.restore(snapshot)
    for (const text of ['new 1', 'new 2']) pair.a.channel.send(text)
    pair.attach(2)
    expect(pair.b.texts).to.deep.equal(['new 1', 'new 2'])
  })

  it('CH-16 message 0 behind a HELLO to an earlier life does not hide that the state is lost', () => {
    const { channel } = new Pair({ welcome: 'expects' }).a
    const later = restoreChannel(channel.snapshot(), { measure, welcome: 'expects' })
    const hello = (received: number): Frame<string> => ({
      kind: HELLO,
      seq: 0,
      payloads: [],
      ack: [received, 0, 9, 99],
      hello: [1, received, 0, -1],
    })
    // it was said before the life that they had was heard, and what that one sent came behind
    later.attach({ id: 1, mode: 'in-order' })
    later.receive(1, hello(0), 0)
    later.receive(1, dataFrame(0, 'welcome'), 0)
    later.attach({ id: 2, mode: 'in-order' })
    later.receive(2, hello(1), 0)
    const events = [later.event(), later.event(), later.event()]
    expect(events.map((event) => event?.type)).to.deep.equal(['live', 'state-lost', undefined])
  })

  it('CH-5 who was restored before message 0 gets it, though it was said before that life was met', () => {
    const pair = new Pair({ welcome: 'sends' }, { welcome: 'expects' })
    pair.a.channel.welcome('hello')
    pair.b.restore(pair.b.channel.snapshot())
    pair.b.channel.send('and more')
    pair.attach().until(1_000)
    expect(pair.b.texts).to.deep.equal(['hello'])
    expect(pair.a.texts).to.deep.equal(['and more'])
    expect(pair.a.channel.acked).to.equal(0)
  })

  it('CH-16 state is lost when the other end has more from us than we know of having sent', () => {
    const pair = new Pair().attach(1)
    const snapshot = pair.a.channel.snapshot()
    pair.a.channel.send('forgotten')
    pair.b.channel.send('kept')
    pair.until(1_000)
    pair.b.channel.send('not acknowledged')
    pair.a.restore(snapshot)
    pair.b.channel.detach(1)
    pair.attach(2)
    for (const end of [pair.a, pair.b]) {
      expect(end.channel.state).to.equal('state-lost')
      expect(end.eventTypes.filter((type) => type === 'state-lost')).to.have.length(1)
    }
    expect(pair.b.channel.unacknowledged()).to.deep.equal(['not acknowledged'])
  })

  it('CH-16 state is lost when we need what the other end has forgotten', () => {
    const pair = new Pair().attach(1)
    const snapshot = pair.b.channel.snapshot()
    pair.a.channel.send('acknowledged to the dead')
    pair.until(1_000)
    pair.b.restore(snapshot)
    pair.a.channel.detach(1)
    pair.attach(2)
    expect([pair.a.channel.state, pair.b.channel.state]).to.deep.equal(['state-lost', 'state-lost'])
  })

  it('HS-13 CH-16 who says a HELLO is found to be outdated before it is met, and nothing changes by it', () => {
    const pair = new Pair().attach(1)
    const { channel } = pair.b
    const hello = (incarnation: number, sent: number, received: number): Frame<string> => ({
      kind: HELLO,
      seq: 0,
      payloads: [],
      ack: [received, received, 10, 1_000],
      hello: [incarnation, 1, sent, received],
    })
    pair.a.channel.send('known')
    pair.b.channel.send('known')
    pair.until(1_000)
    const before = channel.snapshot()
    expect(channel.isOutdated(hello(2, 1, 1))).to.equal(false)
    expect(channel.isOutdated(hello(2, 0, 1))).to.equal(true)
    expect(channel.isOutdated(hello(2, 1, 0))).to.equal(true)
    expect(channel.isOutdated(hello(0, 1, 1))).to.equal(true)
    // it is our own state that is an old one, perhaps
    expect(channel.isOutdated(hello(2, 5, 5))).to.equal(false)
    expect(channel.isOutdated(dataFrame(1, 'no HELLO'))).to.equal(false)
    expect(channel.snapshot()).to.deep.equal(before)
    expect(channel.state).to.equal('open')
  })

  it('CH-16 an old snapshot resumes when nothing depends on what it lacks', () => {
    const pair = new Pair().attach(1)
    const snapshot = pair.a.channel.snapshot()
    pair.passes = () => false
    pair.a.channel.send('never arrived')
    pair.flow()
    pair.passes = () => true
    pair.a.restore(snapshot)
    pair.a.channel.send('instead')
    pair.b.channel.detach(1)
    pair.attach(2)
    expect(pair.b.texts).to.deep.equal(['instead'])
  })

  it('CH-16 both learn of it also on a lossy path', () => {
    const pair = new Pair().attach(1, 'lossy')
    const snapshot = pair.a.channel.snapshot()
    pair.a.channel.send('forgotten')
    pair.until(1_000)
    pair.a.restore(snapshot)
    pair.b.channel.detach(1)
    let hellos = 0
    pair.passes = ({ kind }) => kind !== HELLO || ++hellos % 3 === 0
    pair.attach(2, 'lossy').until(60_000)
    expect([pair.a.channel.state, pair.b.channel.state]).to.deep.equal(['state-lost', 'state-lost'])
  })

  it('CH-16 both learn of it when the first HELLO did not show it yet', () => {
    const pair = new Pair().attach(1)
    const zombie = pair.a.channel
    const snapshot = zombie.snapshot()
    pair.a.restore(snapshot)
    pair.b.channel.attach({ id: 2, mode: 'in-order' })
    pair.a.channel.attach({ id: 2, mode: 'in-order' })
    const early = pair.b.channel.pull(0)
    if (!early) throw new Error('no HELLO')
    // Meanwhile the earlier life goes on.
    zombie.send('from the dead')
    for (let frame = zombie.pull(0); frame; frame = zombie.pull(0)) pair.b.channel.receive(1, frame, 0)
    pair.a.channel.receive(2, early, 0)
    pair.flow()
    expect([pair.a.channel.state, pair.b.channel.state]).to.deep.equal(['state-lost', 'state-lost'])
  })

  it('CH-16 what a session is sent before it hears that it is over is handed back with the rest', () => {
    const channel = new SessionChannel<string>(measure)
    channel.attach({ id: 1 })
    channel.send('before')
    const hello = (known: number): Frame<string> => ({
      kind: HELLO,
      seq: 0,
      payloads: [],
      ack: [0, 0, 9, 9],
      hello: [1, known, -1, -1],
    })
    channel.receive(1, hello(1), 0)
    // a later life of this end was heard
    channel.receive(1, hello(2), 0)
    channel.send('after')
    expect(channel.event()).to.deep.equal({ type: 'superseded' })
    expect(channel.unacknowledged()).to.deep.equal(['before', 'after'])
  })

  it('CH-16 what was received in order is still handed on', () => {
    const pair = new Pair().attach(1)
    const snapshot = pair.a.channel.snapshot()
    pair.a.channel.send('received')
    for (let frame = pair.a.channel.pull(0); frame; frame = pair.a.channel.pull(0))
      pair.b.channel.receive(1, frame, 0)
    pair.a.restore(snapshot)
    pair.b.channel.detach(1)
    pair.b.channel.attach({ id: 2, mode: 'in-order' })
    pair.a.channel.attach({ id: 2, mode: 'in-order' })
    const hello = pair.a.channel.pull(0)
    if (hello) pair.b.channel.receive(2, hello, 0)
    expect(pair.b.channel.state).to.equal('state-lost')
    expect(pair.b.channel.next()?.payload).to.equal('received')
  })
})
