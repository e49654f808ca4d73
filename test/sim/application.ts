import { STATUS, type StarSocket } from '@socket-star/client'
import type { ClientSocket } from './client-socket.ts'
import type { Owner } from './clock.ts'
import type { Context } from './context.ts'
import { Flushing } from './flushing.ts'
import type { Machine } from './machine.ts'
import type { Log } from './oracle.ts'
import { ROOMS } from './process.ts'
import { codeOf, Requests, textOf } from './requests.ts'
import type { Places } from './room-oracle.ts'
import { type Habits, outstandingOf } from './scenario.ts'

/** How long an application takes to connect again where nobody does it for it, in milliseconds. */
const AGAIN_MS = 1_000
/** Of so many disconnections one makes an application connect at once, whoever does it anyway. */
const IMPATIENT = 0.2

/** What an application itself keeps over a reload of its page. */
export interface Kept {
  readonly entries: readonly string[]
  /** See {@link Log}. */
  readonly doubtful: readonly string[]
  readonly heard: readonly string[]
  readonly flushed: number
  readonly places: Places
}

/** An application on a client's session: it talks, hears, and holds what it hears against what was said. */
export abstract class Application {
  readonly name: string
  readonly habits: Habits
  /** Whose its timers are. */
  readonly app: Owner
  log: Log
  places: Places
  /** Over for good, or gone with its document. */
  over = false
  readonly requests: Requests
  /** When the last connection carried the session. */
  resumes = 0
  protected readonly context: Context
  protected readonly flushing: Flushing
  /** The session as it was before what arrives now. */
  protected session: string | undefined
  /** It asked for the end. */
  protected leaves = false
  #count = 0

  constructor(context: Context, name: string, habits: Habits, machine: Machine, kept?: Kept) {
    this.context = context
    this.name = name
    this.habits = habits
    this.app = { name: 'application', machine, gone: false, timers: 0 }
    this.requests = new Requests(context, this.app)
    this.flushing = new Flushing(context, name)
    this.log = this.#newLog(kept?.entries, kept?.heard)
    this.log.carried = this.log.entries.length
    this.log.flushed = kept?.flushed ?? 0
    this.log.doubtful = kept?.doubtful ?? []
    this.places = new Map(kept?.places)
  }

  abstract readonly star: StarSocket

  /** The socket that it lives by now. */
  get socket(): ClientSocket {
    return this.star.socket as unknown as ClientSocket
  }

  /** Nothing that either side said is under way, and nobody waits. */
  get isSettled(): boolean {
    if (this.over) return true
    const { oracle } = this.context
    const { star, log } = this
    const life = oracle.lifeOf(star.id ?? '')
    if (life === undefined || star.status !== STATUS.CONNECTED || star.bufferedAmount > 0) return false
    if (this.requests.waiting() > 0 || life.received.length < log.entries.length) return false
    return (
      log.heard.length >= life.sent.length &&
      ROOMS.every((room) => oracle.rooms.hasAll(log, this.places, room))
    )
  }

  /** Where it stands, for messages to people. */
  get where(): string {
    const { star, log, requests } = this
    const life = this.context.oracle.lifeOf(star.id ?? '')
    return JSON.stringify({
      page: this.name,
      active: this.socket.active,
      manager: this.socket.io._readyState,
      reconnecting: this.socket.io.reconnecting,
      over: this.over,
      status: star.status,
      session: star.id?.slice(0, 8),
      buffered: star.bufferedAmount,
      waiting: requests.waiting(),
      wrote: log.entries.length,
      received: life?.received.length,
      heard: log.heard.length,
      said: life?.sent.length,
      places: Object.fromEntries(this.places),
      rooms: ROOMS.map((room) => this.context.oracle.rooms.saidIn(room)),
      joined: life?.joined,
    })
  }

  /** Emits something. */
  talk(): void {
    const { random } = this.context
    const { oracle, scenario } = this.context
    const received = oracle.lifeOf(this.star.id ?? '')?.received.length ?? 0
    if (this.over || this.log.entries.length - received > outstandingOf(scenario)) return
    for (let left = random.pick([1, 1, 3, 30]); left > 0; left--) this.#say()
    if (random.chance(0.2)) this.flush()
    if (random.chance(0.3)) this.call()
  }

  /** Says something volatile. */
  call(): string {
    const { contents, oracle } = this.context
    const text = `${this.name}.v${++this.#count}`
    const session = this.star.id
    const taken = this.star.volatile.emit('call', ...contents.of(text))
    oracle.volatile.said(text, session, taken)
    return text
  }

  /** The application leaves the connection, and comes back after a while. */
  stepAway(ms: number): void {
    const { clock } = this.context
    const { star } = this
    this.context.note(() => `${this.name} leaves for ${ms.toFixed(1)} ms`)
    this.socket.disconnect()
    clock.timersOf(this.app).after(ms, () => {
      this.context.note(() => `${this.name} comes back`)
      if (!this.over) star.connect()
    })
  }

  /** The formal disconnection. */
  disconnect(): void {
    this.leaves = true
    this.star.disconnect()
  }

  /** Everything so far is to be received; `then` follows when it is. */
  flush(then?: () => void): void {
    const { log } = this
    const { oracle } = this.context
    const count = log.entries.length
    const missing = (): number => {
      if (this.log !== log) return 0
      log.flushed = Math.max(log.flushed, count)
      return count - oracle.receivedOf(this.star.id ?? '')
    }
    this.flushing.flush(this.star, missing, then)
  }

  /** The session is another tab's: what was said in it is none of ours. */
  protected beginAfresh(): void {
    const { log } = this
    log.session = () => undefined
    this.log = this.#newLog(log.entries.slice(log.carried))
    this.log.doubtful = [...log.doubtful, ...log.entries.slice(0, log.carried)]
    this.places = new Map()
  }

  /** Listens to all there is. */
  protected listen(): void {
    const { clock, contents, oracle, random, note } = this.context
    const { star, habits } = this
    const timers = clock.timersOf(this.app)
    star.on('down', (text: string, ...rest: unknown[]) => {
      this.#heard(text)
      contents.check(text, rest)
      const ms = random.next() * habits.consumeMs
      return ms === 0 ? undefined : new Promise<void>((resolve) => timers.after(ms, resolve))
    })
    star.on('ask', (text: string, ...rest: unknown[]) => {
      this.#heard(text)
      this.requests.answer(text, rest.pop() as (...answer: unknown[]) => void)
      contents.check(text, rest)
    })
    star.on('call', (text: string, ...rest: unknown[]) => {
      oracle.volatile.heard(text, star.id)
      contents.check(text, rest)
    })
    star.on('room', (room: string, index: number, text: string, ...rest: unknown[]) => {
      oracle.rooms.heard(this.log, this.places, room, index)
      contents.check(text, rest)
    })
    star.on('gap', (room, from, to) => {
      note(() => `${this.name} has a gap in ${room}: ${from.offset} to ${to?.offset}`)
      oracle.rooms.gap(this.log, this.places, room, from, to)
    })
    const history = oracle.statuses.client(this.name, star.status)
    star.on('status', (status) => {
      note(() => `${this.name} is ${status}`)
      history(status)
      // one that was to leave as soon as it is there is over by then
      if (star.status !== status && !this.leaves)
        oracle.fail(`${this.name} tells of ${status}, and is ${star.status}`)
    })
    star.on('resume', () => {
      this.resumes += 1
      if (!star.isConnected() && !this.leaves) oracle.fail(`${this.name} goes on, and is ${star.status}`)
    })
    star.on('renew', (renewal) => {
      const { reason } = renewal
      const events = this.context.faults.handedBack?.(renewal.unacknowledged) ?? renewal.unacknowledged
      note(() => `${this.name} is renewed: ${reason}, ${events.length} handed back`)
      this.#next(reason, events.map(textOf), habits.resends)
      contents.checkBack(events)
      if (habits.resends) renewal.resend()
      else renewal.drop()
    })
    star.on('undelivered', (error) => oracle.fail(`${this.name}: ${String(error)}`))
    star.on('end', (reason, lost) => {
      note(() => `${this.name} ended: ${reason}, ${lost.length} handed back`)
      if (reason === 'client' && !this.leaves) oracle.fail(`${this.name} ended, and nobody asked for it`)
      oracle.ended(this.log, reason, lost.map(textOf))
      contents.checkBack(lost)
      this.over = true
    })
    star.on('connect_error', () => this.#again())
    star.on('disconnect', () => {
      if (!this.over && random.chance(IMPATIENT)) star.connect()
    })
    star.on('refused', ({ retryable }) => {
      if (!retryable) this.#again()
    })
  }

  #newLog(entries: readonly string[] = [], heard: readonly string[] = []): Log {
    const log: Log = {
      page: this.name,
      session: () => this.star.id,
      entries: [...entries],
      heard: [...heard],
      doubtful: [],
      carried: 0,
      flushed: 0,
    }
    this.context.oracle.opened(log)
    return log
  }

  /** Where nobody connects again, the application does. */
  #again(): void {
    const { clock } = this.context
    const { star } = this
    clock.timersOf(this.app).after(AGAIN_MS, () => {
      if (!this.over && !star.connected && this.socket.active === false) star.connect()
    })
  }

  /** Another session from here on. */
  #next(reason: string, lost: string[], resends: boolean): void {
    const { log } = this
    const before = this.session
    log.session = () => before
    const { rest, doubtful } = this.context.oracle.renewed(log, reason, lost)
    this.log = this.#newLog(resends ? [...lost, ...rest] : rest)
    this.log.doubtful = doubtful
    this.places = new Map()
  }

  #heard(text: string): void {
    this.context.oracle.clientHeard(this.log, text)
  }

  #say(): void {
    const { contents, oracle, random, scenario } = this.context
    const text = `${this.name}.${++this.#count}`.padEnd(scenario.textLength, 'x')
    try {
      if (random.chance(0.15)) {
        this.requests.ask(this.star, text)
      } else if (!random.chance(0.1)) this.star.emit('up', ...contents.of(text))
      else if (!this.star.send(text)) return
      this.log.entries.push(text)
    } catch (error) {
      if (codeOf(error) !== 'ERR_BACKLOG') oracle.fail(`${this.name} may not emit: ${String(error)}`)
    }
  }
}
