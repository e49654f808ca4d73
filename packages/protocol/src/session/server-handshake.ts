/**
 * A server's handshake on one socket: the machine, and the look-ups that it
 * needs (PROTOCOL.md HS-6, HS-9). Answers may take their time; tokens that
 * arrive meanwhile wait in line, so that they are handled one after the other.
 */
import { type ErrorCode, StarError } from '../errors.ts'
import { type Connected, Handshake, type HandshakeParty, type Tokens } from './handshake.ts'
import { SERVER_HANDSHAKE } from './server-handshake-table.ts'
import { CONNECTED, DISCONNECTED, type Status } from './status.ts'
import { isToken, TOKEN_LENGTH } from './token.ts'
import type { CloseReason } from './wire/close.ts'

/** Tokens that may wait for a look-up on one socket (HS-9). An honest client never has more than one there. */
export const MAX_WAITING_TOKENS = 4

/**
 * What the session records are asked. Tokens appear as hashes only.
 *
 * - `create`: a client without a session. Make a record under `freshHash`.
 * - `find`: the client showed the token behind `hash`. If it is not to have
 *   that session, make a record under `freshHash`.
 */
export type Question =
  | { readonly kind: 'create'; readonly freshHash: string }
  | { readonly kind: 'find'; readonly hash: string; readonly freshHash: string }

/** The answer to a {@link Question}. `resume` belongs to `find` alone. */
export type Answer =
  | { readonly as: 'fresh' }
  | { readonly as: 'resume' }
  | { readonly as: 'refuse'; readonly reason: CloseReason }

/** What the driver of a server's handshake has to do, in order. `send` is the only output that holds a token. */
export type ServerHandshakeOutput =
  | { readonly do: 'send'; readonly token: string }
  | { readonly do: 'ask'; readonly question: Question }
  /** The socket carries the session behind `hash`. */
  | { readonly do: 'connected'; readonly how: Connected; readonly hash: string }
  | { readonly do: 'ended'; readonly by: 'local' | 'remote' }
  | { readonly do: 'refuse'; readonly code: ErrorCode; readonly reason: CloseReason }

/** What a {@link ServerHandshake} is made of. */
export interface ServerHandshakeInit {
  /** A token of L characters, drawn for this socket. A secret. */
  readonly local: string
  /** Hash by which tokens are compared and looked up: SHA-256 (HS-2). */
  readonly digest: (token: string) => string
  /** L; {@link TOKEN_LENGTH} unless told. */
  readonly tokenLength?: number | undefined
}

/** The server's end of the handshake of one socket. */
export class ServerHandshake implements HandshakeParty {
  readonly #handshake: Handshake
  readonly #digest: (token: string) => string
  #opened = false
  #asking: Question['kind'] | undefined
  #waiting: unknown[] = []
  #outputs: ServerHandshakeOutput[] = []

  constructor(init: ServerHandshakeInit) {
    const { local, digest, tokenLength: length = TOKEN_LENGTH } = init
    if (!isToken(local, length)) {
      throw new StarError('ERR_HANDSHAKE', 'the local token is not a token')
    }
    this.#handshake = new Handshake(SERVER_HANDSHAKE, this, 0, local, length)
    this.#digest = digest
  }

  /** The status on this socket. The session has a status of its own. */
  get status(): Status {
    return this.#handshake.status
  }

  get tokens(): Tokens {
    return this.#handshake
  }

  /** The client announced itself: sends our token. A second call does nothing, and the first token that comes does it too (HS-5). */
  open(): ServerHandshakeOutput[] {
    if (!this.#opened) this.#handshake.step('open')
    this.#opened = true
    return this.#done()
  }

  /** Whatever arrived on the event `dop`. Never throws because of it. */
  receive(value: unknown): ServerHandshakeOutput[] {
    const outputs = this.open()
    if (this.#asking === undefined) this.#step(value)
    else if (this.#waiting.length >= MAX_WAITING_TOKENS) this.#refuse()
    else this.#waiting.push(value)
    return [...outputs, ...this.#done()]
  }

  /**
   * The answer to what `ask` asked, then whatever waited for it. After
   * {@link close} it does nothing: the socket may be gone.
   * @throws StarError `ERR_HANDSHAKE` when nothing was asked, or `resume` answers a `create`
   */
  answer(answer: Answer): ServerHandshakeOutput[] {
    const asked = this.#asking
    if (asked === undefined || (answer.as === 'resume' && asked === 'create')) {
      throw new StarError('ERR_HANDSHAKE', 'there is no such question')
    }
    this.#asking = undefined
    if (answer.as === 'refuse') this.#refuse(answer.reason)
    else this.#handshake.step(answer.as)
    const outputs = this.#done()
    for (const value of this.#waiting.splice(0)) outputs.push(...this.receive(value))
    return outputs
  }

  /** Ends the session formally. Nothing happens unless CONNECTED (HS-14). */
  end(): ServerHandshakeOutput[] {
    if (this.status === CONNECTED) this.#handshake.step('end')
    return this.#done()
  }

  /** The socket is gone, or is not wanted any more. Nothing comes out of this machine again. */
  close(): void {
    this.#handshake.status = DISCONNECTED
    this.#waiting = []
  }

  // What its machine tells it.

  send(_: Handshake, token: string): void {
    this.#outputs.push({ do: 'send', token })
  }

  ask(): void {
    this.#outputs.push({ do: 'ask', question: this.#question() })
  }

  connected({ token = '' }: Handshake, how: Connected): void {
    this.#outputs.push({ do: 'connected', how, hash: this.#digest(token) })
  }

  ended(isOurs: boolean): void {
    this.#outputs.push({ do: 'ended', by: isOurs ? 'local' : 'remote' })
  }

  broken(): void {
    this.#outputs.push({ do: 'refuse', code: 'ERR_HANDSHAKE', reason: 'protocol' })
  }

  #step(value: unknown): void {
    const digest = this.#digest
    const is = (token = ''): boolean => digest(token) === digest(String(value))
    this.#handshake.step(this.#handshake.read(value, is), value)
  }

  /** Gives this socket no session: by default because of a token that does not belong here. */
  #refuse(reason: CloseReason = 'protocol'): void {
    if (this.status === DISCONNECTED) return
    this.#handshake.status = DISCONNECTED
    const code = reason === 'protocol' ? 'ERR_HANDSHAKE' : 'ERR_SESSION_REFUSED'
    this.#outputs.push({ do: 'refuse', code, reason })
  }

  #done(): ServerHandshakeOutput[] {
    const outputs = this.#outputs
    this.#outputs = []
    return outputs
  }

  #question(): Question {
    const { local, merged = '', remote = '' } = this.#handshake
    const freshHash = this.#digest(merged)
    const kind = remote.length === local.length ? 'create' : 'find'
    this.#asking = kind
    return kind === 'create' ? { kind, freshHash } : { kind, hash: this.#digest(remote), freshHash }
  }
}
