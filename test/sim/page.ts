import { type ClientSocket as AnyClientSocket, STATUS, type StarSocket, wrap } from '@socket-star/client'
import { type ClientSocket, Manager, type Watcher } from './client-socket.ts'
import type { Owner } from './clock.ts'
import { bytesOf, type Context } from './context.ts'
import { Flushing } from './flushing.ts'
import { Locks } from './locks.ts'
import { Machine } from './machine.ts'
import type { Log } from './oracle.ts'
import { brief, ROOMS } from './process.ts'
import { codeOf, Requests, textOf } from './requests.ts'
import type { Places } from './room-oracle.ts'
import { type Habits, outstandingOf } from './scenario.ts'
import { Tab } from './tab.ts'

/** When a session moves to a fresh connection, in milliseconds, where it does. */
const CYCLE = { minMs: 300, maxMs: 3_000 }
/** How long an application takes to connect again where nobody does it for it, in milliseconds. */
const AGAIN_MS = 1_000

/** Of so many disconnections one makes an application connect at once, whoever does it anyway. */
const IMPATIENT = 0.2

/** What the application itself keeps over a reload. */
interface Carried {
  /** It is a copy of a tab that goes on. */
  readonly copied: boolean
  readonly locks: Locks
  readonly storage: ReadonlyMap<string, string>
  readonly entries: readonly string[]
  readonly heard: readonly string[]
  readonly session: string | undefined
  readonly flushed: number
  readonly places: Places
}

/** A document with the client that ships, wrapped around a socket without a network, and an application on it. */
export class Page implements Watcher {
  readonly name: string
  /** What the document runs on. */
  readonly machine: Machine
  /** Whose timers those of the package are. */
  readonly owner: Owner
  /** Whose those of the application are. */
  readonly app: Owner
  readonly habits: Habits
  readonly star: StarSocket
  log: Log
  places: Places = new Map()
  /** Over for good, or gone with its document. */
  over = false
  readonly requests: Requests
  /** When the last connection carried the session. */
  resumes = 0
  readonly #context: Context
  readonly #flushing: Flushing
  readonly #tab: Tab
  readonly #locks: Locks
  /** The session of a tab that goes on, of which this is a copy. */
  readonly #copiedFrom: string | undefined
  #managers: Manager[] = []
  /** The session as it was before what arrives now. */
  #session: string | undefined
  /** So many entries are of the document before this one. */
  readonly #carried: number
  /** Its application asked for the end. */
  #leaves = false
  #count = 0

  /** `before`: the same page, whose session has ended. */
  constructor(context: Context, name: string, habits: Habits, carried?: Carried, before?: Page) {
    const { clock, random, oracle, network, scenario } = context
    this.#context = context
    this.name = name
    this.habits = habits
    this.machine = before?.machine ?? new Machine()
    const { machine } = this
    this.owner = before?.owner ?? { name, machine, gone: false, timers: 0 }
    this.app = { name: 'application', machine, gone: false, timers: 0 }
    this.requests = new Requests(context, this.app)
    this.#flushing = new Flushing(context, name)
    this.#locks = before ? before.#locks : (carried?.locks ?? new Locks(context))
    this.#copiedFrom = carried?.copied ? carried.session : undefined
    const request = (name: string, held: () => unknown) => this.#requestLock(name, held)
    this.#tab = before ? before.#tab : new Tab(carried?.storage, scenario.locks ? request : undefined)
    const { owner } = this
    const socket =
      before?.socket ??
      new Manager('ws://star', { network, owner, autoConnect: false, watcher: this }).socket('/', {
        auth: { who: name },
      })
    socket.io.opts.watcher = this
    if (before !== undefined) this.#managers = before.#managers.splice(0)
    this.star = wrap(socket as unknown as AnyClientSocket, {
      cycle: habits.cycles && CYCLE,
      ...(habits.persists && { persist: 'tab' as const }),
      env: {
        timers: clock.timersOf(this.owner),
        tab: () => this.#tab.env,
        // a mistake of the suite's own is said there, too
        say: (what) => oracle.fail(String(what)),
        random: () => random.next(),
        randomBytes: bytesOf(random),
      },
    })
    this.#carried = carried?.entries.length ?? 0
    this.log = this.#newLog(carried?.entries, carried?.heard)
    if (carried !== undefined) {
      this.log.flushed = carried.flushed
      this.places = new Map(carried.places)
    }
    this.#listen()
    socket.connect()
  }

  /** The socket that it lives by now. */
  get socket(): ClientSocket {
    return this.star.socket as unknown as ClientSocket
  }

  made(manager: Manager): void {
    this.#managers.push(manager)
  }

  seen(event: string, args: unknown[]): void {
    this.#session = this.star.id
    this.#context.note(() => `${this.name} < ${event} ${brief(args)}`)
  }

  /** Nothing that either side said is under way, and nobody waits. */
  get isSettled(): boolean {
    if (this.over) return true
    const { oracle } = this.#context
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
    const life = this.#context.oracle.lifeOf(star.id ?? '')
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
      rooms: ROOMS.map((room) => this.#context.oracle.rooms.saidIn(room)),
      joined: life?.joined,
    })
  }

  /** Emits something. */
  talk(): void {
    const { random } = this.#context
    const { oracle, scenario } = this.#context
    const received = oracle.lifeOf(this.star.id ?? '')?.received.length ?? 0
    if (this.over || this.log.entries.length - received > outstandingOf(scenario)) return
    for (let left = random.pick([1, 1, 3, 30]); left > 0; left--) this.#say()
    if (random.chance(0.2)) this.flush()
    if (random.chance(0.3)) this.call()
  }

  /** Says something volatile. */
  call(): string {
    const { contents, oracle } = this.#context
    const text = `${this.name}.v${++this.#count}`
    const session = this.star.id
    const taken = this.star.volatile.emit('call', ...contents.of(text))
    oracle.volatile.said(text, session, taken)
    return text
  }

  /** The application leaves the connection, and comes back after a while. */
  stepAway(ms: number): void {
    const { clock } = this.#context
    const { star } = this
    this.#context.note(() => `${this.name} leaves for ${ms.toFixed(1)} ms`)
    this.socket.disconnect()
    clock.timersOf(this.app).after(ms, () => {
      this.#context.note(() => `${this.name} comes back`)
      if (!this.over) star.connect()
    })
  }

  /** The formal disconnection. */
  disconnect(): void {
    this.#leaves = true
    this.star.disconnect()
  }

  /** The user signs out, and in again at once: a session after the other on one socket. */
  again(opened: (next: Page) => void, name: string): void {
    // who signs out already does so once
    let begun = this.#leaves
    const open = (): void => {
      if (begun) return
      begun = true
      opened(new Page(this.#context, name, this.habits, undefined, this))
    }
    this.star.on('disconnect', () => this.over && open())
    this.star.on('end', () => this.star.connected || open())
    this.disconnect()
  }

  /** The document goes, and the tab loads it again. */
  reload(name: string): Page {
    const carried = this.#leave(false)
    this.vanish()
    return new Page(this.#context, name, this.habits, carried)
  }

  /** The user goes elsewhere, and comes back to the same document, which the browser had kept and frozen. */
  elsewhere(ms: number): void {
    const { clock, network, random } = this.#context
    this.#tab.hide()
    this.machine.sleep(clock.now, clock.now + ms, random.chance(0.5))
    for (const pipe of network.of(this.owner)) pipe.client.close('transport close')
    clock.after(random.next() * ms, () => this.#tab.show(), this.app)
  }

  /** The tab is copied while its document is elsewhere for a moment; the copy knows what this one does. */
  copy(name: string, isCurrent: boolean): Page | undefined {
    const carried = this.#leave(true)
    this.#tab.show()
    if (carried.session === undefined || carried.storage.size === 0) return undefined
    const { oracle, scenario } = this.#context
    // the session may be another one by now, of which nobody was told
    if (!isCurrent) oracle.unsure = true
    oracle.forked = true
    if (!scenario.locks) {
      oracle.copied.add(carried.session)
      oracle.shaky.add(carried.session)
    }
    return new Page(this.#context, name, this.habits, carried)
  }

  /** The document is no more, and takes its connections along. */
  vanish(): void {
    this.over = true
    this.owner.gone = this.app.gone = true
    this.#locks.leave(this.owner)
    for (const { client } of this.#context.network.of(this.owner)) {
      client.endpoint = undefined
      client.close()
    }
  }

  /** Whatever is left once it ended. */
  checkEmpty(): void {
    const { oracle } = this.#context
    if (this.owner.gone) return
    const unsettled = this.requests.waiting() + this.#flushing.pending
    if (unsettled > 0) oracle.fail(`${unsettled} requests and flushes of ${this.name} never come to an end`)
    if (this.owner.timers > 0) oracle.fail(`${this.owner.timers} timers are left of ${this.name}`)
    if (this.#locks.count > 0)
      oracle.fail(`${this.#locks.count} locks are left of ${this.name}, or of its copies`)
    for (const manager of this.#managers) {
      if (manager.leftovers > 0)
        oracle.fail(
          `a connection is left of ${this.name}, or somebody listens to it: ${manager.leftovers} ${manager.engine?.end.readyState}`,
        )
      for (const socket of Object.values(manager.nsps)) {
        if (socket.listeners > 0) oracle.fail(`${socket.listeners} listeners are left of ${this.name}`)
      }
    }
  }

  #leave(copied: boolean): Carried {
    const storage = this.#tab.hide()
    const { entries, heard, flushed } = this.log
    // without a saved session the next document begins with nothing
    const saved = storage.size > 0
    return {
      copied,
      locks: this.#locks,
      storage,
      entries: saved ? [...entries] : [],
      heard: saved ? [...heard] : [],
      session: this.star.id,
      flushed: saved ? flushed : 0,
      places: new Map(saved ? this.places : []),
    }
  }

  /** The lock of the session that was found, and then, if it was refused, one for a session of its own. */
  #requestLock(name: string, held: () => unknown): Promise<unknown> {
    const { oracle, note } = this.#context
    const granted = (): unknown => {
      note(() => `${this.name} has the lock ${name.slice(-8)}`)
      // what it was copied from is gone, and had gone on meanwhile
      if (this.#copiedFrom !== undefined) oracle.shaky.add(this.#copiedFrom)
      return held()
    }
    return this.#locks.request(this.owner, name, granted).catch((error) => {
      note(() => `${this.name} does not get the lock ${name.slice(-8)}`)
      this.#beginAfresh()
      throw error
    })
  }

  /** The session is another tab's: what was said in it is none of ours. */
  #beginAfresh(): void {
    const { log } = this
    log.session = () => undefined
    this.log = this.#newLog(log.entries.slice(this.#carried))
    this.log.doubtful = log.entries.slice(0, this.#carried)
    this.places = new Map()
  }

  #newLog(entries: readonly string[] = [], heard: readonly string[] = []): Log {
    const log: Log = {
      page: this.name,
      session: () => this.star.id,
      entries: [...entries],
      heard: [...heard],
      doubtful: [],
      flushed: 0,
    }
    this.#context.oracle.opened(log)
    return log
  }

  #listen(): void {
    const { clock, contents, oracle, random, note } = this.#context
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
      if (star.status !== status && !this.#leaves)
        oracle.fail(`${this.name} tells of ${status}, and is ${star.status}`)
    })
    star.on('resume', () => {
      this.resumes += 1
      if (!star.isConnected() && !this.#leaves) oracle.fail(`${this.name} goes on, and is ${star.status}`)
    })
    star.on('renew', (renewal) => {
      const { reason } = renewal
      const events = this.#context.faults.handedBack?.(renewal.unacknowledged) ?? renewal.unacknowledged
      note(() => `${this.name} is renewed: ${reason}, ${events.length} handed back`)
      this.#next(reason, events.map(textOf), habits.resends)
      contents.checkBack(events)
      if (habits.resends) renewal.resend()
      else renewal.drop()
    })
    star.on('undelivered', (error) => oracle.fail(`${this.name}: ${String(error)}`))
    star.on('end', (reason, lost) => {
      note(() => `${this.name} ended: ${reason}, ${lost.length} handed back`)
      if (reason === 'client' && !this.#leaves) oracle.fail(`${this.name} ended, and nobody asked for it`)
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

  /** Where nobody connects again, the application does. */
  #again(): void {
    const { clock } = this.#context
    const { star } = this
    clock.timersOf(this.app).after(AGAIN_MS, () => {
      if (!this.over && !star.connected && this.socket.active === false) star.connect()
    })
  }

  /** Another session from here on. */
  #next(reason: string, lost: string[], resends: boolean): void {
    const { log } = this
    const before = this.#session
    log.session = () => before
    const { rest, doubtful } = this.#context.oracle.renewed(log, reason, lost)
    this.log = this.#newLog(resends ? [...lost, ...rest] : rest)
    this.log.doubtful = doubtful
    this.places = new Map()
  }

  #heard(text: string): void {
    this.#context.oracle.clientHeard(this.log, text)
  }

  #say(): void {
    const { contents, oracle, random, scenario } = this.#context
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

  /** Everything so far is to be received; `then` follows when it is. */
  flush(then?: () => void): void {
    const { log } = this
    const { oracle } = this.#context
    const count = log.entries.length
    const missing = (): number => {
      if (this.log !== log) return 0
      log.flushed = Math.max(log.flushed, count)
      return count - oracle.receivedOf(this.star.id ?? '')
    }
    this.#flushing.flush(this.star, missing, then)
  }
}
