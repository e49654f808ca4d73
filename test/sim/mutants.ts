/** Faults planted around the code that ships, one at a time: the simulation has to catch every one of them. */
import { type Frame, NEVER, type PathId } from '@socket-star/protocol/channel'
import { AUTH_KEY, type FollowerInput, type Payload, RoomFollower } from '@socket-star/protocol/session'
import type { Timers } from '@socket-star/pull-stream'
import { Outgoing } from '../../packages/client/src/session/outgoing.ts'
import { Timer } from '../../packages/client/src/session/timer.ts'
import { Wire } from '../../packages/client/src/wire.ts'
import { FullChannel } from '../../packages/protocol/src/channel/full-channel.ts'
import type { Manager } from './client-socket.ts'
import type { Faults } from './context.ts'
import type { Scenario } from './scenario.ts'
import { Connection } from './server-socket.ts'

type Method = (this: never, ...args: never[]) => unknown

/** Plants a fault; what it answers takes the fault away. */
type Plant = () => { readonly faults: Faults; readonly remove: () => void }

/** A method of a class is another one for a while, in whichever of its ancestors it is defined last. */
function patched(of: object, name: string, make: (original: Method) => Method): Plant {
  return () => {
    let owner = of
    while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner)
    // what overrides it still calls it
    for (let above = Object.getPrototypeOf(owner); above !== null; above = Object.getPrototypeOf(above)) {
      if (Object.hasOwn(above, name)) owner = above
    }
    const methods = owner as Record<string, Method>
    const original = methods[name] as Method
    methods[name] = make(original)
    return {
      faults: {},
      remove: () => {
        methods[name] = original
      },
    }
  }
}

const faulty =
  (faults: () => Faults): Plant =>
  () => ({ faults: faults(), remove: () => {} })

const both =
  (one: Plant, other: Plant): Plant =>
  () => {
    const [first, second] = [one(), other()]
    return {
      faults: { ...first.faults, ...second.faults },
      remove: () => {
        second.remove()
        first.remove()
      },
    }
  }

/** Later than that a timer comes only where nothing ran meanwhile, in milliseconds. */
const LATE_MS = 500

/** Planted where it shows. */
const where =
  (scenario: Partial<Scenario>, plant: Plant): Plant =>
  () => {
    const { faults, remove } = plant()
    return { faults: { ...faults, scenario }, remove }
  }

type AnyFrame = Frame<unknown>

const channel = FullChannel.prototype

/** What came before is taken for something new. */
const repeats = patched(
  channel,
  'accept',
  (original) =>
    function (this: { received: number }, frame: AnyFrame) {
      const known = frame.seq + frame.payloads.length - 1 <= this.received
      return original.call(this as never, (known ? { ...frame, seq: this.received + 1 } : frame) as never)
    },
)

/** Every HELLO is taken for one of the life that is known. */
const knowsOneLife = patched(
  channel,
  'receive',
  (original) =>
    function (this: unknown, path: PathId, frame: AnyFrame, now: number) {
      const { hello } = frame
      const same = hello && { ...frame, hello: [1, 1, ...hello.slice(2)] }
      return original.call(this as never, path as never, (same ?? frame) as never, now as never)
    },
)

/** Goes on in spite of one kind of verdict on a HELLO. */
const ignores = (what: 'state-lost' | 'superseded'): Plant =>
  patched(
    channel,
    'judge',
    (original) =>
      function (this: unknown, ...args: never[]) {
        const verdict = original.apply(this as never, args)
        return verdict === what ? undefined : verdict
      },
  )

/** Takes a hole for messages that are not for this member. */
const seesNoHole = patched(
  RoomFollower.prototype,
  'take',
  (original) =>
    function (this: RoomFollower, news: FollowerInput) {
      const place = this.places().find(({ room }) => room === news.room)
      const missing = place?.epoch === news.epoch ? news.offset - place.offset : 0
      if (!news.id && news.bodies?.length && missing > 0) {
        const skip: FollowerInput = { ...news, offset: news.offset - missing, bodies: [missing] }
        original.call(this as never, skip as never)
      }
      return original.call(this as never, news as never)
    },
)

/** A backlog that is full of events has no room for what is owed either. */
const owesNothing = patched(
  channel,
  'send',
  (original) =>
    function (this: unknown, payload: unknown) {
      return original.call(this as never, payload as never)
    },
)

/** What is volatile waits for a connection like everything else. */
const keepsVolatile = patched(
  Outgoing.prototype,
  'volatile',
  (original) =>
    function (this: Outgoing, message: Payload) {
      const left = original.call(this as never, message as never)
      if (left === false) this.say(message)
      return left
    },
)

/** Writes to the connection without a look at what waits for it. */
const passes = patched(
  Wire.prototype,
  'sayText',
  () =>
    function (this: { socket: { io: Manager } }, message: unknown) {
      this.socket.io.engine?.end.write(`42${JSON.stringify(message)}`)
    },
)

/** The server writes to a connection as if nothing waited for it. */
const passesAtServer: Plant = () => {
  const { prototype } = Connection
  const original = Object.getOwnPropertyDescriptor(prototype, 'writeBuffer') ?? {}
  Object.defineProperty(prototype, 'writeBuffer', { configurable: true, get: () => [] })
  return { faults: {}, remove: () => void Object.defineProperty(prototype, 'writeBuffer', original) }
}

/** A timer that comes late is taken for one that was set for something else. */
const ignoresLate = patched(
  Timer.prototype,
  'set',
  (original) =>
    function (this: { timers: Timers }, ms: number, callback: () => void) {
      const latest = this.timers.now() + ms + LATE_MS
      const inTime = (): unknown => this.timers.now() < latest && callback()
      return original.call(this as never, ms as never, inTime as never)
    },
)

/** Whoever shows a token is taken for the one who had it, on a later socket. */
function sameOwner(): Faults {
  let attempt = 0
  return {
    auth: (auth) => {
      attempt += 1
      return { ...auth, [AUTH_KEY]: [1, 'anybody', attempt] }
    },
  }
}

/** One fault each. */
export const MUTANTS: Readonly<Record<string, Plant>> = {
  'no duplicate suppression': repeats,
  'no resend on the next socket': patched(channel, 'goBack', () => () => {}),
  'no fence between lives': both(
    knowsOneLife,
    patched(channel, 'judge', () => () => undefined),
  ),
  // the one alone is made good by the other
  'no fence between owners, nor between their lives': both(faulty(sameOwner), ignores('superseded')),
  'a stale snapshot taken for a current one': where(
    { restarts: 'stale', troubleEveryMs: 80 },
    ignores('state-lost'),
  ),
  'nothing written before it is relied on': faulty(() => ({ durable: false })),
  'nothing handed back': faulty(() => ({ handedBack: () => [] })),
  'a follower that sees no hole': seesNoHole,
  'no room for what is owed': owesNothing,
  'volatile messages that are kept': keepsVolatile,
  'copies that do not heed a lock': where(
    { copies: true, locks: true },
    faulty(() => ({ ignoresLocks: true })),
  ),
  'a flush that does not wait': patched(Outgoing.prototype, 'flushed', () => () => Promise.resolve()),
  'requests that wait for ever': both(
    patched(Outgoing.prototype, 'wake', () => () => {}),
    patched(Outgoing.prototype, 'deadline', () => () => NEVER),
  ),
  'frames between a message and its binaries': where({ transports: 'websocket', binary: true }, passes),
  'frames of a server between a message and its binaries': where(
    { transports: 'websocket', binary: true },
    passesAtServer,
  ),
  'frames beside a request': where({ transports: 'polling' }, passes),
  'timers that come late and do nothing': ignoresLate,
  'a store that keeps no binaries': faulty(() => ({ storesText: true })),
}
