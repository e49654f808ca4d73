import {
  ACK,
  ANSWER,
  CONTROL,
  createChannel,
  DATA,
  DEFAULT_ACK_DELAY_MS,
  HELLO,
  OWED_MESSAGES,
  SessionChannel,
} from '@socket-star/protocol/channel'
import { expect } from 'chai'
import { codeOf } from '../code-of.ts'
import { dataFrame, type End, Pair } from './pair.ts'

const sizes = { bytes: (buffer: ArrayBuffer) => buffer.byteLength }
const dataOf = (end: End) => end.frames.filter(({ kind }) => kind === DATA)
const acksOf = (end: End) => end.frames.filter(({ kind }) => kind === ACK)

describe('Channel: acknowledgement and credit', () => {
  it('CH-8 lets an acknowledgement ride on data that goes the other way', () => {
    const pair = new Pair().attach()
    pair.a.channel.send('question')
    pair.flow()
    pair.b.channel.send('answer')
    pair.flow()
    expect(dataOf(pair.b)[0]?.ack?.[0]).to.equal(1)
    expect(acksOf(pair.b)).to.have.length(0)
    expect(pair.a.channel.acked).to.equal(1)
  })

  it('CH-8 acknowledges alone when nothing goes the other way in time', () => {
    const pair = new Pair().attach()
    pair.a.channel.send('one')
    pair.flow()
    expect(pair.b.channel.deadline()).to.equal(DEFAULT_ACK_DELAY_MS)
    pair.until(DEFAULT_ACK_DELAY_MS - 1)
    expect(pair.a.channel.acked).to.equal(0)
    pair.until(DEFAULT_ACK_DELAY_MS)
    expect(pair.a.channel.acked).to.equal(1)
    expect(acksOf(pair.b)).to.have.length(1)
    expect(pair.b.channel.deadline()).to.equal(Number.POSITIVE_INFINITY)
  })

  it('CH-8 sends one acknowledgement for many messages', () => {
    const pair = new Pair().attach()
    for (let i = 0; i < 100; i++) {
      pair.a.channel.send('x')
      pair.flow()
    }
    pair.until(100)
    expect(acksOf(pair.b)).to.have.length(1)
    expect(pair.a.channel.acked).to.equal(100)
  })

  it('CH-8 repeats no acknowledgement on an in-order path when there is nothing new to say', () => {
    const pair = new Pair().attach()
    pair.a.channel.send('one')
    pair.until(1_000)
    pair.b.channel.send('two')
    pair.flow()
    expect(dataOf(pair.b)[0]?.ack).to.equal(undefined)
  })

  for (const [claim, received, ack] of [
    ['more received than was sent', 5, 1],
    ['more to forget than received', 0, 1],
  ] as const) {
    it(`CH-8 closes a path that claims ${claim}`, () => {
      const pair = new Pair().attach()
      pair.a.channel.send('one')
      pair.flow()
      const wrong = [received, ack, 10, 10] as const
      pair.a.channel.receive(1, { kind: ACK, seq: 0, payloads: [], ack: wrong, hello: undefined }, 0)
      pair.a.drain()
      expect(pair.a.events.at(-1)).to.deep.equal({ type: 'broken', path: 1, reason: 'ack' })
    })
  }

  it('CH-7 holds the acknowledgement until the application has consumed, where that is asked for', () => {
    const pair = new Pair({}, { ackOn: 'consumed' }).attach()
    pair.b.consumes = false
    for (const text of ['one', 'two', 'three']) pair.a.channel.send(text)
    pair.until(1_000)
    expect([pair.b.channel.received, pair.b.channel.consumed, pair.a.channel.acked]).to.deep.equal([3, 0, 0])
    const [one, two, three] = pair.b.deliveries
    if (!one || !two || !three) throw new Error('not delivered')
    pair.b.channel.consume(two)
    pair.until(2_000)
    expect(pair.a.channel.acked, 'a later one alone frees nothing').to.equal(0)
    pair.b.channel.consume(one)
    pair.until(3_000)
    expect([pair.b.channel.consumed, pair.a.channel.acked]).to.deep.equal([2, 2])
    expect(pair.a.channel.unacknowledged()).to.deep.equal(['three'])
  })

  it('CH-7 holds the acknowledgement until the store has committed, where that is asked for', () => {
    const pair = new Pair({}, { ackOn: 'committed' }).attach()
    for (const text of ['one', 'two']) pair.a.channel.send(text)
    pair.until(1_000)
    expect(pair.b.texts).to.deep.equal(['one', 'two'])
    expect(pair.a.channel.acked).to.equal(0)
    pair.b.channel.commit(1, 0)
    pair.until(2_000)
    expect(pair.a.channel.acked).to.equal(1)
    pair.b.channel.commit(99, 0)
    pair.until(3_000)
    expect(pair.a.channel.acked, 'no store has what has not come').to.equal(2)
  })

  it('CH-7 sends nothing before the store has it, where that is asked for', () => {
    const pair = new Pair({ commitBeforeSend: true }).attach()
    pair.a.channel.send('one')
    pair.flow()
    expect(pair.b.texts).to.deep.equal([])
    expect(pair.a.channel.sent).to.equal(0)
    pair.a.channel.send('two')
    pair.flow()
    pair.a.channel.commit(0, 1)
    pair.flow()
    expect(pair.b.texts).to.deep.equal(['one'])
    pair.a.channel.commit(0, 2)
    pair.flow()
    expect(pair.b.texts).to.deep.equal(['one', 'two'])
  })

  it('CH-2 CH-9 counts message 0 and END like every message, and message 0 needs no credit', () => {
    const pair = new Pair({ welcome: 'sends' }, { welcome: 'expects', windowMessages: 2, windowBytes: 40 })
    pair.a.channel.welcome('longer than the window, as messages may be')
    for (const text of ['1234', '5678']) pair.a.channel.send(text)
    pair.a.channel.end('END')
    pair.b.consumes = false
    const numbers = () => pair.b.deliveries.map(({ seq }) => seq)
    pair.attach().until(1_000)
    expect(numbers()).to.deep.equal([0])
    for (const delivery of pair.b.deliveries) pair.b.channel.consume(delivery)
    pair.until(2_000)
    expect(numbers()).to.deep.equal([0, 1, 2])
    expect(pair.b.frames.at(-1)?.ack?.slice(2)).to.deep.equal([2, 42 + 40])
    for (const delivery of pair.b.deliveries) pair.b.channel.consume(delivery)
    pair.until(3_000)
    expect(numbers()).to.deep.equal([0, 1, 2, 3])
    expect(pair.b.frames.at(-1)?.ack?.slice(2)).to.deep.equal([4, 42 + 8 + 40])
  })

  it('CH-9 sends up to the window in messages, tells to slow down and then to go on', () => {
    const pair = new Pair({}, { windowMessages: 4 }).attach()
    pair.b.consumes = false
    const answers = Array.from({ length: 6 }, (_, i) => pair.a.channel.send(`${i}`))
    expect(answers).to.deep.equal([true, true, true, true, false, false])
    pair.until(1_000)
    expect(pair.b.deliveries).to.have.length(4)
    expect(pair.a.eventTypes).not.to.include('drain')
    for (const delivery of pair.b.deliveries.slice(0, 2)) pair.b.channel.consume(delivery)
    pair.flow()
    expect(pair.b.deliveries).to.have.length(6)
    expect(pair.a.eventTypes.filter((type) => type === 'drain')).to.have.length(1)
  })

  it('CH-9 sends up to the window in bytes, and one message may overshoot it', () => {
    const pair = new Pair({}, { windowBytes: 10 }).attach()
    pair.b.consumes = false
    for (const text of ['12345', '1234', 'a very long message', 'next']) pair.a.channel.send(text)
    pair.until(1_000)
    expect(pair.b.texts).to.deep.equal(['12345', '1234', 'a very long message'])
    for (const delivery of pair.b.deliveries) pair.b.channel.consume(delivery)
    pair.flow()
    expect(pair.b.texts.at(-1)).to.equal('next')
  })

  it('CH-9 gives credit back in any order: a slow handler does not hold up the others', () => {
    const pair = new Pair({}, { windowMessages: 4 }).attach()
    pair.b.consumes = false
    for (let i = 0; i < 20; i++) pair.a.channel.send(`${i}`)
    pair.flow()
    for (let at = 1; at < pair.b.deliveries.length; at++) {
      const delivery = pair.b.deliveries[at]
      if (delivery) pair.b.channel.consume(delivery)
      pair.flow()
    }
    expect(pair.b.deliveries).to.have.length(20)
    expect(pair.b.channel.consumed).to.equal(0)
  })

  it('CH-9 announces half a window at once, less of it only with something else', () => {
    const pair = new Pair({}, { windowMessages: 4, ackDelayMs: 1_000 }).attach()
    pair.b.consumes = false
    for (let i = 0; i < 4; i++) pair.a.channel.send(`${i}`)
    pair.flow()
    const [one, two] = pair.b.deliveries
    if (!one || !two) throw new Error('not delivered')
    pair.b.channel.consume(one)
    pair.flow()
    expect(acksOf(pair.b)).to.have.length(0)
    pair.b.channel.consume(two)
    pair.flow()
    expect(acksOf(pair.b)[0]?.ack?.[2]).to.equal(6)
  })

  it('CH-9 consumes each delivery once', () => {
    const pair = new Pair({}, { windowMessages: 4 }).attach()
    pair.a.channel.send('one')
    pair.flow()
    const [one] = pair.b.deliveries
    if (!one) throw new Error('not delivered')
    for (let i = 0; i < 9; i++) pair.b.channel.consume(one)
    pair.a.channel.send('two')
    pair.until(1_000)
    expect(pair.b.frames.at(-1)?.ack?.[2]).to.equal(6)
  })

  it('CH-9 grants a larger window, and never takes credit back', () => {
    const pair = new Pair({}, { windowMessages: 2 }).attach()
    pair.b.consumes = false
    for (let i = 0; i < 9; i++) pair.a.channel.send(`${i}`)
    pair.flow()
    pair.b.channel.resizeWindow(6, 1_000)
    pair.flow()
    expect(pair.b.deliveries).to.have.length(6)
    pair.b.channel.resizeWindow(1, 1_000)
    pair.until(1_000)
    expect(pair.b.frames.at(-1)?.ack?.[2]).to.equal(6)
  })

  it('CH-9 closes the path of a sender that exceeds its credit', () => {
    const pair = new Pair({}, { windowMessages: 2 }).attach()
    pair.b.consumes = false
    for (const seq of [1, 2, 3]) pair.b.channel.receive(1, dataFrame(seq, 'x'), 0)
    pair.b.drain()
    expect(pair.b.texts).to.have.length(2)
    expect(pair.b.events.at(-1)).to.deep.equal({ type: 'broken', path: 1, reason: 'credit' })
  })

  it('CH-10 holds no more than a window of bytes beyond a gap, and what does not fit comes again', () => {
    const pair = new Pair({ frameLimits: { bytes: 1, messages: 1, attachments: 1 } }, { windowBytes: 4 })
    pair.attach(1, 'lossy')
    pair.b.channel.receive(1, dataFrame(2, '2222'), 0)
    pair.b.channel.receive(1, dataFrame(3, '3'), 0)
    expect(pair.b.channel.dropped).to.equal(1)
    for (const text of ['1', '2222', '3']) pair.a.channel.send(text)
    pair.until(10_000)
    expect(pair.b.texts).to.deep.equal(['1', '2222', '3'])
  })

  it('CH-10 closes the path of a sender that exceeds its credit beyond a gap', () => {
    const pair = new Pair({}, { windowMessages: 3 }).attach(1, 'lossy')
    pair.b.channel.receive(1, dataFrame(3, 'x'), 0)
    pair.b.channel.receive(1, dataFrame(4, 'x'), 0)
    pair.b.drain()
    expect(pair.b.events.at(-1)).to.deep.equal({ type: 'broken', path: 1, reason: 'credit' })
  })

  it('CH-11 refuses a message past the limit in messages with ERR_BACKLOG, and takes it again after', () => {
    const pair = new Pair({ backlogMessages: 3 })
    for (let i = 0; i < 3; i++) pair.a.channel.send('x')
    expect(codeOf(() => pair.a.channel.send('x'))).to.equal('ERR_BACKLOG')
    expect([pair.a.channel.accepted, pair.a.channel.bufferedMessages]).to.deep.equal([3, 3])
    pair.attach().until(1_000)
    expect(pair.a.channel.bufferedMessages).to.equal(0)
    pair.a.channel.send('x')
    expect(pair.a.channel.accepted).to.equal(4)
  })

  it('CH-11 refuses a message past the limit in bytes with ERR_BACKLOG', () => {
    const pair = new Pair({ backlogBytes: 10 })
    pair.a.channel.send('123456')
    pair.a.channel.send('1234')
    expect(pair.a.channel.bufferedBytes).to.equal(10)
    expect(codeOf(() => pair.a.channel.send('1'))).to.equal('ERR_BACKLOG')
  })

  it('CH-11 takes what is owed past the limits, and bounds that too', () => {
    const pair = new Pair({ backlogMessages: 3, backlogBytes: 10, windowMessages: 5 })
    const { channel } = pair.a
    for (let i = 0; i < 3; i++) channel.send('123')
    expect(codeOf(() => channel.send('1'))).to.equal('ERR_BACKLOG')
    channel.send('12345678901', ANSWER)
    expect(channel.bufferedBytes, 'twice the bytes').to.equal(20)
    expect(codeOf(() => channel.send('1', ANSWER))).to.equal('ERR_BACKLOG')
    const room = OWED_MESSAGES + 5 - 1
    for (let i = 0; i < room; i++) channel.send('control', CONTROL)
    expect(codeOf(() => channel.send('control', CONTROL))).to.equal('ERR_BACKLOG')
    pair.attach().until(10_000)
    expect(pair.b.texts).to.have.length(4 + room)
    expect(pair.b.texts.slice(0, 5)).to.deep.equal(['123', '123', '123', '12345678901', 'control'])
  })

  it('CH-11 keeps nothing for an other end that stays away beyond its limit', () => {
    const pair = new Pair({ backlogMessages: 100 }).attach().detach(1)
    for (let i = 0; i < 100; i++) pair.a.channel.send('x')
    for (let i = 0; i < 100; i++) expect(codeOf(() => pair.a.channel.send('x'))).to.equal('ERR_BACKLOG')
    expect(pair.a.channel.snapshot().messages).to.have.length(100)
    expect(pair.a.frames.filter(({ kind }) => kind !== HELLO)).to.have.length(0)
  })

  for (const make of [
    () => createChannel<ArrayBuffer>({ measure: sizes, windowMessages: 9, windowBytes: 40 }),
    () => new SessionChannel(sizes, 9, 40, 0),
  ]) {
    it(`CH-2 CH-9 a ${make().constructor.name} gives back what a message weighed when it came, whatever became of it`, () => {
      const channel = make()
      channel.attach({ id: 1 })
      channel.receive(1, { kind: HELLO, seq: 1, payloads: [], ack: [0, 0, 9, 9], hello: [1, 1, 0, 0] }, 0)
      for (let seq = 1; seq <= 10; seq++) {
        channel.receive(1, { ...dataFrame(seq), payloads: [new ArrayBuffer(10)] }, 0)
        const delivery = channel.next()
        if (!delivery) throw new Error(`no message ${seq}`)
        // to a worker: nothing is left here
        structuredClone(delivery.payload, { transfer: [delivery.payload] })
        channel.consume(delivery)
        while (channel.pull(1_000 * seq)) {}
      }
      channel.ping(1)
      expect(channel.pull(20_000)?.ack).to.deep.equal([10, 10, 10 + 9, 100 + 40])
    })
  }
})
