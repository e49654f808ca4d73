/**
 * Drives {@link HANDSHAKE_TABLE} for one socket (PROTOCOL.md HS-4 to HS-10).
 * No socket, clock or randomness: inputs are methods, each answers with what
 * is to be done now, in order.
 */
import { type ErrorCode, StarError } from '../errors.ts'
import {
  HANDSHAKE_TABLE,
  type HandshakeAction,
  type HandshakeEvent,
  type HandshakeRow,
} from './handshake-table.ts'
import { type Side, STATUS, type Status, statusName } from './status.ts'
import { isToken, mergeTokens, TOKEN_LENGTH } from './token.ts'
import type { CloseReason } from './wire/close.ts'

/** Tokens that may wait for a look-up on one socket (HS-9). An honest client never has more than one there. */
export const MAX_WAITING_TOKENS = 4

/** How a socket came to carry its session. */
export type Connected = 'new' | 'resumed' | 'renewed'

/**
 * What the server's machine asks its session records. Tokens appear as hashes only.
 *
 * - `create`: a client without a session. Make a record under `freshHash`.
 * - `find`: the client showed the token behind `hash`. If it is not known, make
 *   a record under `freshHash`.
 */
export type Question =
  | { readonly kind: 'create'; readonly freshHash: string }
  | { readonly kind: 'find'; readonly hash: string; readonly freshHash: string }

/** The answer to a {@link Question}. `resume` belongs to `find` alone. */
export type Answer =
  | { readonly as: 'fresh' }
  | { readonly as: 'resume' }
  | { readonly as: 'refuse'; readonly reason: CloseReason; readonly retryable: boolean }

/** What the driver of a handshake has to do. `send` is the only output that holds a token. */
export type HandshakeOutput =
  | { readonly do: 'send'; readonly token: string }
  | { readonly do: 'ask'; readonly question: Question }
  | { readonly do: 'status'; readonly status: Status }
  | { readonly do: 'connected'; readonly how: Connected; readonly hash: string }
  /** The formal disconnection: `by` the other side, or by ours. Close the socket. */
  | { readonly do: 'ended'; readonly by: 'local' | 'remote' }
  /** Tell the other side why, and close the socket. */
  | {
      readonly do: 'refuse'
      readonly code: ErrorCode
      readonly reason: CloseReason
      readonly retryable: boolean
    }

/** What a {@link Handshake} is made of. */
export interface HandshakeInit {
  readonly side: Side
  /** What this side shows: a token of L characters, or a client's merged token of 2L. A secret. */
  readonly local: string
  /** Hash by which tokens are compared and looked up; a server passes SHA-256 (HS-2). */
  readonly digest: (token: string) => string
  /** L; {@link TOKEN_LENGTH} unless told. */
  readonly tokenLength?: number
}

const rows = new Map<string, HandshakeRow>(
  HANDSHAKE_TABLE.map((row) => [`${row.side} ${row.from} ${row.on}`, row]),
)

/** The dop machine of one socket. It does not know which side it plays: the table does. */
export class Handshake {
  readonly #side: Side
  readonly #length: number
  readonly #digest: (token: string) => string
  readonly #local: string
  readonly #resuming: boolean
  readonly #waiting: unknown[] = []
  #status: Status
  #remote: string | undefined
  #token: string | undefined
  #opened = false
  #asking: Question['kind'] | undefined
  #over = false

  constructor(init: HandshakeInit) {
    this.#side = init.side
    this.#length = init.tokenLength ?? TOKEN_LENGTH
    this.#digest = init.digest
    this.#local = init.local
    this.#resuming = init.local.length === 2 * this.#length
    if (!isToken(init.local, (this.#resuming && init.side === 'client' ? 2 : 1) * this.#length)) {
      throw new StarError('ERR_HANDSHAKE', 'the local token is not a token')
    }
    this.#status = this.#resuming ? STATUS.RECONNECTING : STATUS.OPEN
  }

  /** The status on this socket. An identity has a status of its own. */
  get status(): Status {
    return this.#status
  }

  /** The tokens as the dop documents list them. Secrets: never log them. */
  get tokens(): { token: string | undefined; local: string; remote: string | undefined } {
    const token = this.#token ?? (this.#resuming ? this.#local : undefined)
    return { token, local: this.#local, remote: this.#remote }
  }

  /** The token that the two sides would share if the handshake went on as a new connection. */
  get merged(): string | undefined {
    return this.#remote === undefined ? undefined : mergeTokens(this.#local, this.#remote, this.#length)
  }

  /**
   * The socket is connected and the other side is known to speak dop. A second
   * call does nothing. A server whose client did not announce itself leaves
   * this out: the first token that comes does it (HS-5).
   */
  open(): HandshakeOutput[] {
    if (this.#opened || this.#over) return []
    this.#opened = true
    return this.#step('open')
  }

  /** Whatever arrived on the event `dop`. Never throws because of it. */
  receive(value: unknown): HandshakeOutput[] {
    if (this.#over) return []
    if (this.#asking !== undefined) {
      if (this.#waiting.length >= MAX_WAITING_TOKENS) return this.#refuse()
      this.#waiting.push(value)
      return []
    }
    const outputs = this.open()
    outputs.push(...this.#step(this.#classify(value), value))
    return outputs
  }

  /** The answer to what `ask` asked, then whatever waited for it. Too late is no error: the socket may be gone. */
  answer(answer: Answer): HandshakeOutput[] {
    if (this.#over) return []
    if (this.#asking === undefined || (answer.as === 'resume' && this.#asking === 'create')) {
      throw new StarError('ERR_HANDSHAKE', 'there is no such question')
    }
    this.#asking = undefined
    if (answer.as === 'refuse') return this.#refuse(answer.reason, answer.retryable)
    const outputs = this.#step(answer.as)
    for (const value of this.#waiting.splice(0)) outputs.push(...this.receive(value))
    return outputs
  }

  /** Ends the session formally. Nothing happens unless CONNECTED (HS-14). */
  end(): HandshakeOutput[] {
    return this.#status === STATUS.CONNECTED && !this.#over ? this.#step('end') : []
  }

  /** The socket is gone, or is not wanted any more. Nothing comes out of this machine again. */
  close(): void {
    this.#over = true
    this.#waiting.length = 0
  }

  #same(value: string, other: string | undefined): boolean {
    return other !== undefined && this.#digest(value) === this.#digest(other)
  }

  #classify(value: unknown): HandshakeEvent {
    const single = isToken(value, this.#length)
    if (!single && !isToken(value, 2 * this.#length)) return 'other'
    if (this.#same(value, this.#token)) return 'merged'
    if (this.#same(value, this.#remote)) return this.#resuming ? 'renewal' : 'remote'
    if (this.#same(value, this.#local)) return this.#resuming ? 'shown' : 'own'
    return single ? 'single' : 'double'
  }

  #step(on: HandshakeEvent, value?: unknown): HandshakeOutput[] {
    const row = rows.get(`${this.#side} ${statusName(this.#status)} ${on}`)
    if (row === undefined) return this.#refuse()
    const outputs: HandshakeOutput[] = []
    const before = this.#status
    this.#status = STATUS[row.to]
    for (const action of row.act) {
      const output = this.#act(action, on, value)
      if (output !== undefined) outputs.push(output)
    }
    if (before !== this.#status) {
      // before 'connected' and 'ended', so that who listens to those sees the status they stand for
      const last = outputs.at(-1)
      const at = last?.do === 'connected' || last?.do === 'ended' ? outputs.length - 1 : outputs.length
      outputs.splice(at, 0, { do: 'status', status: this.#status })
    }
    return outputs
  }

  #act(action: HandshakeAction, on: HandshakeEvent, value: unknown): HandshakeOutput | undefined {
    switch (action) {
      case 'send-local':
        return { do: 'send', token: this.#local }
      case 'send-token':
        return { do: 'send', token: this.#token ?? '' }
      case 'keep-remote':
        this.#remote = value as string
        return undefined
      case 'ask':
        return { do: 'ask', question: this.#question(on === 'double') }
      case 'merge':
        this.#token = this.merged
        return undefined
      case 'adopt':
        this.#token = this.#side === 'client' ? this.#local : this.#remote
        return undefined
      case 'connected':
        return { do: 'connected', how: this.#how(on), hash: this.#digest(this.#token ?? '') }
      case 'ended':
        this.close()
        return { do: 'ended', by: on === 'end' ? 'local' : 'remote' }
      default:
        return action satisfies never
    }
  }

  #question(find: boolean): Question {
    const freshHash = this.#digest(this.merged ?? '')
    this.#asking = find ? 'find' : 'create'
    return find
      ? { kind: 'find', hash: this.#digest(this.#remote ?? ''), freshHash }
      : { kind: 'create', freshHash }
  }

  #how(on: HandshakeEvent): Connected {
    if (on === 'resume' || on === 'shown') return 'resumed'
    return on === 'renewal' || this.#remote?.length === 2 * this.#length ? 'renewed' : 'new'
  }

  #refuse(reason: CloseReason = 'protocol', retryable = false): HandshakeOutput[] {
    this.close()
    this.#status = STATUS.DISCONNECTED
    return [
      { do: 'status', status: this.#status },
      {
        do: 'refuse',
        code: reason === 'protocol' ? 'ERR_HANDSHAKE' : 'ERR_SESSION_REFUSED',
        reason,
        retryable,
      },
    ]
  }
}
