import { StarError } from '@socket-star/protocol'
import { NEVER, type Owed } from '@socket-star/protocol/channel'
import {
  Asking,
  DEFAULT_MESSAGE_BYTES,
  type Encoded,
  encodePayload,
  eventNameOf,
  Flushes,
  type Payload,
  type Unacknowledged,
  unacknowledgedIn,
  VOLATILE_EVENT,
  type Waiting,
  wireBytes,
} from '@socket-star/protocol/session'
import type { Dialogue } from './dialogue.ts'
import type { Saved } from './saved.ts'
import type { Renewal, RenewReason } from './types.ts'

/** What the application emits, from the call to the Channel, across renewals: its lifetime is the wrapper's. */
export class Outgoing {
  readonly asking: Asking
  /**
   * What the Channel accepted after this message waits there for a welcome, and for nothing else of this session:
   * before one nobody knows how large a message may be (SES-15). Undefined once it has come.
   */
  waitsFrom: number | undefined
  /** Of a session that is gone: handed back when the next one's welcome has come. */
  lost: Unacknowledged[] | undefined
  /** Why it is gone, unless the server says so. */
  reason: RenewReason | undefined
  /** The largest message that the server takes. */
  maxMessageBytes = DEFAULT_MESSAGE_BYTES
  readonly #dialogue: Dialogue
  readonly #flushes = new Flushes()

  /** Of an earlier document: what it saved. */
  constructor(dialogue: Dialogue, { lastRequest, waitsFrom, lost, reason }: Partial<Saved>) {
    this.#dialogue = dialogue
    this.asking = new Asking((message) => this.say(message), lastRequest)
    this.waitsFrom = waitsFrom ?? dialogue.conduit.channel.accepted
    this.lost = lost && unacknowledgedIn(lost)
    this.reason = reason
  }

  /** The welcome has not come. */
  get waits(): boolean {
    return this.waitsFrom !== undefined
  }

  /** Bytes that the server has not acknowledged. */
  get bufferedBytes(): number {
    return this.#dialogue.conduit.channel.bufferedBytes
  }

  /** @throws StarError ERR_CLOSED, ERR_TOO_LARGE, ERR_BACKLOG */
  say(message: Payload, owed?: Owed): boolean {
    return this.#dialogue.conduit.send(this.encode(message), owed)
  }

  /** @throws as {@link say}, ERR_QUOTA, and ERR_BAD_REQUEST for what names no event */
  ask([event, ...args]: readonly unknown[], timeoutMs: number, waiting: Waiting): boolean {
    // most requests have no timeout, and a look at the clock costs more than the rest of this
    const deadline = timeoutMs === NEVER ? NEVER : this.#dialogue.now + timeoutMs
    const more = this.asking.ask(eventNameOf(event), args, deadline, waiting)
    this.#dialogue.wakeBy(deadline)
    return more
  }

  /** Emits around the Channel. @throws StarError ERR_CLOSED, ERR_TOO_LARGE */
  volatile(message: Payload): boolean {
    const payload = this.encode(message)
    const { current } = this.#dialogue
    if (this.waits || !current || current.backedUp) return false
    return current.say(VOLATILE_EVENT, payload, true)
  }

  /** @throws StarError ERR_CLOSED, ERR_TOO_LARGE */
  encode(message: Payload): Encoded {
    if (this.#dialogue.over) throw new StarError('ERR_CLOSED')
    return this.#fitting(encodePayload(message))
  }

  async flush(): Promise<void> {
    const { conduit, over } = this.#dialogue
    const { accepted, bufferedMessages } = conduit.channel
    // what is about to be handed back was not received
    if (this.lost?.length) throw new StarError('ERR_INTERRUPTED')
    if (bufferedMessages === 0) return
    if (over) throw new StarError('ERR_CLOSED')
    await this.#flushes.wait(accepted)
  }

  acknowledged(): void {
    this.#flushes.acknowledged(this.#dialogue.conduit.channel.acked)
  }

  /**
   * The session on which all this was is gone, or is not ours any more. What is
   * emitted waits for the next one's welcome, as `waiting` does already.
   */
  renew(waiting: readonly Unacknowledged[], reason?: RenewReason): void {
    // why the first of them was lost is what is told
    if (!this.lost) this.reason = reason
    this.lost = this.unacknowledged()
    // the server will not answer the others any more
    const kept = new Set([...this.lost, ...waiting].map(({ id }) => id))
    this.asking.fail('ERR_INTERRUPTED', (id) => !kept.has(id))
    this.#flushes.fail('ERR_INTERRUPTED')
  }

  /** The welcome came: the messages of the session before are handed back, then everything that waited is sent. */
  welcome(reason: RenewReason): void {
    if (this.lost) this.#handBack(this.lost, this.reason ?? reason)
    const waiting = this.recall()
    this.reason = this.lost = this.waitsFrom = undefined
    // whoever waits until all of it was received would wait for ever
    if (!this.again(waiting)) this.#flushes.fail('ERR_INTERRUPTED')
  }

  /** Takes what waits for a welcome back from the Channel. */
  recall(): Unacknowledged[] {
    return unacknowledgedIn(this.#dialogue.conduit.channel.recall(this.waitsFrom ?? NEVER))
  }

  /** The application's own part of what is not known to have been received. */
  unacknowledged(): Unacknowledged[] {
    const { channel } = this.#dialogue.conduit
    return [...(this.lost ?? []), ...unacknowledgedIn(channel.unacknowledged())]
  }

  close(): void {
    this.asking.fail('ERR_CLOSED')
    this.#flushes.fail('ERR_CLOSED')
  }

  /**
   * Sends what was encoded for another session, or before this one's limits were known; false when some of it cannot be
   * sent.
   */
  again(messages: readonly Unacknowledged[]): boolean {
    let all = true
    for (const each of messages) {
      try {
        this.#dialogue.conduit.send(this.#fitting(each.payload))
      } catch (error) {
        all = false
        this.#giveUp(each, error as Error)
        this.#dialogue.tell('undelivered', error, each.event)
      }
    }
    return all
  }

  #handBack(lost: Unacknowledged[], reason: RenewReason): void {
    const renewal: Renewal = {
      reason,
      unacknowledged: lost.map(({ event }) => event),
      // at once: before what waits
      resend: () => void this.again([...lost.splice(0), ...(lost === this.lost ? this.recall() : [])]),
      drop: () => {
        for (const each of lost.splice(0)) this.#giveUp(each)
      },
    }
    if (!this.#dialogue.tell('renew', renewal)) renewal.drop()
  }

  /** Nobody waits for the response to a request that is not sent again. */
  #giveUp({ id }: Unacknowledged, error: Error = new StarError('ERR_INTERRUPTED')): void {
    if (id) this.asking.settle(id, error)
  }

  #fitting(payload: Encoded): Encoded {
    const most = this.maxMessageBytes
    if (wireBytes(payload, most) <= most) return payload
    throw new StarError('ERR_TOO_LARGE', `more than ${most} bytes`)
  }
}
