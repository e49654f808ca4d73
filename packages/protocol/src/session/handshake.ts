/**
 * Drives a {@link HandshakeTable} for one socket (PROTOCOL.md HS-4 to HS-10).
 * It does not know which side it plays: the table does. No socket, clock or
 * randomness: inputs are methods, each answers with what is to be done now, in
 * order.
 */
import { type ErrorCode, StarError } from '../errors.ts'
import type { HandshakeAction, HandshakeEvent, HandshakeTable } from './handshake-table.ts'
import { STATUS, type Status, statusName } from './status.ts'
import { isToken, mergeTokens, TOKEN_LENGTH } from './token.ts'
import type { CloseReason } from './wire/close.ts'

/** How a socket came to carry its session. */
export type Connected = 'new' | 'resumed' | 'renewed'

/** What the driver of a handshake has to do. `send` is the only output that holds a token. */
export type HandshakeOutput =
  | { readonly do: 'status'; readonly status: Status }
  | { readonly do: 'send'; readonly token: string }
  /** A token needs the session records; only a server's table asks. */
  | { readonly do: 'ask' }
  | { readonly do: 'connected'; readonly how: Connected }
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
  readonly table: HandshakeTable
  /** What this side shows: a token of L characters, or a client's merged token of 2L. A secret. */
  readonly local: string
  /** Hash by which tokens are compared; a server passes SHA-256, a client may pass `(token) => token` (HS-2). */
  readonly digest: (token: string) => string
  /** L; {@link TOKEN_LENGTH} unless told. */
  readonly tokenLength?: number | undefined
}

/** The tokens of a node, as the dop documents list them. Secrets: never log them. */
export interface Tokens {
  readonly token: string | undefined
  readonly local: string
  readonly remote: string | undefined
}

/** The dop machine of one socket. */
export class Handshake {
  readonly #init: HandshakeInit
  readonly #length: number
  readonly #resuming: boolean
  #status: Status
  #remote: string | undefined
  #token: string | undefined
  #opened = false
  #over = false

  constructor(init: HandshakeInit) {
    this.#init = init
    this.#length = init.tokenLength ?? TOKEN_LENGTH
    this.#resuming = init.local.length === 2 * this.#length
    this.#status = this.#resuming ? STATUS.RECONNECTING : STATUS.OPEN
  }

  /** The status on this socket. An identity has a status of its own. */
  get status(): Status {
    return this.#status
  }

  get tokens(): Tokens {
    const { local } = this.#init
    return { token: this.#token ?? (this.#resuming ? local : undefined), local, remote: this.#remote }
  }

  /** The token that both sides share if the handshake goes on as a new connection; undefined before a remote one came. */
  get merged(): string | undefined {
    return this.#remote && mergeTokens(this.#init.local, this.#remote, this.#length)
  }

  /**
   * The socket is connected and the other side is known to speak dop. A second
   * call does nothing. A server whose client did not announce itself leaves
   * this out: the first token that comes does it (HS-5).
   */
  open(): HandshakeOutput[] {
    if (this.#opened) return []
    this.#opened = true
    return this.step('open')
  }

  /** Whatever arrived on the event `dop`. Never throws because of it. */
  receive(value: unknown): HandshakeOutput[] {
    return [...this.open(), ...this.step(this.#classify(value), value)]
  }

  /** Ends the session formally. Nothing happens unless CONNECTED (HS-14). */
  end(): HandshakeOutput[] {
    return this.#status === STATUS.CONNECTED ? this.step('end') : []
  }

  /** Takes one row of the table; drivers call it with the records' `fresh` and `resume` alone. */
  step(on: HandshakeEvent, value?: unknown): HandshakeOutput[] {
    if (this.#over) return []
    const row = this.#init.table[`${statusName(this.#status)} ${on}`]
    if (row === undefined) return this.refuse()
    const [to, ...actions] = row
    const outputs = this.#turn(STATUS[to])
    for (const action of actions) this.#act(outputs, action, on, value)
    return outputs
  }

  /** Gives this socket no session: by default because of a token that does not belong here. */
  refuse(reason: CloseReason = 'protocol', retryable = false): HandshakeOutput[] {
    if (this.#over) return []
    this.close()
    const code = reason === 'protocol' ? 'ERR_HANDSHAKE' : 'ERR_SESSION_REFUSED'
    return [...this.#turn(STATUS.DISCONNECTED), { do: 'refuse', code, reason, retryable }]
  }

  /** The socket is gone, or is not wanted any more. Nothing comes out of this machine again. */
  close(): void {
    this.#over = true
  }

  #turn(status: Status): HandshakeOutput[] {
    if (status === this.#status) return []
    this.#status = status
    return [{ do: 'status', status }]
  }

  #same(value: string, other: string | undefined): boolean {
    const { digest } = this.#init
    return other !== undefined && digest(value) === digest(other)
  }

  #classify(value: unknown): HandshakeEvent {
    const single = isToken(value, this.#length)
    if (!single && !isToken(value, 2 * this.#length)) return 'other'
    if (this.#same(value, this.#token)) return 'merged'
    if (this.#same(value, this.#remote)) return this.#resuming ? 'renewal' : 'remote'
    if (this.#same(value, this.#init.local)) return this.#resuming ? 'shown' : 'own'
    return single ? 'single' : 'double'
  }

  #act(outputs: HandshakeOutput[], action: HandshakeAction, on: HandshakeEvent, value: unknown): void {
    const { local } = this.#init
    switch (action) {
      case 'send-local':
        outputs.push({ do: 'send', token: local })
        break
      case 'send-token':
        outputs.push({ do: 'send', token: this.#token ?? local })
        break
      case 'keep-remote':
        this.#remote = value as string
        break
      case 'ask':
        outputs.push({ do: 'ask' })
        break
      case 'merge':
        this.#token = this.merged
        break
      case 'adopt-local':
        this.#token = local
        break
      case 'adopt-remote':
        this.#token = this.#remote
        break
      case 'connected':
        outputs.push({ do: 'connected', how: this.#how(on) })
        break
      case 'ended':
        this.close()
        outputs.push({ do: 'ended', by: on === 'end' ? 'local' : 'remote' })
        break
      default:
        throw new StarError('ERR_HANDSHAKE', action satisfies never)
    }
  }

  #how(on: HandshakeEvent): Connected {
    if (on === 'resume' || on === 'shown') return 'resumed'
    // one of the two had shown a merged token, and no session came of it
    return this.#resuming || this.#remote?.length === 2 * this.#length ? 'renewed' : 'new'
  }
}
