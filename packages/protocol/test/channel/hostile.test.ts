import {
  ACK,
  type Channel,
  createChannel,
  DATA,
  decodeFrame,
  HELLO,
  type PathMode,
} from '@socket-star/protocol/channel'
import { expect } from 'chai'
import fc from 'fast-check'
import { measure } from './pair.ts'
import { Lean } from './sim/lean.ts'

const WINDOW_MESSAGES = 8
const WINDOW_BYTES = 100
const LONGEST = 20
const MOST_PAYLOADS = 4

/** Numbers around which something happens. */
const number = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -1, max: 24 }) },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
  { weight: 1, arbitrary: fc.constant(Number.MAX_SAFE_INTEGER) },
)
const payloads = fc.array(fc.string({ maxLength: LONGEST }), { maxLength: MOST_PAYLOADS })
const frame = fc.record({ head: fc.array(number, { minLength: 2, maxLength: 16 }), payloads })
const action = fc.oneof(
  { weight: 12, arbitrary: frame },
  { weight: 1, arbitrary: fc.constantFrom('send', 'attach', 'detach', 'ping', 'consume', 'pass') },
)

const OPTIONS = {
  measure,
  windowMessages: WINDOW_MESSAGES,
  windowBytes: WINDOW_BYTES,
  backlogMessages: 100,
}

/** What a session's client has of a Channel, after its welcome. */
function leanVictim(): Channel<string> {
  const channel = met(new Lean({ ...OPTIONS, welcome: 'expects' }), 'in-order')
  channel.receive(1, { kind: DATA, seq: 0, payloads: ['w'], ack: undefined, hello: undefined }, 0)
  const welcome = channel.next()
  if (welcome) channel.consume(welcome)
  return channel
}

const victim = (mode: PathMode) => met(createChannel<string>(OPTIONS), mode)

/** A victim that has met its peer on one path. */
function met(channel: Channel<string>, mode: PathMode): Channel<string> {
  channel.attach({ id: 1, mode })
  channel.receive(1, { kind: HELLO, seq: 1, payloads: [], ack: [0, 0, 50, 500], hello: [1, 1, 0, 0] }, 0)
  return channel
}

describe('Channel: whatever a peer sends', () => {
  for (const [name, mode, make] of [
    ['on in-order paths', 'in-order', victim],
    ['on lossy paths', 'lossy', victim],
    ['at the client of a session', 'in-order', leanVictim],
  ] as const) {
    it(`CH-10 never throws, hands out in order and stays bounded, ${name}`, () => {
      fc.assert(
        fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
          const channel = make(mode)
          let path = 1
          let now = 0
          let last = 0
          let unconsumed = 0
          let frames = 0
          for (const step of actions) {
            now += 1_000
            if (typeof step === 'object') {
              const decoded = decodeFrame(step.head, step.payloads)
              if (decoded) channel.receive(path, decoded, now)
            } else if (step === 'send' && channel.state === 'open') channel.send('mine')
            else if (step === 'attach') {
              channel.detach(path)
              channel.attach({ id: ++path, mode })
            } else if (step === 'detach') channel.detach(path)
            else if (step === 'ping') channel.ping(path)
            else if (step === 'pass') channel.timeout(now)
            for (let out = channel.pull(now); out; out = channel.pull(now)) {
              expect(++frames, 'frames for one input').to.be.lessThan(actions.length * 30 + 100)
            }
            for (let delivery = channel.next(); delivery; delivery = channel.next()) {
              expect(delivery.seq).to.equal(++last)
              unconsumed += 1
              if (step === 'consume') {
                channel.consume(delivery)
                unconsumed -= 1
              }
            }
            while (channel.event()) {}
            expect(unconsumed).to.be.at.most(WINDOW_MESSAGES + MOST_PAYLOADS)
          }
          const { messages, pending } = channel.snapshot()
          const held = pending.reduce((sum, { payload }) => sum + payload.length, 0)
          expect(held).to.be.at.most(WINDOW_BYTES + MOST_PAYLOADS * LONGEST)
          expect(messages.length).to.be.at.most(100)
        }),
        { numRuns: 3_000, seed: 7 },
      )
    })
  }

  it('CH-10 holds no more beyond a gap than the credit, however small the frames', () => {
    const channel = victim('lossy')
    for (let seq = 2; seq < 10_000; seq++) {
      channel.receive(1, { kind: 0, seq, payloads: [''], ack: undefined, hello: undefined }, 0)
    }
    expect(channel.received).to.equal(0)
    expect(channel.dropped).to.be.greaterThan(9_000)
  })

  for (const ack of [
    [5, 5, 50, 500],
    [1, 2, 50, 500],
  ] as const) {
    it(`CH-8 a HELLO of a life that was met claims ${ack.slice(0, 2)} of one message: a violation`, () => {
      const channel = victim('in-order')
      channel.send('mine')
      channel.pull(0)
      channel.pull(0)
      channel.receive(1, { kind: HELLO, seq: 1, payloads: [], ack, hello: [1, 1, 0, 0] }, 0)
      const events = []
      for (let event = channel.event(); event; event = channel.event()) events.push(event)
      expect(events).to.deep.include({ type: 'broken', path: 1, reason: 'ack' })
      expect(channel.acked).to.equal(0)
    })
  }

  it('CH-8 whoever lets one message after the other count as received, and none be forgotten, pays no more for each', () => {
    let weighed = 0
    const weighs = {
      bytes: (text: string) => {
        weighed += 1
        return text.length
      },
    }
    const credit = [10_000, 10_000] as const
    const channel = createChannel<string>({ measure: weighs })
    const meet = (id: number): void => {
      channel.attach({ id })
      const ack = [0, 0, ...credit] as const
      channel.receive(id, { kind: HELLO, seq: 1, payloads: [], ack, hello: [1, 1, 0, 0] }, 0)
    }
    meet(1)
    for (let n = 1; n <= 4_000; n++) channel.send('x')
    while (channel.pull(0)) {}
    // it goes on on another path, where nothing is taken yet
    meet(2)
    channel.detach(1)
    while (channel.pull(0)?.kind !== DATA) {}
    weighed = 0
    for (let n = channel.at + 1; n <= 4_000; n++) {
      channel.receive(2, { kind: ACK, seq: 0, payloads: [], ack: [n, 0, ...credit], hello: undefined }, 0)
    }
    expect(channel.at).to.equal(4_000)
    expect(weighed).to.be.at.most(4_000)
  })
})
