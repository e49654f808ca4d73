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
  /** What was handed back just now, and is to be sent again before what waits: in no Channel yet. */
  readonly #first: Unacknowledged[] = []
  /** Messages that were accepted, in all sessions. */
  #emitted: number

  /** `saved`: of an earlier document, whose session goes on. */
  constructor(dialogue: Dialogue, saved: Saved | undefined) {
    const { accepted, bufferedMessages } = dialogue.conduit.channel
    this.#dialogue = dialogue
    this.asking = new Asking((message) => this.say(message), saved?.lastRequest)
    this.#emitted = bufferedMessages
    this.waitsFrom = saved?.waitsFrom ?? accepted
    this.lost = saved?.lost && unacknowledgedIn(saved.lost)
    this.reason = saved?.reason
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
    return this.#send(this.encode(message), owed)
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
    // what is about to be handed back was not received
    if (this.lost?.length) throw new StarError('ERR_INTERRUPTED')
    if (this.#outstanding === 0) return
    if (this.#dialogue.over) throw new StarError('ERR_CLOSED')
    await this.#flushes.wait(this.#emitted)
  }

  acknowledged(): void {
    this.#flushes.acknowledged(this.#emitted - this.#outstanding)
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
    const waiting = [...this.#first.splice(0), ...this.recall()]
    this.reason = this.lost = this.waitsFrom = undefined
    this.#emitted -= waiting.length
    const sent = waiting.filter((each) => this.#again(each))
    // whoever waits until all of it was received would wait for ever
    if (sent.length < waiting.length) this.#flushes.fail('ERR_INTERRUPTED')
    this.acknowledged()
  }

  /** Takes what waits for a welcome back from the Channel. */
  recall(): Unacknowledged[] {
    return unacknowledgedIn(this.#dialogue.conduit.channel.recall(this.waitsFrom ?? NEVER))
  }

  /** The application's own part of what is not known to have been received. */
  unacknowledged(): Unacknowledged[] {
    const { channel } = this.#dialogue.conduit
    return [...(this.lost ?? []), ...this.#first, ...unacknowledgedIn(channel.unacknowledged())]
  }

  close(): void {
    this.asking.fail('ERR_CLOSED')
    this.#flushes.fail('ERR_CLOSED')
  }

  #handBack(lost: Unacknowledged[], reason: RenewReason): void {
    let again = (each: Unacknowledged): unknown => {
      this.#emitted += 1
      return this.#first.push(each)
    }
    const once = (act: (each: Unacknowledged) => void) => (): void => lost.splice(0).forEach(act)
    const renewal: Renewal = {
      reason,
      unacknowledged: lost.map(({ event }) => event),
      resend: once((each) => again(each)),
      drop: once((each) => this.#giveUp(each)),
    }
    if (!this.#dialogue.tell('renew', renewal)) renewal.drop()
    again = (each) => this.#again(each)
  }

  /** Sends what was encoded for another session, or before this one's limits were known; false when it cannot be sent. */
  #again(each: Unacknowledged): boolean {
    try {
      this.#send(this.#fitting(each.payload))
      return true
    } catch (error) {
      this.#giveUp(each, error as Error)
      this.#dialogue.tell('undelivered', error, each.event)
      return false
    }
  }

  /** Nobody waits for the response to a request that is not sent again. */
  #giveUp({ id }: Unacknowledged, error: Error = new StarError('ERR_INTERRUPTED')): void {
    if (id) this.asking.settle(id, error)
  }

  /** @throws StarError ERR_BACKLOG */
  #send(payload: Encoded, owed?: Owed): boolean {
    const more = this.#dialogue.conduit.send(payload, owed)
    this.#emitted += 1
    return more
  }

  #fitting(payload: Encoded): Encoded {
    const most = this.maxMessageBytes
    if (wireBytes(payload, most) <= most) return payload
    throw new StarError('ERR_TOO_LARGE', `more than ${most} bytes`)
  }

  /** Messages that were accepted and are not acknowledged. */
  get #outstanding(): number {
    return this.#dialogue.conduit.channel.bufferedMessages + this.#first.length
  }
}
