import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  ACK,
  createChannel,
  DATA,
  type Frame,
  HELLO,
  MAX_PATHS,
  MAX_TAIL_MS,
  PING,
  PONG,
  SessionChannel,
} from '@socket-star/protocol/channel'
import { expect } from 'chai'
import { codeOf } from '../code-of.ts'
import { dataFrame, type End, measure, Pair } from './pair.ts'

const ONE_EACH = { frameLimits: { bytes: 1, messages: 1, attachments: 10 } }
const numbersOf = (end: End) => end.frames.filter(({ kind }) => kind === DATA).map(({ seq }) => seq)

/** Loses these transmissions of DATA, counted from 1. */
function losing(pair: Pair, ...lost: number[]): void {
  let sent = 0
  pair.passes = ({ kind }) => kind !== DATA || !lost.includes(++sent)
}

/** A pair whose path is gone, amid what was sent on it, and what that was known by. */
function cutAmid(mode: 'in-order' | 'lossy'): { pair: Pair; id: WeakRef<object> } {
  const id = {}
  const pair = new Pair().attach(id, mode)
  pair.passes = () => false
  for (const text of ['a', 'b']) {
    pair.a.channel.send(text)
    pair.flow()
  }
  pair.detach(id)
  for (const end of [pair.a, pair.b]) end.frames.length = end.events.length = 0
  return { pair, id: new WeakRef(id) }
}

/** From now on what one end says on path 1 waits: the answer lets it arrive, each when it is called. */
function delay(pair: Pair, by: End, to: End): (() => void)[] {
  const late: (() => void)[] = []
  pair.passes = (frame, from) => {
    if (from !== by || frame.path !== 1) return true
    late.push(() => to.channel.receive(1, frame, 0))
    return false
  }
  return late
}

describe('a path that is gone', () => {
  for (const mode of ['in-order', 'lossy'] as const) {
    it(`CH-12 is held by nothing, though what was under way waits (${mode})`, async () => {
      const { pair, id } = cutAmid(mode)
      setFlagsFromString('--expose-gc')
      const collect = runInNewContext('gc') as () => void
      for (let turn = 0; turn < 3; turn++) {
        await new Promise((resolve) => setImmediate(resolve))
        collect()
      }
      expect(id.deref()).to.equal(undefined)
      pair.passes = () => true
      pair.attach(2, mode)
      expect(pair.b.texts).to.deep.equal(['a', 'b'])
    })
  }
})

describe('Channel: paths', () => {
  it('CH-12 sends nothing again on an in-order path, however long an answer takes', () => {
    const pair = new Pair(ONE_EACH).attach()
    pair.passes = (_, from) => from === pair.a
    for (let i = 0; i < 3; i++) pair.a.channel.send(`${i}`)
    pair.until(600_000)
    expect(numbersOf(pair.a)).to.deep.equal([1, 2, 3])
  })

  it('CH-12 sends again on a new path only what the other end does not have', () => {
    const pair = new Pair(ONE_EACH).attach(1)
    losing(pair, 3)
    for (let i = 1; i <= 3; i++) pair.a.channel.send(`${i}`)
    pair.flow().detach(1).attach(2)
    expect(numbersOf(pair.a)).to.deep.equal([1, 2, 3, 3])
    expect(pair.b.texts).to.deep.equal(['1', '2', '3'])
  })

  it('CH-12 keeps what is sent while there is no path', () => {
    const pair = new Pair().attach(1).detach(1)
    pair.a.channel.send('offline')
    pair.flow().attach(2)
    expect(pair.b.texts).to.deep.equal(['offline'])
  })

  it('CH-12 sends what is new on the newest path, and the older one is drained', () => {
    const pair = new Pair(ONE_EACH).attach(1)
    pair.a.channel.send('old')
    pair.flow().attach(2)
    pair.a.channel.send('new')
    pair.until(1_000)
    expect(pair.a.frames.filter(({ kind }) => kind === DATA).map(({ path }) => path)).to.deep.equal([1, 2])
    for (const end of [pair.a, pair.b]) {
      expect(end.frames.filter(({ kind, path }) => kind === PING && path === 1)).to.have.length(1)
      expect(end.events.filter(({ type }) => type === 'drained')).to.deep.equal([
        { type: 'drained', path: 1 },
      ])
    }
    pair.detach(1)
    expect(numbersOf(pair.a)).to.deep.equal([1, 2])
  })

  it('CH-12 is not drained before the other end has answered behind everything that it sent there', () => {
    const pair = new Pair().attach(1)
    const late = delay(pair, pair.b, pair.a)
    pair.b.channel.send('under way')
    pair.flow().attach(2)
    expect(pair.a.eventTypes).not.to.include('drained')
    for (const arrive of late) arrive()
    pair.flow()
    expect(pair.a.events.at(-1)).to.deep.equal({ type: 'drained', path: 1 })
  })

  it('CH-12 sends again on the newest path what was under way on the older one: there is no gap', () => {
    const pair = new Pair(ONE_EACH).attach(1)
    pair.passes = ({ kind, path }) => kind !== DATA || path !== 1
    for (const text of ['under', 'way']) pair.a.channel.send(text)
    pair.flow().attach(2)
    pair.a.channel.send('new')
    pair.flow()
    expect(pair.b.texts).to.deep.equal(['under', 'way', 'new'])
    expect(numbersOf(pair.a)).to.deep.equal([1, 2, 1, 2, 3])
  })

  it('CH-12 goes on with the older path without sending again when nothing was sent on the newer one', () => {
    const pair = new Pair(ONE_EACH).attach(1)
    pair.a.channel.send('one')
    pair.until(1_000).attach(2).detach(2)
    pair.a.channel.send('two')
    pair.flow()
    expect(numbersOf(pair.a)).to.deep.equal([1, 2])
  })

  for (const make of [
    () => new SessionChannel<string>(measure),
    () => createChannel<string>({ measure, welcome: 'expects' }),
  ]) {
    it(`CH-12 a ${make().constructor.name} drops what comes beyond a gap on an in-order path, and takes it when it comes again`, () => {
      const channel = make()
      channel.attach({ id: 1 })
      channel.receive(1, { kind: HELLO, seq: 0, payloads: [], ack: [0, 0, 9, 9], hello: [1, 1, 2, -1] }, 0)
      channel.receive(1, dataFrame(0, 'welcome'), 0)
      // nor is it kept, whatever there is of it
      for (let seq = 2; seq <= 99; seq++) channel.receive(1, dataFrame(seq, ...Array(1_024).fill('')), 0)
      channel.receive(1, dataFrame(1, 'one'), 0)
      expect(channel.received).to.equal(1)
      channel.receive(1, dataFrame(1, 'one', 'two'), 0)
      expect([channel.next(), channel.next(), channel.next()].map((each) => each?.payload)).to.deep.equal([
        'welcome',
        'one',
        'two',
      ])
    })
  }

  it('CH-12 does not take for said what went on an older path alone, which may be dead', () => {
    const pair = new Pair().attach(1).attach(2)
    pair.passes = (frame, from) => from === pair.a || frame.path === 2
    pair.a.channel.send('one')
    pair.b.channel.ping(1)
    pair.until(1_000)
    expect(pair.a.channel.acked).to.equal(1)
  })

  it('CH-12 goes on with the older path when the newer one dies', () => {
    const pair = new Pair().attach(1).attach(2).detach(2)
    pair.a.channel.send('still here')
    pair.flow()
    expect(pair.b.texts).to.deep.equal(['still here'])
    expect(pair.a.frames.at(-1)?.path).to.equal(1)
  })

  it('CH-12 keeps the older path when the newer one is never heard', () => {
    const pair = new Pair().attach(1)
    pair.a.channel.attach({ id: 2, mode: 'in-order' })
    pair.a.channel.send('here')
    pair.flow()
    expect(pair.b.texts).to.deep.equal(['here'])
  })

  it('CH-12 takes once what two paths bring', () => {
    const pair = new Pair(ONE_EACH).attach(1)
    const late = delay(pair, pair.a, pair.b)
    pair.a.channel.send('first')
    pair.flow().attach(2)
    pair.a.channel.send('second')
    pair.flow()
    expect(pair.b.texts).to.deep.equal(['first', 'second'])
    for (const arrive of late) arrive()
    pair.flow()
    expect(pair.b.texts).to.deep.equal(['first', 'second'])
    expect(numbersOf(pair.a)).to.deep.equal([1, 1, 2])
  })

  it('CH-12 prefers the path that it is told to', () => {
    const pair = new Pair().attach(1).attach(2)
    pair.a.channel.prefer(1)
    pair.a.channel.send('x')
    pair.flow()
    expect(pair.a.frames.find(({ kind }) => kind === DATA)?.path).to.equal(1)
    pair.a.channel.prefer(99)
    expect(pair.a.frames.filter(({ kind, path }) => kind === PING && path === 2)).to.have.length(1)
  })

  it('CH-12 attaches eight paths, and refuses a ninth and a doubled id', () => {
    const { channel } = new Pair().a
    for (let id = 1; id < MAX_PATHS; id++) channel.attach({ id, mode: 'in-order' })
    expect(codeOf(() => channel.attach({ id: 1, mode: 'in-order' }))).to.equal('ERR_BAD_REQUEST')
    channel.attach({ id: MAX_PATHS, mode: 'in-order' })
    expect(codeOf(() => channel.attach({ id: MAX_PATHS + 1, mode: 'in-order' }))).to.equal('ERR_QUOTA')
    channel.detach(1)
    channel.attach({ id: MAX_PATHS + 1, mode: 'in-order' })
    channel.detach('unknown')
  })

  it('CH-4 repeats its HELLO on a lossy path until it is heard', () => {
    const pair = new Pair()
    let lost = 0
    pair.passes = ({ kind }) => kind !== HELLO || ++lost > 5
    pair.attach(1, 'lossy').until(60_000)
    expect([pair.a.eventTypes, pair.b.eventTypes].flat().filter((type) => type === 'live')).to.have.length(2)
    const hellos = pair.a.frames.filter(({ kind }) => kind === HELLO).length
    pair.until(600_000)
    expect(pair.a.frames.filter(({ kind }) => kind === HELLO)).to.have.length(hellos)
  })

  it('CH-4 names no ranges in a HELLO: to whom it speaks may not be known', () => {
    const pair = new Pair(ONE_EACH).attach(1, 'lossy')
    losing(pair, 1)
    for (let i = 1; i <= 2; i++) pair.a.channel.send(`${i}`)
    pair.flow()
    expect(pair.b.frames.at(-1)?.ack).to.have.length(6)
    pair.b.channel.attach({ id: 2, mode: 'lossy' })
    expect(pair.b.channel.pull(0)?.ack).to.have.length(4)
  })

  it('CH-13 reports gaps on a lossy path, and sends again what three later frames overtook', () => {
    const pair = new Pair(ONE_EACH, { ackDelayMs: 1_000 }).attach(1, 'lossy')
    losing(pair, 2)
    for (let i = 1; i <= 5; i++) pair.a.channel.send(`${i}`)
    pair.flow()
    expect(pair.b.texts).to.deep.equal(['1', '2', '3', '4', '5'])
    expect(numbersOf(pair.a)).to.deep.equal([1, 2, 3, 4, 5, 2])
    const report = pair.b.frames.find(({ ack }) => ack && ack.length > 4)
    expect(report?.ack?.slice(4)).to.deep.equal([3, 5])
    expect(report?.ack?.[0]).to.equal(1)
  })

  it('CH-13 waits when fewer frames overtook it: it may only be late', () => {
    const pair = new Pair(ONE_EACH).attach(1, 'lossy')
    losing(pair, 2)
    for (let i = 1; i <= 4; i++) pair.a.channel.send(`${i}`)
    pair.flow()
    expect(numbersOf(pair.a)).to.deep.equal([1, 2, 3, 4])
  })

  it('CH-13 names 32 ranges at most', () => {
    const pair = new Pair(ONE_EACH).attach(1, 'lossy')
    let sent = 0
    pair.passes = ({ kind }, from) => from === pair.b || kind !== DATA || ++sent % 2 === 0
    for (let i = 0; i < 100; i++) pair.a.channel.send(`${i}`)
    pair.flow()
    const longest = Math.max(...pair.b.frames.map(({ ack }) => ack?.length ?? 0))
    expect(longest).to.equal(4 + 64)
  })

  it('CH-14 finds the loss of the last frame with its tail timer', () => {
    const pair = new Pair(ONE_EACH).attach(1, 'lossy')
    losing(pair, 1)
    pair.a.channel.send('lost')
    pair.flow()
    expect(pair.b.texts).to.deep.equal([])
    pair.until(2_000)
    expect(pair.b.texts).to.deep.equal(['lost'])
    expect(pair.a.frames.some(({ kind }) => kind === PING)).to.equal(true)
  })

  it('CH-14 backs the tail timer off to 4 s, and stops it when nothing waits', () => {
    const pair = new Pair().attach(1, 'lossy')
    pair.passes = () => false
    pair.a.channel.send('into the void')
    pair.until(100_000)
    const pings = pair.a.frames.filter(({ kind }) => kind === PING).length
    pair.until(200_000)
    expect(pair.a.frames.filter(({ kind }) => kind === PING).length - pings).to.be.within(24, 26)
    pair.passes = () => true
    pair.until(200_000 + MAX_TAIL_MS + 1_000)
    expect(pair.b.texts).to.deep.equal(['into the void'])
    expect(pair.a.channel.deadline()).to.equal(Number.POSITIVE_INFINITY)
  })

  it('CH-14 asks early again once something was acknowledged', () => {
    const pair = new Pair().attach(1, 'lossy')
    pair.passes = () => false
    pair.a.channel.send('after a long silence')
    pair.until(60_000)
    pair.passes = () => true
    pair.until(70_000)
    expect(pair.b.texts).to.have.length(1)
    losing(pair, 1)
    pair.a.channel.send('lost')
    pair.until(71_000)
    expect(pair.b.texts).to.have.length(2)
  })

  it('CH-14 asks again for credit that was lost on the way', () => {
    const pair = new Pair({}, { windowMessages: 1 }).attach(1, 'lossy')
    pair.passes = ({ kind }) => kind !== ACK
    expect(pair.a.channel.send('one')).to.equal(true)
    expect(pair.a.channel.send('two')).to.equal(false)
    pair.until(5_000)
    expect(pair.b.texts).to.deep.equal(['one', 'two'])
    expect(pair.a.eventTypes).to.include('drain')
  })

  it('CH-14 asks for credit also when only the application waits for it', () => {
    const pair = new Pair({}, { windowBytes: 10 }).attach(1, 'lossy')
    pair.b.consumes = false
    expect(pair.a.channel.send('longer than the window')).to.equal(false)
    pair.until(1_000)
    expect(pair.a.channel.bufferedMessages).to.equal(0)
    pair.passes = ({ kind }) => kind !== ACK
    for (const delivery of pair.b.deliveries) pair.b.channel.consume(delivery)
    pair.flow()
    expect(pair.a.eventTypes).not.to.include('drain')
    pair.until(10_000)
    expect(pair.a.eventTypes).to.include('drain')
  })

  it('CH-14 measures the round trip of a path', () => {
    const pair = new Pair().attach(1)
    expect(pair.a.channel.roundTrip(1)).to.equal(undefined)
    pair.a.channel.ping(1)
    const ping = pair.a.channel.pull(0)
    if (!ping) throw new Error('no PING')
    pair.b.channel.receive(1, ping, 20)
    const pong = pair.b.channel.pull(20)
    expect(pong).to.deep.include({ kind: PONG, seq: ping.seq, path: 1 })
    if (pong) pair.a.channel.receive(1, pong, 40)
    expect(pair.a.channel.roundTrip(1)).to.equal(40)
    expect(pair.a.channel.roundTrip('unknown')).to.equal(undefined)
  })

  it('CH-14 a lost packet is found by a heartbeat and sent again, also on an in-order path', () => {
    const pair = new Pair(ONE_EACH).attach(1)
    losing(pair, 2)
    for (let i = 1; i <= 3; i++) pair.a.channel.send(`${i}`)
    pair.until(30_000)
    expect(pair.b.texts).to.deep.equal(['1'])
    pair.a.channel.ping(1)
    pair.flow()
    expect(pair.b.texts).to.deep.equal(['1', '2', '3'])
  })

  it('CH-14 a PONG sends again what left before the last PING, once, and an unasked one nothing', () => {
    const pair = new Pair().attach(1)
    const { channel } = pair.a
    const pulled = (): number[] => {
      const kinds: number[] = []
      for (let frame = channel.pull(0); frame; frame = channel.pull(0)) kinds.push(frame.kind)
      return kinds
    }
    const pong = (seq: number): Frame<string> => ({
      kind: PONG,
      seq,
      payloads: [],
      ack: [0, 0, 9, 9],
      hello: undefined,
    })
    channel.send('one')
    expect(pulled()).to.deep.equal([DATA])
    for (const seq of [0, 1, Number.MAX_SAFE_INTEGER]) channel.receive(1, pong(seq), 0)
    expect(pulled()).to.deep.equal([])
    channel.ping(1)
    const token = channel.pull(0)?.seq ?? 0
    channel.receive(1, pong(token), 0)
    expect(pulled()).to.deep.equal([DATA])
    channel.receive(1, pong(token), 0)
    expect(pulled()).to.deep.equal([])
  })
})
