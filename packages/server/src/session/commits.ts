import type { Channel } from '@socket-star/protocol/channel'
import type { Conduit, Encoded, Flushable, FlushTurn } from '@socket-star/protocol/session'
import type { StarEnvironment } from '../environment.ts'
import type { SessionSnapshot } from '../store/session-store.ts'
import type { SessionLife } from './life.ts'
import type { Link } from './link.ts'

/** While the store is slow the client hears of us as often in the time that it takes for silence (SES-9). */
const SIGNS = 2

/** The session that is written. */
export interface CommitsOwner {
  readonly conduit: Conduit<Link, Channel<Encoded>>
  snapshot(): SessionSnapshot
  readonly life: Pick<SessionLife, 'moveAway'>
  /** It could not be written. */
  notWritten(error: unknown): void
}

export interface CommitsNeeds {
  readonly environment: StarEnvironment
  readonly turn: FlushTurn
  /** Silence that is a timeout, in milliseconds (SES-9). */
  readonly answerMs: number
  /** Answers false when another process owns the session. */
  save(snapshot: SessionSnapshot): Promise<boolean>
}

/**
 * Keeps a durable store ahead of what leaves (CH-7): after a turn in which
 * something came or was emitted it writes a snapshot, and lets go what that
 * covers. One write at a time: what happens meanwhile is in the next one.
 */
export class Commits implements FlushTurn {
  readonly #needs: CommitsNeeds
  readonly #owner: CommitsOwner
  /** What was written last; nothing yet. */
  #written: readonly number[] = []
  #writing = false
  #closed = false

  constructor(owner: CommitsOwner, needs: CommitsNeeds) {
    this.#owner = owner
    this.#needs = needs
  }

  add(flushable: Flushable): void {
    this.#needs.turn.add({
      flush: (now) => {
        flushable.flush(now)
        this.#look()
      },
    })
  }

  /** The session ends for good: nothing has to be written before what is left is said. */
  waive(): void {
    this.#closed = true
    const { channel } = this.#owner.conduit
    channel.commit(channel.received, Number.POSITIVE_INFINITY)
  }

  close(): void {
    this.#closed = true
  }

  get #cursors(): readonly number[] {
    const { received, accepted } = this.#owner.conduit.channel
    return [received, accepted]
  }

  #look(): void {
    const cursors = this.#cursors
    if (this.#writing || this.#closed || cursors.every((cursor, at) => cursor === this.#written[at])) return
    this.#writing = true
    void this.#write(cursors).then((written) => {
      this.#writing = false
      // what waited for it leaves
      if (written && !this.#closed) this.#owner.conduit.schedule()
    })
  }

  /** Never rejects. What failed is written with whatever happens next. */
  async #write(cursors: readonly number[]): Promise<boolean> {
    const owner = this.#owner
    const { channel } = owner.conduit
    const { received, accepted } = channel
    const stop = this.#showSigns()
    try {
      const ours = await this.#needs.save(owner.snapshot())
      if (this.#closed) return false
      if (!ours) {
        owner.life.moveAway()
        return false
      }
      this.#written = cursors
      channel.commit(received, accepted)
      return true
    } catch (error) {
      owner.notWritten(error)
      return false
    } finally {
      stop()
    }
  }

  /** A PING now and then says what has come, though the client may not forget it yet. */
  #showSigns(): () => void {
    const { environment, answerMs } = this.#needs
    const { conduit } = this.#owner
    let cancel: () => void
    const wait = (): void => {
      cancel = environment.after(answerMs / SIGNS, () => {
        if (conduit.current !== undefined) {
          conduit.channel.ping(conduit.current)
          conduit.schedule()
        }
        wait()
      })
    }
    wait()
    return () => cancel()
  }
}
