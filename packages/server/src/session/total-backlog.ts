import type { SessionCore } from './session-core.ts'

/** What a message that waits takes beside its bytes: its place in a list, and what a text is beside its units. */
const WAITING_OVERHEAD_BYTES = 128
/** Past the limit sessions give way until this part of it is free: a walk over all of them is worth it then. */
const FREED = 1 / 8

export interface TotalBacklogNeeds {
  /** Bytes that may wait for all sessions together. */
  most(): number
  sessions(): Iterable<SessionCore>
  /** Whom a session is counted for. */
  holder(session: SessionCore): string
  /** Sessions gave way. */
  gaveWay(sessions: number, bytes: number): void
}

/** What waits for the sessions of one holder. */
interface Holding {
  bytes: number
  readonly sessions: SessionCore[]
}

/**
 * What waits for all sessions of a star together, and which of them give way when it is too much (LIM-11). A message
 * costs it a subtraction; who has how much is looked up when there is too much, and not again before an eighth of the
 * limit was said since.
 */
export class TotalBacklog {
  readonly #needs: TotalBacklogNeeds
  #bytes = 0
  /** More than this is looked at; the limit, unless what waits could not be brought below it. */
  #lookAt: number | undefined

  constructor(needs: TotalBacklogNeeds) {
    this.#needs = needs
  }

  /** Bytes that wait now. */
  get bytes(): number {
    return this.#bytes
  }

  /** What waits for a session has changed. It does not give way itself: somebody is speaking to it. */
  count(session: SessionCore): void {
    const { bufferedBytes, bufferedMessages } = session.conduit.channel
    const waiting = bufferedBytes + bufferedMessages * WAITING_OVERHEAD_BYTES
    this.#bytes += waiting - session.waitingBytes
    session.waitingBytes = waiting
    this.#lookAt ??= this.#needs.most()
    if (this.#bytes > this.#lookAt) this.#makeRoom(session)
  }

  /** It is over. */
  forget(session: SessionCore): void {
    this.#bytes -= session.waitingBytes
    session.waitingBytes = 0
  }

  #makeRoom(speaker: SessionCore): void {
    const most = this.#needs.most()
    const enough = most * (1 - FREED)
    const before = this.#bytes
    let ended = 0
    // what applications say when they hear of an end is counted, and does not begin this anew
    this.#lookAt = Number.POSITIVE_INFINITY
    const holdings = this.#holdings()
    const share = shareOf(holdings, enough)
    for (const { bytes, sessions } of holdings) {
      let left = bytes
      sessions.sort((a, b) => b.waitingBytes - a.waitingBytes)
      for (const session of sessions) {
        if (left <= share || this.#bytes <= enough) break
        if (session === speaker) continue
        left -= session.waitingBytes
        ended += 1
        session.giveWay()
      }
    }
    this.#lookAt = Math.max(most, this.#bytes + most * FREED)
    if (ended > 0) this.#needs.gaveWay(ended, before - this.#bytes)
  }

  /** The most first. */
  #holdings(): Holding[] {
    const holdings = new Map<string, Holding>()
    for (const session of this.#needs.sessions()) {
      if (session.waitingBytes === 0) continue
      const holder = this.#needs.holder(session)
      const holding = holdings.get(holder)
      if (holding === undefined) holdings.set(holder, { bytes: session.waitingBytes, sessions: [session] })
      else {
        holding.bytes += session.waitingBytes
        holding.sessions.push(session)
      }
    }
    return [...holdings.values()].sort((a, b) => b.bytes - a.bytes)
  }
}

/** The most that each could have if nobody had more, and all together had so much. `holdings`: the most first. */
function shareOf(holdings: readonly Holding[], bytes: number): number {
  let left = bytes
  for (let n = holdings.length; n > 0; n--) {
    const { bytes: least } = holdings[n - 1] as Holding
    if (least * n > left) return left / n
    left -= least
  }
  return Number.POSITIVE_INFINITY
}
