import {
  CLIENT_LIFE,
  type LifeTable,
  SERVER_LIFE,
  type Status,
  statusName,
} from '@socket-star/protocol/session'
import type { Oracle } from './oracle.ts'

/** A session that its client never confirmed is collected after this time, or after the resume window if that is shorter (HS-17). */
const UNCONFIRMED_MS = 30_000
/** By so much clocks may differ, in milliseconds. */
const CLOCKS_MS = 5

/** Knows what both sides' applications are told of the status (HS-1), and for how long nobody was there. */
export class StatusOracle {
  readonly #oracle: Oracle
  readonly #resumeWindowMs: number
  readonly #now: () => number
  /** Since when the server's session has no connection; undefined while it has one. */
  readonly #aloneSince = new Map<string, number | undefined>()

  constructor(oracle: Oracle, resumeWindowMs: number, now: () => number) {
    this.#oracle = oracle
    this.#resumeWindowMs = resumeWindowMs
    this.#now = now
  }

  /** The history of one client, from its beginning on: what is told next. */
  client(page: string, first: Status): (status: Status) => void {
    return this.#history(CLIENT_LIFE, `page ${page}`, first)
  }

  /** The same of a session in one server process. */
  server(session: string, first: Status): (status: Status) => void {
    const told = this.#history(SERVER_LIFE, `session ${session}`, first)
    const note = (status: Status): void => {
      const alone = statusName(status) !== 'CONNECTED'
      if (alone && this.#aloneSince.get(session) !== undefined) return
      this.#aloneSince.set(session, alone ? this.#now() : undefined)
    }
    note(first)
    return (status) => {
      told(status)
      if (statusName(status) !== 'DISCONNECTED') note(status)
    }
  }

  /** A process is gone, and all connections with it. */
  serverGone(): void {
    for (const [session, since] of this.#aloneSince) {
      if (since === undefined) this.#aloneSince.set(session, this.#now())
    }
  }

  /** The server's application is told that nobody came back. */
  expired(session: string): void {
    const since = this.#aloneSince.get(session)
    const least = Math.min(this.#resumeWindowMs, UNCONFIRMED_MS) - CLOCKS_MS
    if (since === undefined) this.#oracle.fail(`session ${session} expired, and was connected`)
    else if (this.#now() - since < least)
      this.#oracle.fail(`session ${session} expired after ${this.#now() - since} ms`)
  }

  #history(life: LifeTable, who: string, first: Status): (status: Status) => void {
    const steps = new Set(
      Object.entries(life).map(([from, to]) => `${from.slice(0, from.indexOf(' '))} ${to}`),
    )
    let last = first
    return (status) => {
      const step = `${statusName(last)} ${statusName(status)}`
      if (!steps.has(step)) this.#oracle.fail(`${who} went from ${step.replace(' ', ' to ')}`)
      last = status
    }
  }
}
