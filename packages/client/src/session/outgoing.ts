import { StarError } from '@socket-star/protocol'
import {
  Asking,
  type Conduit,
  DEFAULT_MESSAGE_BYTES,
  type Encoded,
  encodePayload,
  Flushes,
  type Payload,
  type Waiting,
  wireBytes,
} from '@socket-star/protocol/session'
import { Anteroom } from './anteroom.ts'
import type { Line } from './line.ts'
import { LostMessages } from './lost-messages.ts'
import type { Saved } from './saved.ts'
import type { Renewal, RenewReason } from './types.ts'

/** What {@link Outgoing} tells its session. */
export interface OutgoingOwner {
  tell(event: string, ...args: unknown[]): void
  /** Whether anybody listens to an event. */
  hears(event: string): boolean
}

/** What the application emits, from the call to the Channel, across renewals: their lifetime is the wrapper's. */
export class Outgoing {
  /** The present session's; a renewal brings another. */
  conduit: Conduit<Line>
  readonly asking: Asking
  readonly #owner: OutgoingOwner
  readonly #flushes = new Flushes()
  /** Where messages wait for a welcome; undefined once it has come. */
  #anteroom: Anteroom | undefined
  #lost: LostMessages | undefined
  /** Messages that were accepted, in all sessions. */
  #emitted = 0
  #maxMessageBytes = DEFAULT_MESSAGE_BYTES
  #over = false
  #handing = false

  /** `saved`: of an earlier document, whose session goes on. */
  constructor(conduit: Conduit<Line>, owner: OutgoingOwner, saved: Saved | undefined) {
    this.conduit = conduit
    this.#owner = owner
    this.asking = new Asking((message) => this.say(message), saved?.lastRequest)
    this.#emitted = conduit.channel.bufferedMessages
    const anteroom = new Anteroom()
    for (const payload of saved?.waiting ?? []) this.#wait(anteroom, payload)
    this.#anteroom = anteroom
  }

  /** Bytes that the server has not acknowledged. */
  get bufferedBytes(): number {
    return this.conduit.channel.bufferedBytes + (this.#anteroom?.bytes ?? 0)
  }

  /** Whether a welcome is waited for. */
  get waits(): boolean {
    return this.#anteroom !== undefined
  }

  /** What is in no Channel yet. */
  get waiting(): readonly Encoded[] {
    return this.#anteroom?.messages ?? []
  }

  /** @throws StarError ERR_CLOSED, ERR_TOO_LARGE, ERR_BACKLOG */
  say(message: Payload): boolean {
    const payload = this.encode(message)
    if (this.#anteroom === undefined) return this.#send(payload)
    return this.#wait(this.#anteroom, payload)
  }

  /** @throws as {@link say}, and ERR_QUOTA */
  ask(name: string, args: readonly unknown[], deadline: number, waiting: Waiting): boolean {
    return this.asking.ask(name, args, deadline, waiting)
  }

  /** @throws StarError ERR_CLOSED, ERR_TOO_LARGE */
  encode(message: Payload): Encoded {
    if (this.#over) throw new StarError('ERR_CLOSED', 'the session is over')
    const payload = encodePayload(message)
    if (this.#fits(payload)) return payload
    throw tooLarge(this.#maxMessageBytes)
  }

  flush(): Promise<void> {
    if (this.#outstanding === 0) return Promise.resolve()
    if (this.#over) return Promise.reject(new StarError('ERR_CLOSED'))
    return this.#flushes.wait(this.#emitted)
  }

  acknowledged(): void {
    this.#flushes.acknowledged(this.#emitted - this.#outstanding)
  }

  /** The session on which all this was is gone, or is not ours any more. What is emitted waits for the next one's welcome. */
  renew(conduit: Conduit<Line>, reason?: RenewReason): void {
    const payloads = [...(this.#lost?.take() ?? []), ...this.conduit.channel.unacknowledged()]
    this.#lost = new LostMessages(payloads, this.asking, reason ?? this.#lost?.reason)
    this.#lost.interruptOthers()
    this.conduit = conduit
    this.#anteroom ??= new Anteroom()
    this.#flushes.close(new StarError('ERR_INTERRUPTED', 'the session was renewed'))
  }

  /** The session of an earlier document is not this one's: nothing of it was emitted here but what waits. */
  startAfresh(conduit: Conduit<Line>): void {
    this.conduit = conduit
    this.#emitted = this.#anteroom?.messages.length ?? 0
  }

  /** What may be sent is known again, or has changed. */
  limit(maxMessageBytes: number): void {
    this.#maxMessageBytes = maxMessageBytes
  }

  /** The welcome came: the messages of the session before are handed back, then everything that waited is sent. */
  welcome(reason: RenewReason): void {
    const lost = this.#lost
    const waiting = this.#anteroom?.messages ?? []
    this.#lost = undefined
    if (lost !== undefined) this.#handBack(lost, lost.reason ?? reason)
    this.#anteroom = undefined
    this.#emitted -= waiting.length
    let fit = true
    for (const payload of waiting) fit = this.#again(payload) && fit
    if (waiting.length > 0 && fit) this.#owner.tell('drain')
    this.acknowledged()
  }

  /** Everything that is not known to have been received. */
  unacknowledged(): Encoded[] {
    return [...this.conduit.channel.unacknowledged(), ...(this.#anteroom?.messages ?? [])]
  }

  /** The application's own part of it, as it was emitted. */
  unacknowledgedEvents(): unknown[][] {
    return new LostMessages(this.unacknowledged(), this.asking).events
  }

  close(): void {
    this.#over = true
    this.asking.fail('ERR_CLOSED')
    this.#flushes.close()
  }

  #handBack(lost: LostMessages, reason: RenewReason): void {
    // what is sent again in here goes before what waits
    this.#handing = true
    const renewal: Renewal = {
      reason,
      unacknowledged: lost.events,
      resend: () => {
        for (const payload of lost.take()) this.#again(payload)
      },
      drop: () => lost.drop(),
    }
    if (this.#owner.hears('renew')) this.#owner.tell('renew', renewal)
    else lost.drop()
    this.#handing = false
  }

  #send(payload: Encoded): boolean {
    const more = this.conduit.send(payload)
    this.#emitted += 1
    return more
  }

  #wait(anteroom: Anteroom, payload: Encoded): boolean {
    anteroom.push(payload)
    this.#emitted += 1
    return false
  }

  /** Sends what was encoded for another session, or before this one's limits were known. */
  #again(payload: Encoded): boolean {
    try {
      if (this.#anteroom !== undefined && !this.#handing) return this.#wait(this.#anteroom, payload)
      if (!this.#fits(payload)) throw tooLarge(this.#maxMessageBytes)
      return this.#send(payload)
    } catch (error) {
      const lost = new LostMessages([payload], this.asking)
      lost.drop(error as Error)
      this.#owner.tell('undelivered', error, ...lost.events)
      return true
    }
  }

  #fits(payload: Encoded): boolean {
    return wireBytes(payload, this.#maxMessageBytes) <= this.#maxMessageBytes
  }

  /** Messages that were accepted and are not acknowledged. */
  get #outstanding(): number {
    return this.conduit.channel.bufferedMessages + (this.#anteroom?.messages.length ?? 0)
  }
}

function tooLarge(bytes: number): StarError {
  return new StarError('ERR_TOO_LARGE', `a message may have ${bytes} bytes at most`)
}
