import { type ClientSocket as AnyClientSocket, type StarSocket, wrap } from '@socket-star/client'
import { Application, type Kept } from './application.ts'
import { Manager, type Watcher } from './client-socket.ts'
import type { Owner } from './clock.ts'
import { bytesOf, type Context } from './context.ts'
import { Locks } from './locks.ts'
import { Machine } from './machine.ts'
import { brief } from './process.ts'
import type { Habits } from './scenario.ts'
import { Tab } from './tab.ts'

/** When a session moves to a fresh connection, in milliseconds, where it does. */
const CYCLE = { minMs: 300, maxMs: 3_000 }

/** Whoever ends a session has its socket back by then, in milliseconds. */
const AGAIN_MS = 1_001

/** What a document leaves to the next one in its tab, or to a copy of the tab. */
interface Carried extends Kept {
  /** It is for a copy of a tab: the document that this tab had then. */
  readonly original: Owner | undefined
  readonly locks: Locks
  readonly storage: ReadonlyMap<string, string>
  readonly session: string | undefined
}

/** A document with the client that ships, wrapped around a socket without a network, and an application on it. */
export class Page extends Application implements Watcher {
  /** What the document runs on. */
  readonly machine: Machine
  /** Whose timers those of the package are. */
  readonly owner: Owner
  readonly star: StarSocket
  readonly #tab: Tab
  readonly #locks: Locks
  /** The document of the tab that this one is a copy of, as long as it may have its session. */
  readonly #original: Owner | undefined
  /** The session that was found. */
  readonly #found: string | undefined
  #managers: Manager[] = []

  /** `before`: the same page, whose session has ended. */
  constructor(context: Context, name: string, habits: Habits, carried?: Carried, before?: Page) {
    const { clock, random, oracle, network, scenario } = context
    const machine = before?.machine ?? new Machine()
    super(context, name, habits, machine, carried)
    this.machine = machine
    this.owner = before?.owner ?? { name, machine, gone: false, timers: 0 }
    this.#locks = before ? before.#locks : (carried?.locks ?? new Locks(context))
    this.#original = carried?.original
    this.#found = carried?.session
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
    this.listen()
    socket.connect()
  }

  made(manager: Manager): void {
    this.#managers.push(manager)
  }

  seen(event: string, args: unknown[]): void {
    this.session = this.star.id
    this.context.note(() => `${this.name} < ${event} ${brief(args)}`)
  }

  /** The user signs out, and in again at once: a session after the other on one socket. */
  again(opened: (next: Page) => void, name: string): void {
    // who signs out already does so once
    let begun = this.leaves
    const open = (): void => {
      // a document that is gone opens nothing
      if (begun || this.owner.gone) return
      begun = true
      opened(new Page(this.context, name, this.habits, undefined, this))
    }
    this.star.on('disconnect', () => this.over && open())
    this.star.on('end', () => void this.context.clock.timersOf(this.app).after(AGAIN_MS, open))
    this.disconnect()
  }

  /** The document goes, and the tab loads it again. */
  reload(name: string): Page {
    // the next document of a copy is one, too
    const carried = this.#leave(this.star.id === this.#found ? this.#original : undefined)
    this.vanish()
    return new Page(this.context, name, this.habits, carried)
  }

  /** The user goes elsewhere, and comes back to the same document, which the browser had kept and frozen. */
  elsewhere(ms: number): void {
    const { clock, network, random } = this.context
    this.#tab.hide()
    this.machine.sleep(clock.now, clock.now + ms, random.chance(0.5))
    for (const pipe of network.of(this.owner)) pipe.client.close('transport close')
    clock.after(random.next() * ms, () => this.#tab.show(), this.app)
  }

  /** The tab is copied while its document is elsewhere for a moment; the copy knows what this one does. */
  copy(name: string, isCurrent: boolean): Page | undefined {
    const carried = this.#leave(this.owner)
    this.#tab.show()
    if (carried.session === undefined || carried.storage.size === 0) return undefined
    const { oracle, scenario } = this.context
    // the session may be another one by now, of which nobody was told
    if (!isCurrent) oracle.unsure = true
    oracle.forked = true
    if (!scenario.locks) oracle.copied.add(carried.session)
    return new Page(this.context, name, this.habits, carried)
  }

  /** The document is no more, and takes its connections along. */
  vanish(): void {
    this.over = true
    this.owner.gone = this.app.gone = true
    this.#locks.leave(this.owner)
    for (const { client } of this.context.network.of(this.owner)) {
      client.endpoint = undefined
      client.close()
    }
  }

  /** Whatever is left once it ended. */
  checkEmpty(): void {
    const { oracle } = this.context
    if (this.owner.gone) return
    const unsettled = this.requests.waiting() + this.flushing.pending
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

  #leave(original: Owner | undefined): Carried {
    const storage = this.#tab.hide()
    const { entries, doubtful, heard, flushed } = this.log
    // without a saved session the next document begins with nothing
    const saved = storage.size > 0
    return {
      // the next document of a copy is one, too
      original,
      locks: this.#locks,
      storage,
      entries: saved ? [...entries] : [],
      doubtful: saved ? doubtful : [],
      heard: saved ? [...heard] : [],
      session: this.star.id,
      flushed: saved ? flushed : 0,
      places: new Map(saved ? this.places : []),
    }
  }

  /** The lock of the session that was found, and then, if it was refused, one for a session of its own. */
  #requestLock(name: string, held: () => unknown): Promise<unknown> {
    const { oracle, note } = this.context
    const granted = (): unknown => {
      note(() => `${this.name} has the lock ${name.slice(-8)}`)
      // it is the one that has the session if nothing was said since; if not, it is told
      if (this.#found && this.#original?.gone) oracle.copied.add(this.#found)
      return held()
    }
    return this.#locks.request(this.owner, name, granted).catch((error) => {
      note(() => `${this.name} does not get the lock ${name.slice(-8)}`)
      this.beginAfresh()
      throw error
    })
  }
}
