import { StarError } from '@socket-star/protocol'
import { DEFAULT_BACKLOG_BYTES, DEFAULT_BACKLOG_MESSAGES, type Owed } from '@socket-star/protocol/channel'
import {
  Asking,
  DEFAULT_MESSAGE_BYTES,
  type Encoded,
  encodePayload,
  Flushes,
  type Payload,
  payloadBytes,
  VOLATILE_EVENT,
  type Waiting,
  wireBytes,
} from '@socket-star/protocol/session'
import type { Dialogue } from './dialogue.ts'
import { LostMessages } from './lost-messages.ts'
import type { Saved } from './saved.ts'
import type { Renewal, RenewReason } from './types.ts'

const NEVER = Infinity

/** What the application emits, from the call to the Channel, across renewals: their lifetime is the wrapper's. */
export class Outgoing {
  readonly asking: Asking
  /**
   * What was emitted and is in no Channel yet: before a welcome nobody knows
   * how large a message may be (SES-15). Undefined once it has come.
   */
  waiting: Encoded[] | undefined
  /** Of a session that is gone: handed back when the next one's welcome has come. */
  lost: LostMessages | undefined
  /** Why it is gone, unless the server says so. */
  reason: RenewReason | undefined
  /** The largest message that the server takes. */
  maxMessageBytes = DEFAULT_MESSAGE_BYTES
  readonly #dialogue: Dialogue
  readonly #flushes = new Flushes()
  #waitingBytes = 0
  /** Messages that were accepted, in all sessions. */
  #emitted: number
  #over = false

  /** `saved`: of an earlier document, whose session goes on. */
  constructor(dialogue: Dialogue, saved: Saved | undefined) {
    this.#dialogue = dialogue
    this.asking = new Asking((message) => this.say(message), saved?.lastRequest)
    this.#emitted = dialogue.conduit.channel.bufferedMessages
    this.#wait(saved?.waiting)
    if (saved?.lost) this.lost = new LostMessages(saved.lost)
    this.reason = saved?.reason
  }

  /** Bytes that the server has not acknowledged. */
  get bufferedBytes(): number {
    return this.#dialogue.conduit.channel.bufferedBytes + this.#waitingBytes
  }

  /** @throws StarError ERR_CLOSED, ERR_TOO_LARGE, ERR_BACKLOG */
  say(message: Payload, owed?: Owed): boolean {
    // what is owed is of a session that has had its welcome
    return this.#send(this.encode(message), owed ? undefined : this.waiting, owed)
  }

  /** @throws as {@link say}, and ERR_QUOTA */
  ask(name: string, args: readonly unknown[], timeoutMs: number, waiting: Waiting): boolean {
    // most requests have no timeout, and a look at the clock costs more than the rest of this
    const deadline = timeoutMs === NEVER ? NEVER : this.#dialogue.now + timeoutMs
    const more = this.asking.ask(name, args, deadline, waiting)
    this.#dialogue.wakeBy(deadline)
    return more
  }

  /** Emits around the Channel. @throws StarError ERR_CLOSED, ERR_TOO_LARGE */
  volatile(message: Payload): boolean {
    const payload = this.encode(message)
    const { current } = this.#dialogue.conduit
    if (this.waiting || !current || current.backedUp) return false
    return current.say(VOLATILE_EVENT, payload, true)
  }

  /** @throws StarError ERR_CLOSED, ERR_TOO_LARGE */
  encode(message: Payload): Encoded {
    if (this.#over) throw new StarError('ERR_CLOSED')
    return this.#fitting(encodePayload(message))
  }

  flush(): Promise<void> {
    // what is about to be handed back was not received
    if (this.lost?.payloads.length) return Promise.reject(new StarError('ERR_INTERRUPTED'))
    if (this.#outstanding === 0) return Promise.resolve()
    if (this.#over) return Promise.reject(new StarError('ERR_CLOSED'))
    return this.#flushes.wait(this.#emitted)
  }

  acknowledged(): void {
    this.#flushes.acknowledged(this.#emitted - this.#outstanding)
  }

  /** The session on which all this was is gone, or is not ours any more. What is emitted waits for the next one's welcome. */
  renew(reason?: RenewReason): void {
    const lost = new LostMessages([...(this.lost?.take() ?? []), ...this.#unacknowledged])
    this.lost = lost
    this.reason = reason ?? this.reason
    if (!this.waiting) this.#wait()
    // the server will not answer the others any more
    this.asking.fail('ERR_INTERRUPTED', (id) => !lost.requests.includes(id))
    this.#flushes.close(new StarError('ERR_INTERRUPTED'))
  }

  /** The session of an earlier document is not this one's: nothing of it was emitted here but what waits. */
  startAfresh(): void {
    this.#emitted = this.waiting?.length ?? 0
  }

  /** The welcome came: the messages of the session before are handed back, then everything that waited is sent. */
  welcome(reason: RenewReason): void {
    const { waiting = [] } = this
    if (this.lost) this.#handBack(this.lost, this.reason ?? reason)
    this.reason = this.lost = this.waiting = undefined
    this.#waitingBytes = 0
    this.#emitted -= waiting.length
    const fit = waiting.map((payload) => this.#again(payload)).every((more) => more)
    if (waiting.length > 0 && fit) this.#dialogue.inbound.tell('drain')
    this.acknowledged()
  }

  /** The application's own part of what is not known to have been received, as it was emitted. */
  unacknowledgedEvents(): unknown[][] {
    const lost = this.lost?.take() ?? []
    return new LostMessages([...lost, ...this.#unacknowledged, ...(this.waiting ?? [])]).events
  }

  close(): void {
    this.#over = true
    this.asking.fail('ERR_CLOSED')
    this.#flushes.close()
  }

  #handBack(lost: LostMessages, reason: RenewReason): void {
    // what is sent again in here goes before what waits
    let handing = true
    const renewal: Renewal = {
      reason,
      unacknowledged: lost.events,
      resend: () => {
        for (const payload of lost.take()) this.#again(payload, handing ? undefined : this.waiting)
      },
      drop: () => lost.drop(this.asking),
    }
    if (!this.#dialogue.inbound.tell('renew', renewal)) renewal.drop()
    handing = false
  }

  /** Sends what was encoded for another session, or before this one's limits were known. */
  #again(payload: Encoded, waiting?: Encoded[]): boolean {
    try {
      return this.#send(waiting ? payload : this.#fitting(payload), waiting)
    } catch (error) {
      const lost = new LostMessages([payload])
      lost.drop(this.asking, error as Error)
      this.#dialogue.inbound.tell('undelivered', error, ...lost.events)
      return true
    }
  }

  /** Takes a message, into the Channel or to what waits. @throws StarError ERR_BACKLOG past what a Channel would keep */
  #send(payload: Encoded, waiting: Encoded[] | undefined, owed?: Owed): boolean {
    let more = false
    if (waiting) {
      const bytes = this.#waitingBytes + payloadBytes(payload)
      if (waiting.length >= DEFAULT_BACKLOG_MESSAGES || bytes > DEFAULT_BACKLOG_BYTES)
        throw new StarError('ERR_BACKLOG')
      waiting.push(payload)
      this.#waitingBytes = bytes
    } else more = this.#dialogue.conduit.send(payload, owed)
    this.#emitted += 1
    return more
  }

  #wait(payloads: readonly Encoded[] = []): void {
    this.waiting = []
    for (const payload of payloads) this.#send(payload, this.waiting)
  }

  #fitting(payload: Encoded): Encoded {
    const most = this.maxMessageBytes
    if (wireBytes(payload, most) <= most) return payload
    throw new StarError('ERR_TOO_LARGE', `a message may have ${most} bytes at most`)
  }

  get #unacknowledged(): Encoded[] {
    return this.#dialogue.conduit.channel.unacknowledged()
  }

  /** Messages that were accepted and are not acknowledged. */
  get #outstanding(): number {
    return this.#dialogue.conduit.channel.bufferedMessages + (this.waiting?.length ?? 0)
  }
}
