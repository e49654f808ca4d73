import { createChannel, DATA, END, HELLO, RESET, restoreChannel } from '@socket-star/protocol/channel'
import { expect } from 'chai'
import { codeOf } from '../code-of.ts'
import { dataFrame, measure, Pair } from './pair.ts'

const LARGE = 'x'.repeat(1_000)

describe('Channel: messages, numbers and frames', () => {
  it('CH-1 numbers application messages from 1 in each direction, and hands them on in order', () => {
    const { a, b } = new Pair().attach()
    const pair = { a, b }
    a.channel.send('one')
    a.channel.send('two')
    b.channel.send('eins')
    expect([a.channel.accepted, b.channel.accepted]).to.deep.equal([2, 1])
    expect(pair.a.texts).to.deep.equal([])
  })

  it('CH-1 carries both directions', () => {
    const pair = new Pair().attach()
    for (const text of ['one', 'two', 'three']) pair.a.channel.send(text)
    pair.b.channel.send('eins')
    pair.flow()
    expect(pair.b.deliveries).to.have.length(3)
    expect(pair.b.deliveries.map(({ seq, payload }) => [seq, payload])).to.deep.equal([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ])
    expect(pair.a.texts).to.deep.equal(['eins'])
  })

  it('CH-1 ignores a message that comes again', () => {
    const pair = new Pair().attach()
    pair.a.channel.send('one')
    pair.flow()
    const frame = pair.a.frames.find(({ kind }) => kind === DATA)
    if (!frame) throw new Error('no frame')
    for (let i = 0; i < 3; i++) pair.b.channel.receive(1, frame, pair.now)
    pair.flow()
    expect(pair.b.texts).to.deep.equal(['one'])
    expect(pair.b.channel.dropped).to.equal(3)
  })

  it('CH-1 works up to number 2^53-2 and refuses the next message with ERR_EXHAUSTED', () => {
    const last = Number.MAX_SAFE_INTEGER - 1
    const near = last - 3
    const pair = new Pair().attach()
    const { a, b } = pair
    a.restore({ ...a.channel.snapshot(), peerIncarnation: 0, sent: near, acked: near })
    b.restore({ ...b.channel.snapshot(), peerIncarnation: 0, received: near })
    pair.attach(2)
    for (const text of ['x', 'y', 'z']) a.channel.send(text)
    pair.flow()
    expect(b.deliveries.map(({ seq }) => seq)).to.deep.equal([near + 1, near + 2, last])
    expect(codeOf(() => a.channel.send('too many'))).to.equal('ERR_EXHAUSTED')
    a.channel.end('end')
    pair.flow()
    expect(b.deliveries.at(-1)).to.include({ seq: Number.MAX_SAFE_INTEGER, kind: END })
  })

  it('CH-3 puts what is sent before one pull into one frame', () => {
    const pair = new Pair().attach()
    const before = pair.a.frames.length
    for (let i = 0; i < 200; i++) pair.a.channel.send(`${i}`)
    pair.flow()
    expect(pair.a.frames.slice(before).filter(({ kind }) => kind === DATA)).to.have.length(1)
    expect(pair.b.texts).to.have.length(200)
  })

  it('CH-3 cuts a frame at its bytes, exactly', () => {
    const pair = new Pair({ frameLimits: { bytes: 3_000, messages: 100, attachments: 10 } }).attach()
    for (let i = 0; i < 7; i++) pair.a.channel.send(LARGE)
    pair.flow()
    const sizes = pair.a.frames.filter(({ kind }) => kind === DATA).map(({ payloads }) => payloads.length)
    expect(sizes).to.deep.equal([3, 3, 1])
  })

  it('CH-3 cuts a frame at its number of messages', () => {
    const pair = new Pair({ frameLimits: { bytes: 65_536, messages: 4, attachments: 10 } }).attach()
    for (let i = 0; i < 9; i++) pair.a.channel.send('x')
    pair.flow()
    const sizes = pair.a.frames.filter(({ kind }) => kind === DATA).map(({ payloads }) => payloads.length)
    expect(sizes).to.deep.equal([4, 4, 1])
  })

  it('CH-3 cuts a frame at 10 attachments by default', () => {
    const options = { measure: { ...measure, attachments: () => 1 } }
    const pair = new Pair(options, options).attach()
    for (let i = 0; i < 11; i++) pair.a.channel.send('x')
    pair.flow()
    const sizes = pair.a.frames.filter(({ kind }) => kind === DATA).map(({ payloads }) => payloads.length)
    expect(sizes).to.deep.equal([10, 1])
  })

  it('CH-3 sends a message that exceeds the limits alone', () => {
    const pair = new Pair({ frameLimits: { bytes: 500, messages: 100, attachments: 10 } }).attach()
    for (const text of ['small', LARGE, 'small']) pair.a.channel.send(text)
    pair.flow()
    expect(pair.b.texts).to.deep.equal(['small', LARGE, 'small'])
    const sizes = pair.a.frames.filter(({ kind }) => kind === DATA).map(({ payloads }) => payloads.length)
    expect(sizes).to.deep.equal([1, 1, 1])
  })

  it('CH-3 sends the same messages again under the same numbers, wherever frames are cut by then', () => {
    const pair = new Pair().attach(1)
    pair.passes = ({ kind }) => kind !== DATA
    for (const text of ['one', 'two', 'three']) pair.a.channel.send(text)
    pair.flow()
    pair.passes = () => true
    pair.detach(1)
    pair.a.channel.frameBytes = 1
    pair.attach(2)
    const again = pair.a.frames.filter(({ kind, path }) => kind === DATA && path === 2)
    expect(again.map(({ seq, payloads }) => [seq, ...payloads])).to.deep.equal([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ])
    expect(pair.b.texts).to.deep.equal(['one', 'two', 'three'])
  })

  it('CH-4 says HELLO first on each path, once on an in-order one', () => {
    const pair = new Pair().attach(1).attach(2).until(60_000)
    for (const end of [pair.a, pair.b]) {
      for (const path of [1, 2]) {
        const kinds = end.frames.filter((frame) => frame.path === path).map(({ kind }) => kind)
        expect(kinds[0]).to.equal(HELLO)
        expect(kinds.filter((kind) => kind === HELLO)).to.have.length(1)
      }
    }
  })

  it('CH-4 drops what comes before the HELLO', () => {
    const { channel } = new Pair().a
    channel.attach({ id: 1, mode: 'in-order' })
    channel.receive(1, { kind: DATA, seq: 1, payloads: ['early'], ack: undefined, hello: undefined }, 0)
    expect(channel.next()).to.equal(undefined)
    expect(channel.dropped).to.equal(1)
  })

  it('CH-5 begins with message 0, which is acknowledged', () => {
    const pair = new Pair({ welcome: 'sends' }, { welcome: 'expects' })
    pair.a.channel.welcome('hello')
    pair.attach().until(1_000)
    expect(pair.b.deliveries).to.have.length(1)
    expect(pair.b.deliveries[0]).to.include({ seq: 0, kind: DATA, payload: 'hello' })
    expect(pair.a.channel.acked).to.equal(0)
  })

  it('CH-5 holds messages back until the welcome has come, and tells to slow down', () => {
    const pair = new Pair({ welcome: 'sends' }, { welcome: 'expects' }).attach()
    expect(pair.b.channel.send('early')).to.equal(false)
    pair.flow()
    expect(pair.a.texts).to.deep.equal([])
    pair.a.channel.welcome('hello')
    pair.flow()
    expect(pair.a.texts).to.deep.equal(['early'])
    expect(pair.a.deliveries[0]?.seq).to.equal(1)
  })

  it('CH-5 lets the welcome follow its HELLO at once', () => {
    const { channel } = new Pair({ welcome: 'sends' }).a
    channel.welcome('hello')
    channel.attach({ id: 1, mode: 'in-order' })
    channel.send('not before there is credit')
    expect(channel.pull(0)?.kind).to.equal(HELLO)
    expect(channel.pull(0)).to.deep.include({ kind: DATA, seq: 0, payloads: ['hello'] })
    expect(channel.pull(0)).to.equal(undefined)
  })

  it('CH-5 refuses a message before the welcome, and a second welcome', () => {
    const { channel } = new Pair({ welcome: 'sends' }).a
    expect(codeOf(() => channel.send('early'))).to.equal('ERR_CLOSED')
    channel.welcome('hello')
    expect(codeOf(() => channel.welcome('again'))).to.equal('ERR_CLOSED')
    expect(codeOf(() => createChannel({ measure }).welcome('uninvited'))).to.equal('ERR_CLOSED')
  })

  it('CH-6 ends one direction after what was accepted; the other goes on', () => {
    const pair = new Pair().attach()
    pair.a.channel.send('last')
    pair.a.channel.end('enough')
    expect(codeOf(() => pair.a.channel.send('more'))).to.equal('ERR_CLOSED')
    expect(codeOf(() => pair.a.channel.end('again'))).to.equal('ERR_CLOSED')
    pair.b.channel.send('still here')
    pair.flow()
    expect(pair.b.deliveries.map(({ kind, payload }) => [kind, payload])).to.deep.equal([
      [DATA, 'last'],
      [END, 'enough'],
    ])
    expect(pair.a.texts).to.deep.equal(['still here'])
    expect(pair.a.channel.state).to.equal('open')
  })

  it('CH-6 is closed when both directions ended and everything is acknowledged, and answers what comes again', () => {
    const pair = new Pair().attach()
    pair.a.channel.end('a')
    pair.b.channel.end('b')
    pair.until(1_000)
    expect([pair.a.channel.state, pair.b.channel.state]).to.deep.equal(['closed', 'closed'])
    expect(pair.a.eventTypes.filter((type) => type === 'closed')).to.have.length(1)
    const end = pair.a.frames.find(({ kind }) => kind === END)
    if (!end) throw new Error('no END')
    pair.b.channel.receive(1, end, pair.now)
    expect(pair.b.channel.pull(pair.now)?.ack?.[0]).to.equal(1)
  })

  it('CH-6 resets both directions, and answers later frames with the reset', () => {
    const pair = new Pair().attach()
    pair.a.channel.reset('broken')
    pair.flow()
    expect(pair.b.events.at(-1)).to.deep.equal({ type: 'reset', reason: 'broken' })
    expect([pair.a.channel.state, pair.b.channel.state]).to.deep.equal(['reset', 'reset'])
    expect(codeOf(() => pair.a.channel.send('x'))).to.equal('ERR_CLOSED')
    pair.a.channel.receive(1, { kind: DATA, seq: 1, payloads: ['late'], ack: undefined, hello: undefined }, 0)
    expect(pair.a.channel.pull(0)?.kind).to.equal(RESET)
    expect(pair.a.channel.pull(0)).to.equal(undefined)
  })

  it('CH-6 an end that was reset says so in its turn', () => {
    const pair = new Pair().attach()
    pair.a.channel.reset('broken')
    pair.flow()
    pair.b.channel.receive(1, dataFrame(1, 'late'), 0)
    expect(pair.b.channel.pull(0)).to.deep.include({ kind: RESET, payloads: ['broken'] })
  })

  it('CH-6 tells of a reset on a path that is attached later', () => {
    const pair = new Pair().attach(1).detach(1)
    pair.a.channel.reset('broken')
    pair.attach(2)
    expect(pair.b.channel.state).to.equal('reset')
  })

  it('refuses a snapshot of another version and an incarnation that does not rise', () => {
    const snapshot = new Pair().a.channel.snapshot()
    const other = { ...snapshot, v: 2 as unknown as 1 }
    expect(codeOf(() => restoreChannel(other, { measure }))).to.equal('ERR_BAD_REQUEST')
    expect(codeOf(() => restoreChannel(snapshot, { measure, incarnation: 1 }))).to.equal('ERR_BAD_REQUEST')
  })
})
