import type { EndReason } from '@socket-star/server'
import type { Clock } from './clock.ts'
import { RoomOracle } from './room-oracle.ts'
import { StatusOracle } from './status-oracle.ts'
import { VolatileOracle } from './volatile-oracle.ts'

/** A session in one server process: what the application of that process has said and heard. */
export interface Life {
  readonly session: string
  readonly process: number
  readonly sent: string[]
  readonly received: string[]
  /** Where each room stood when the client became a member, as an index into what was said there. */
  readonly joined: Record<string, number>
}

/** What a client's application has said and heard in one session. */
export interface Log {
  /** The page that it belongs to, for messages to people. */
  readonly page: string
  /** The client's id; undefined before the first welcome. */
  session: () => string | undefined
  readonly entries: string[]
  readonly heard: string[]
  /**
   * What may come before the entries, as far as anybody knows: a copy of a tab has what the other one had not sent
   * yet, and sends it in its own session, too.
   */
  doubtful: readonly string[]
  /** So many entries are of the document before this one. */
  carried: number
  /** So many entries were acknowledged: a flush said so. */
  flushed: number
}

/** Knows what everybody said and heard, and fails when a promise is broken. */
export class Oracle {
  failure: Error | undefined
  /** Sessions of which a crash, a stale state or a copied tab may have made something that cannot go on. */
  readonly shaky = new Set<string>()
  /** Sessions that ended because nobody came back, with the time. */
  readonly expired = new Set<string>()
  /** Sessions that a process let go of or that were ended, and when: after the resume window nobody knows them. */
  readonly released = new Map<string, number>()
  /** Sessions that somebody ended. */
  readonly ending = new Set<string>()
  /** Sessions that another tab may take over. */
  readonly copied = new Set<string>()
  /** A tab was copied: of what waited in it there are two. */
  forked = false
  /** A tab was copied while its session was not known for certain: any one may be another tab's. */
  unsure = false
  delivered = 0
  handedBack = 0
  renewals = 0
  readonly rooms: RoomOracle
  readonly volatile = new VolatileOracle(this)
  readonly statuses: StatusOracle
  readonly #lives = new Map<string, Life[]>()
  readonly #logs: Log[] = []
  readonly #seed: number
  readonly #clock: Clock
  readonly #resumeWindowMs: number

  constructor(scenario: { seed: number; history: number | undefined; resumeWindowMs: number }, clock: Clock) {
    this.#seed = scenario.seed
    this.rooms = new RoomOracle(this, scenario.history)
    this.#resumeWindowMs = scenario.resumeWindowMs
    this.#clock = clock
    this.statuses = new StatusOracle(this, scenario.resumeWindowMs, () => clock.now)
  }

  /** Remembers the first failure: the code under test must not catch it. */
  fail(what: string): void {
    this.failure ??= new Error(`seed ${this.#seed}, at ${this.#clock.now.toFixed(1)} ms: ${what}`)
  }

  born(life: Life): void {
    const lives = this.#lives.get(life.session)
    if (lives === undefined) this.#lives.set(life.session, [life])
    else lives.push(life)
  }

  opened(log: Log): void {
    this.#logs.push(log)
  }

  /** The newest life of a session. */
  lifeOf(session: string): Life | undefined {
    return this.#lives.get(session)?.at(-1)
  }

  /** In order, exactly once, no gap: what arrives is what some page of this session wrote, from its beginning on. */
  serverHeard(life: Life, text: string): void {
    this.delivered += 1
    life.received.push(text)
    const logs = this.#logs.filter((log) => log.session() === life.session)
    if (life.received.length === 1) for (const log of logs) clearUp(log, text)
    if (logs.some(({ entries }) => isPrefix(life.received, entries))) return
    const [log] = logs
    const at = life.received.length - 1
    this.fail(
      `session ${short(life.session)} received ${name(text)} as message ${at}, where ${name(log?.entries[at])} belongs`,
    )
  }

  clientHeard(log: Log, text: string): void {
    this.delivered += 1
    log.heard.push(text)
    const lives = this.#lives.get(log.session() ?? '') ?? []
    if (lives.some(({ sent }) => isPrefix(log.heard, sent))) return
    const at = log.heard.length - 1
    this.fail(
      `page ${log.page} received ${name(text)} as message ${at}, where ${name(lives.at(-1)?.sent[at])} belongs`,
    )
  }

  /** A session is gone for its client: what it is not told of was received. Answers what belongs to the next one. */
  renewed(log: Log, reason: string, lost: readonly string[]): { rest: string[]; doubtful: string[] } {
    this.renewals += 1
    const session = log.session()
    if (session !== undefined) this.#checkReason(log, session, reason)
    const rest = this.#settle(log, reason, lost)
    if (!this.forked || lost.length > 0) return { rest, doubtful: [] }
    const doubtful = [...log.doubtful, ...log.entries.slice(0, -rest.length || undefined)]
    return { rest, doubtful }
  }

  /** The last that a client hears. */
  ended(log: Log, reason: string, lost: readonly string[]): void {
    const session = log.session() ?? ''
    if (reason === 'server' && !this.unsure && !this.ending.has(session)) {
      this.fail(`page ${log.page} was told of an end of ${short(session)} that nobody asked for`)
    }
    const rest = this.#settle(log, reason, lost)
    if (rest.length > 0) this.fail(`page ${log.page} ended, and said nothing of ${rest.map(name)}`)
  }

  serverEnded(life: Life, reason: EndReason, lost: readonly string[]): void {
    const { session, sent } = life
    if (reason === 'client' || reason === 'server') this.ending.add(session)
    if (reason === 'expired') {
      if (this.expired.has(session) && !this.shaky.has(session)) this.fail(`${short(session)} expired twice`)
      this.expired.add(session)
      if (!this.shaky.has(session)) this.statuses.expired(session)
    }
    if (reason === 'closed' || reason === 'server' || reason === 'client')
      this.released.set(session, this.#clock.now)
    // one that was ended may be found again when the process died before that was written
    const known = this.shaky.has(session) || this.ending.has(session)
    if (reason === 'state-lost' && !this.unsure && !known) this.fail(`${short(session)} lost its state`)
    if (reason === 'protocol') this.fail(`${short(session)} ended for a fault`)
    const kept = sent.length - lost.length
    if (lost.some((text, index) => text !== sent[kept + index])) {
      this.fail(`session ${short(session)} hands back ${lost.map(name)} of ${sent.map(name)}`)
    }
    const heard = longest(
      sent,
      this.#logsOf(session).map(({ heard }) => heard),
    )
    if (kept > heard)
      this.fail(`session ${short(session)} lost ${sent.slice(heard, kept).map(name)} silently`)
    this.handedBack += lost.length
  }

  /** How many messages of a session its client is known to have. */
  heardOf(session: string): number {
    return Math.max(0, ...this.#logsOf(session).map(({ heard }) => heard.length))
  }

  /** How many messages of a session some server process is known to have. */
  receivedOf(session: string): number {
    return Math.max(0, ...(this.#lives.get(session) ?? []).map(({ received }) => received.length))
  }

  /** A process died, with all that it knew. */
  crashed(): void {
    for (const session of this.#lives.keys()) this.shaky.add(session)
  }

  /** A session that could have gone on does. */
  #checkReason(log: Log, session: string, reason: string): void {
    if (this.unsure) return
    const why = `page ${log.page} was renewed out of ${short(session)}: ${reason}`
    switch (reason) {
      case 'replaced':
        if (!this.copied.has(session)) this.fail(`${why}, and nobody else has its token`)
        return
      case 'state-lost':
        // told of a session that was to follow on one that is gone, and of which nobody had heard when its server stopped
        if (!this.shaky.has(session) && !this.#isGone(session)) this.fail(`${why}, and its state was current`)
        return
      case 'unknown':
        if (!this.shaky.has(session) && !this.#isGone(session)) this.fail(`${why}, and the server knows it`)
        return
      default:
        this.fail(why)
    }
  }

  /** Nobody knows it any more, and rightly so. */
  #isGone(session: string): boolean {
    const released = this.released.get(session)
    const late = released !== undefined && this.#clock.now - released >= this.#resumeWindowMs
    return late || this.expired.has(session) || this.ending.has(session)
  }

  /** What is handed back is a stretch of what was written, and all before it was received. */
  #settle(log: Log, reason: string, lost: readonly string[]): string[] {
    const [first] = lost
    // a copy of a tab has what the other one had not sent yet
    if (first !== undefined && !log.entries.includes(first)) clearUp(log, first)
    const { entries, page } = log
    const received = this.#lives.get(log.session() ?? '')?.map((life) => life.received) ?? []
    const known = longest(entries, received)
    const start = first === undefined ? known : entries.indexOf(first)
    const end = start + lost.length
    this.handedBack += lost.length
    if (lost.some((text, index) => text !== entries[start + index])) {
      this.fail(`page ${page} (${reason}) hands back ${lost.map(name)} of ${entries.map(name)}`)
    }
    if (start > known)
      this.fail(`page ${page} (${reason}) lost ${entries.slice(known, start).map(name)} silently`)
    if (start < log.flushed) this.fail(`page ${page} (${reason}) hands back what was acknowledged`)
    return entries.slice(end)
  }

  #logsOf(session: string): Log[] {
    return this.#logs.filter((log) => log.session() === session)
  }
}

/** The first message of a session tells where it begins. */
function clearUp(log: Log, text: string): void {
  const start = log.doubtful.indexOf(text)
  const certain = start < 0 ? [] : log.doubtful.slice(start)
  log.entries.unshift(...certain)
  log.carried += certain.length
  log.doubtful = []
}

function isPrefix(part: readonly string[], whole: readonly string[]): boolean {
  // the last one is most often the wrong one
  for (let index = part.length - 1; index >= 0; index--) if (part[index] !== whole[index]) return false
  return true
}

/** How much of a list the best of others has, from its beginning on. */
function longest(list: readonly string[], others: readonly (readonly string[])[]): number {
  return others.reduce((most, other) => {
    let common = 0
    while (common < list.length && list[common] === other[common]) common++
    return Math.max(most, common)
  }, 0)
}

const name = (text: string | undefined): string => (text === undefined ? 'nothing' : text.replace(/x+$/, ''))
const short = (id: string): string => id.slice(0, 8)
