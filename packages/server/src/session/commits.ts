import type { Channel } from '@socket-star/protocol/channel'
import type { Encoded, Flushable, FlushTurn } from '@socket-star/protocol/session'
import type { StarEnvironment } from '../environment.ts'
import type { SessionSnapshot } from '../store/session-store.ts'

/** While the store is slow the client hears of us as often in the time that it takes for silence (SES-9). */
const SIGNS = 2

export interface CommitsNeeds {
  channel(): Channel<Encoded>
  readonly environment: StarEnvironment
  /** Silence that is a timeout, in milliseconds (SES-9). */
  readonly answerMs: number
  /** Answers false when another process owns the session. */
  save(snapshot: SessionSnapshot): Promise<boolean>
  snapshot(): SessionSnapshot
  /** What waited for the store may leave. */
  committed(): void
  /** The store takes its time: the client should hear that somebody is there. */
  late(): void
  /** Another process owns the session. */
  lost(): void
  failed(error: unknown): void
}

/**
 * Keeps a durable store ahead of what leaves (CH-7): after a turn in which
 * something came or was emitted it writes a snapshot, and lets go what that
 * covers. One write at a time: what happens meanwhile is in the next one.
 */
export class Commits implements FlushTurn {
  readonly #turn: FlushTurn
  readonly #needs: CommitsNeeds
  /** What was written last; nothing yet. */
  #written: readonly number[] = []
  #writing = false
  #closed = false

  /** `turn`: what is flushed in it may have something to be written. */
  constructor(turn: FlushTurn, needs: CommitsNeeds) {
    this.#turn = turn
    this.#needs = needs
  }

  add(flushable: Flushable): void {
    this.#turn.add({
      flush: (now) => {
        flushable.flush(now)
        this.#look()
      },
    })
  }

  /** The session ends for good: nothing has to be written before what is left is said. */
  waive(): void {
    this.#closed = true
    const channel = this.#needs.channel()
    channel.commit(channel.received, Number.POSITIVE_INFINITY)
  }

  close(): void {
    this.#closed = true
  }

  get #cursors(): readonly number[] {
    const { received, accepted, sent } = this.#needs.channel()
    return [received, accepted, sent]
  }

  #look(): void {
    const cursors = this.#cursors
    if (this.#writing || this.#closed || cursors.every((cursor, at) => cursor === this.#written[at])) return
    this.#writing = true
    void this.#write(cursors).then((written) => {
      this.#writing = false
      if (written && !this.#closed) this.#needs.committed()
    })
  }

  /** Never rejects. What failed is written with whatever happens next. */
  async #write(cursors: readonly number[]): Promise<boolean> {
    const { channel, save, snapshot, lost, failed } = this.#needs
    const { received, sent } = channel()
    const stop = this.#showSigns()
    try {
      const ours = await save(snapshot())
      if (this.#closed) return false
      if (!ours) {
        lost()
        return false
      }
      this.#written = cursors
      channel().commit(received, sent)
      return true
    } catch (error) {
      failed(error)
      return false
    } finally {
      stop()
    }
  }

  #showSigns(): () => void {
    const { environment, answerMs, late } = this.#needs
    let cancel: () => void
    const wait = (): void => {
      cancel = environment.after(answerMs / SIGNS, () => {
        late()
        wait()
      })
    }
    wait()
    return () => cancel()
  }
}
