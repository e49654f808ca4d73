import { isStarError, StarError } from '@socket-star/protocol'
import { createChannel, type Frame } from '@socket-star/protocol/channel'
import {
  AUTH_KEY,
  CLOSE_REASONS,
  decodeFrame,
  decodePayload,
  type Encoded,
  encodeClose,
  encodeFailure,
  encodeFrame,
  encodeLeft,
  encodePayload,
  encodeRequest,
  encodeResponse,
  encodeRoom,
  encodeRoomItem,
  encodeWelcome,
  isEventName,
  MAX_ELEMENTS,
  MAX_EPOCH_LENGTH,
  MAX_EVENT_NAME,
  MAX_ID_LENGTH,
  MAX_OWNER_LENGTH,
  MAX_REPLAY_BODIES,
  MAX_ROOM_NAME,
  type Payload,
  parseAnnouncement,
  parseAside,
  parseClose,
  parseMessage,
  RENEWAL_REASONS,
  type RoomNews,
  SESSION_EVENTS,
  type Welcome,
} from '@socket-star/protocol/session'
import { expect } from 'chai'
import fc from 'fast-check'
import { codeOf } from '../code-of.ts'

const WELCOME: Welcome = {
  v: 1,
  id: '856bd3d1-830c-4f38-a3fe-726bafb48ee1',
  heartbeatMs: 30_000,
  resumeWindowMs: 120_000,
  windowMessages: 2_048,
  windowBytes: 1_048_576,
  maxMessageBytes: 1_000_000,
  features: ['rooms'],
}

/** What came out of the other side's JSON. */
const travelled = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const travelledArgs = (args: readonly unknown[]): unknown[] => JSON.parse(JSON.stringify(args))

const refused = (action: () => unknown) => expect(codeOf(action)).to.equal('ERR_BAD_FRAME')

const HOSTILE: unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  Number.NaN,
  2 ** 53,
  '',
  'x'.repeat(10_000),
  [],
  {},
  () => 1,
  Symbol('s'),
  new Uint8Array(8),
  new Date(0),
  JSON.parse('{"__proto__":{"v":1},"constructor":1,"length":5}'),
  Object.create(WELCOME),
]

/** The frames of two ends that greet, talk, acknowledge and ping. */
function conversation(): Frame<Encoded>[] {
  const ends = [0, 1].map(() => createChannel<Encoded>({ measure: { bytes: (payload) => payload.length } }))
  const frames: Frame<Encoded>[] = []
  for (const end of ends) end.attach({ id: 1, mode: 'in-order' })
  for (let now = 0; now < 100; now += 10) {
    if (now === 20) for (const end of ends) end.send('["chat","hi"]')
    if (now === 40) ends[0]?.ping(1)
    for (const [index, end] of ends.entries()) {
      end.timeout(now)
      for (let frame = end.pull(now); frame; frame = end.pull(now)) {
        const { path, ...sent } = frame
        frames.push(sent)
        ends[1 - index]?.receive(path, sent, now)
      }
    }
  }
  return frames
}

describe('the wire of a session', () => {
  it('SES-1 names its events once', () => {
    const names = Object.values(SESSION_EVENTS)
    expect(new Set(names).size).to.equal(names.length)
    expect(SESSION_EVENTS.dop).to.equal('dop')
  })

  describe('SES-2 the announcement', () => {
    it('SES-2 travels and comes back', () => {
      expect(parseAnnouncement(travelled([1, 'an-owner', 7]))).to.deep.equal({
        owner: 'an-owner',
        attempt: 7,
      })
      expect(parseAnnouncement([2, 'later', 1, 'more']).owner).to.equal('later')
      expect(AUTH_KEY).to.equal('socket-star')
    })

    it('SES-2 has its limits', () => {
      const owner = 'o'.repeat(MAX_OWNER_LENGTH)
      expect(parseAnnouncement([1, owner, Number.MAX_SAFE_INTEGER]).owner).to.equal(owner)
      refused(() => parseAnnouncement([1, `${owner}o`, 1]))
      refused(() => parseAnnouncement([1, owner, 0]))
      refused(() => parseAnnouncement([0, owner, 1]))
    })

    it('SES-3 reads lists alone, of few elements', () => {
      refused(() => parseAnnouncement(Object.create([1, 'o', 1])))
      refused(() => parseAnnouncement([1, 'o', 1, ...Array(14)]))
      for (const value of HOSTILE) refused(() => parseAnnouncement(value))
    })
  })

  describe('SES-4 the welcome', () => {
    const read = (parts: readonly unknown[]) => {
      const message = parseMessage(parts)
      return message.kind === 'welcome' && message.parameters
    }
    const { id, heartbeatMs, maxMessageBytes } = WELCOME

    it('SES-4 travels, and a client reads what it needs', () => {
      const wire = encodeWelcome(WELCOME)
      expect(wire).to.deep.equal([
        5,
        1,
        id,
        heartbeatMs,
        maxMessageBytes,
        null,
        120_000,
        2_048,
        1_048_576,
        ['rooms'],
      ])
      const renewed = undefined
      expect(read(travelled([...wire, 'later']) as unknown[])).to.deep.equal({
        id,
        heartbeatMs,
        maxMessageBytes,
        renewed,
      })
    })

    it('SES-4 HS-8 says why it is another session than the one that was asked for', () => {
      for (const reason of RENEWAL_REASONS) {
        expect(read(encodeWelcome({ ...WELCOME, renewed: reason }))).to.include({ renewed: reason })
      }
      expect(read([5, 1, id, 1, 1, 'of a later version'])).to.include({ renewed: 'of a later version' })
      for (const junk of HOSTILE) if (junk !== null) refused(() => parseMessage([5, 1, id, 1, 1, junk]))
      refused(() => read([5, 1, id, 1, 1, 'r'.repeat(65)]))
    })

    it('SES-4 refuses what a client needs where it is missing, or not what it has to be', () => {
      for (const at of [2, 3, 4]) {
        for (const value of HOSTILE) {
          refused(() =>
            parseMessage(encodeWelcome(WELCOME).map((part, index) => (index === at ? value : part))),
          )
        }
      }
      const long = 'i'.repeat(MAX_ID_LENGTH)
      expect(read([5, 1, long, 1, 1, null])).to.include({ id: long })
      refused(() => parseMessage([5, 1, `${long}i`, 1, 1, null]))
    })
  })

  describe('SES-5 the close', () => {
    it('SES-5 every reason travels with whether to try again', () => {
      for (const [reason, retryable] of Object.entries(CLOSE_REASONS)) {
        const close = parseClose(travelledArgs(encodeClose(reason as keyof typeof CLOSE_REASONS)))
        expect(close).to.deep.equal({ reason, retryable, error: undefined })
      }
    })

    it('SES-7 who was closed for its silence is to come back', () => {
      expect(parseClose(travelledArgs(encodeClose('timeout')))).to.include({
        reason: 'timeout',
        retryable: true,
      })
    })

    it('SES-5 an error travels as code and text, and nothing else of it', () => {
      const error = Object.assign(new StarError('ERR_QUOTA', 'too many'), { token: 'AAAABBBB' })
      const wire = travelledArgs(encodeClose('quota', error))
      expect(wire).to.deep.equal(['quota', true, 'ERR_QUOTA: too many'])
      expect(parseClose(wire).error).to.include({ code: 'ERR_QUOTA', message: 'too many' })
      expect(JSON.stringify(encodeClose('quota', new Error('AAAABBBB')))).not.to.contain('AAAA')
    })

    it('SES-5 a reason of a later version is told as it is, with what it says', () => {
      expect(parseClose(['later', true])).to.deep.equal({
        reason: 'later',
        retryable: true,
        error: undefined,
      })
      for (const retryable of [...HOSTILE.filter((value) => value !== true), 'true', 1])
        expect(parseClose(['constructor', retryable]).retryable).to.equal(false)
    })

    it('SES-3 SES-5 what is no reason cannot be read', () => {
      for (const reason of [undefined, 1, '', 'r'.repeat(65), ...HOSTILE])
        if (typeof reason !== 'string' || reason === '' || reason.length > 64)
          refused(() => parseClose([reason, true]))
    })
  })

  describe('SES-6 the frame', () => {
    it('SES-6 every frame of a conversation travels and comes back', () => {
      const frames = conversation()
      expect(new Set(frames.map(({ kind }) => kind)).size, 'of many kinds').to.be.at.least(4)
      for (const frame of frames) {
        expect(decodeFrame(travelled(encodeFrame(frame)) as unknown[])).to.deep.equal(frame)
      }
    })

    it('SES-6 a frame without payloads is its head alone', () => {
      for (const frame of conversation()) {
        expect(encodeFrame(frame)).to.have.length(frame.payloads.length > 0 ? 2 : 1)
      }
    })

    it('SES-6 a batch has a limit', () => {
      const frame = (count: number) => [[0, 1], Array(count).fill('["x"]')]
      expect(decodeFrame(frame(3), 3).payloads).to.have.length(3)
      refused(() => decodeFrame(frame(4), 3))
    })

    it('SES-3 a huge list is refused by its length', () => {
      let walked = 0
      const huge = new Proxy(Array(1_000_000), {
        get(target, key) {
          if (key !== 'length' && typeof key === 'string') walked++
          return Reflect.get(target, key)
        },
      })
      refused(() => decodeFrame([huge, []]))
      refused(() => decodeFrame([[0, 1], huge]))
      refused(() => parseMessage(huge))
      expect(walked).to.equal(0)
    })
  })

  describe('SES-8 the message', () => {
    it('SES-8 an event is what Socket.IO itself would send', () => {
      expect(parseMessage(['chat', 'hi', { a: 1 }])).to.deep.equal({
        kind: 'event',
        name: 'chat',
        args: ['hi', { a: 1 }],
      })
      expect(parseMessage([''])).to.deep.equal({ kind: 'event', name: '', args: [] })
    })

    it('SES-8 requests, responses and failures travel and come back', () => {
      expect(parseMessage(travelled(encodeRequest(3, 'sum', [1, 2])))).to.deep.equal({
        kind: 'request',
        id: 3,
        name: 'sum',
        args: [1, 2],
      })
      expect(parseMessage(travelled(encodeResponse(3, [null, 3])))).to.deep.equal({
        kind: 'response',
        id: 3,
        error: null,
        args: [null, 3],
      })
      const failure = parseMessage(travelled(encodeFailure(3, new StarError('ERR_INTERRUPTED'))))
      expect(failure).to.deep.include({ kind: 'response', id: 3, args: [] })
      expect(failure).to.have.nested.property('error.code', 'ERR_INTERRUPTED')
    })

    it('SES-8 names that are reserved, or that every object has, are refused', () => {
      const names = [
        'connect',
        'connect_error',
        'disconnect',
        'disconnecting',
        'newListener',
        'removeListener',
      ]
      names.push('__proto__', 'constructor', 'hasOwnProperty', 'toString', 'x'.repeat(MAX_EVENT_NAME + 1))
      for (const name of names) {
        expect(isEventName(name), name).to.equal(false)
        refused(() => parseMessage([name]))
        refused(() => parseMessage(encodeRequest(1, name, [])))
        refused(() => parseAside([3, 'room', 'epoch', 0, 0, 1, [[name]]]))
      }
      expect(isEventName('x'.repeat(MAX_EVENT_NAME))).to.equal(true)
    })

    it('SES-8 takes MAX_ELEMENTS in a message and in a body of a room, and no more; nor is more encoded', () => {
      const event = ['many', ...Array(MAX_ELEMENTS - 1).fill(0)]
      const request = encodeRequest(1, 'many', Array(MAX_ELEMENTS - 3).fill(0))
      for (const most of [event, request, encodeResponse(1, Array(MAX_ELEMENTS - 3).fill(0))]) {
        expect(parseMessage(decodePayload(encodePayload(most)))).to.have.property('kind')
        refused(() => parseMessage([...most, 0]))
        expect(codeOf(() => encodePayload([...most, 0]))).to.equal('ERR_TOO_LARGE')
      }
      const item = (body: unknown) => parseAside([3, 'room', 'epoch', 0, 0, 1, [body]])
      expect(item(event)).to.have.deep.property('bodies', [event])
      refused(() => item([...event, 0]))
    })

    it('SES-3 never looks into an argument', () => {
      const trap = new Proxy({}, { get: () => expect.fail('looked'), ownKeys: () => expect.fail('looked') })
      let deep: unknown = []
      for (let i = 0; i < 100_000; i++) deep = [deep]
      for (const value of [trap, deep, new Uint8Array(1e6)]) {
        expect(parseMessage(['event', value])).to.have.property('kind', 'event')
      }
    })

    it('SES-8 anything else is refused', () => {
      for (const value of HOSTILE) refused(() => parseMessage(value))
      for (const first of [0, 6, -1, 1.5, null, [], 'x'.repeat(300)])
        refused(() => parseMessage([first, 1, 'a', 1, 1]))
      for (const id of HOSTILE) {
        refused(() => parseMessage([1, id, 'sum']))
        refused(() => parseMessage([2, id, null]))
        refused(() => parseMessage([2, id, 'ERR_QUOTA: x']))
        refused(() => parseMessage([4, id]))
        if (id !== 0) refused(() => parseMessage([3, 'lobby', 'e', 1, id ?? null]))
      }
    })
  })

  describe('ROOM-3 rooms', () => {
    const place = { kind: 'room', room: 'lobby', epoch: 'e', offset: 0 } as const
    const news: RoomNews[] = [
      { ...place, id: 0, head: 0, bodies: [] },
      { ...place, id: 1, head: 9, bodies: [['a', 1], 2, ['b']] },
      { ...place, epoch: 'f', offset: 12, id: 2, head: 12, bodies: [] },
    ]

    it('ROOM-3 ROOM-6 every message about a room travels and comes back', () => {
      for (const each of news) expect(parseMessage(travelled(encodeRoom(each)))).to.deep.equal(each)
      expect(parseMessage(travelled(encodeRoom({ ...place, offset: 3 })))).to.deep.equal({
        ...place,
        offset: 3,
        id: 0,
        head: 3,
        bodies: [],
      })
      expect(parseMessage([3, 'lobby', 'e', 7, 2]), 'a question').to.deep.equal({
        ...place,
        offset: 7,
        id: 2,
        head: 7,
        bodies: [],
      })
      expect(parseMessage(travelled(encodeLeft('lobby')))).to.deep.equal({ kind: 'left', room: 'lobby' })
      for (const body of [['news', { a: 1 }], 3]) {
        const item = { ...place, offset: 4, id: 0, head: 5, bodies: [body] }
        const encoded = typeof body === 'number' ? body : encodePayload(body as Payload)
        expect(
          parseAside(travelled(encodeRoomItem('lobby', { epoch: 'e', offset: 5 }, encoded)) as unknown[]),
        ).to.deep.equal(item)
      }
    })

    it('ROOM-1 names and epochs have their limits', () => {
      const item = (room: unknown, epoch: unknown) => parseAside([3, room, epoch, 0, 0, 1, [['a']]])
      const room = 'r'.repeat(MAX_ROOM_NAME)
      const epoch = 'e'.repeat(MAX_EPOCH_LENGTH)
      expect(item(room, epoch)).to.deep.include({ room, epoch })
      for (const bad of ['', `${room}r`, 1, undefined]) refused(() => item(bad, epoch))
      for (const bad of ['', `${epoch}e`, 1, undefined]) refused(() => item(room, bad))
    })

    it('ROOM-6 a replay has at most MAX_REPLAY_BODIES', () => {
      const replay = (count: number) => [3, 'lobby', 'e', 1, 1, count, Array(count).fill(['a'])]
      expect(parseMessage(replay(MAX_REPLAY_BODIES))).to.have.property('kind', 'room')
      refused(() => parseMessage(replay(MAX_REPLAY_BODIES + 1)))
    })

    it('ROOM-3 anything in place of anything is refused or read, and never throws another error', () => {
      const wires = [...news.map((each) => encodeRoom(each)), encodeLeft('lobby'), encodeRequest(1, 'a', [])]
      for (const wire of wires) {
        for (let at = 0; at < wire.length; at++) {
          for (const value of HOSTILE) {
            const changed = wire.map((part, index) => (index === at ? value : part))
            try {
              parseMessage(changed)
            } catch (error) {
              expect(isStarError(error) && error.code, String(error)).to.equal('ERR_BAD_FRAME')
            }
          }
        }
      }
      for (const body of [[], [1], [['a']], 0, -1, 1.5, 'a', null, { 0: 'a', length: 1 }]) {
        refused(() => parseAside([3, 'lobby', 'e', 0, 0, 1, [body]]))
      }
    })
  })

  it('SES-3 100,000 seeded malformed values throw ERR_BAD_FRAME or read', () => {
    type Reader = (value: unknown) => unknown
    const args = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])
    const data = conversation().find(({ payloads }) => payloads.length > 0)
    const valid: [Reader, unknown][] = [
      [parseAnnouncement, [1, 'owner', 1]],
      [parseMessage, encodeWelcome(WELCOME)],
      [(value) => parseClose(args(value)), encodeClose('quota', new StarError('ERR_QUOTA'))],
      [parseMessage, encodeRequest(1, 'sum', [1, 2])],
      [parseMessage, encodeRoom({ room: 'r', epoch: 'e', offset: 1 })],
      [
        parseMessage,
        encodeRoom({
          room: 'r',
          epoch: 'e',
          offset: 0,
          id: 1,
          head: 3,
          bodies: [['a'], 2],
        }),
      ],
      [(value) => parseAside(args(value)), encodeRoomItem('r', { epoch: 'e', offset: 1 }, '["a"]')],
      [(value) => decodeFrame(args(value)), data && encodeFrame(data)],
    ]
    const change = fc.record({
      which: fc.nat(valid.length - 1),
      path: fc.array(fc.nat(8), { minLength: 0, maxLength: 3 }),
      value: fc.oneof(
        fc.anything({ withBigInt: true, withTypedArray: true, withSparseArray: true, maxDepth: 2 }),
        fc.constantFrom(...HOSTILE),
      ),
    })
    const replace = (at: unknown, path: readonly number[], value: unknown): unknown => {
      const [step, ...rest] = path
      if (step === undefined || typeof at !== 'object' || at === null) return value
      const keys = Object.keys(at)
      const key = keys[step % (keys.length + 1)] ?? String(keys.length)
      const changed = replace((at as Record<string, unknown>)[key], rest, value)
      return Array.isArray(at) ? Object.assign([...at], { [key]: changed }) : { ...at, [key]: changed }
    }
    let read = 0
    for (const { which, path, value } of fc.sample(change, { seed: 20_140, numRuns: 100_000 })) {
      const [reader, wire] = valid[which] ?? [parseMessage, undefined]
      try {
        reader(replace(wire, path, value))
        read++
      } catch (error) {
        if (!isStarError(error) || error.code !== 'ERR_BAD_FRAME') throw error
      }
    }
    expect(read, 'most of it is malformed').to.be.within(1, 50_000)
  }).timeout(20_000)
})
