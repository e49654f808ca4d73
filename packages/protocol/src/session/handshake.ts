/**
 * Drives a {@link HandshakeTable} for one socket (PROTOCOL.md HS-4 to HS-10).
 * It does not know which side it plays: the table does. No socket, clock or
 * randomness: inputs are methods, and what is to be done is told to its party,
 * at once and in order.
 */
import type { HandshakeEvent, HandshakeTable } from './handshake-table.ts'
import { CONNECTED, DISCONNECTED, OPEN, RECONNECTING, type Status } from './status.ts'
import { isToken, mergeTokens } from './token.ts'
import type { CloseReason } from './wire/close.ts'

/** How a socket came to carry its session. */
export type Connected = 'new' | 'resumed' | 'renewed'

/** Whom a {@link Handshake} tells what has to be done. */
export interface HandshakeParty<S = unknown> {
  /** Send a token: nothing else that is told holds one. */
  send(handshake: Handshake<S>, token: string): void
  /** A token needs the session records; only a server's table asks. */
  ask?(): void
  connected(handshake: Handshake<S>, how: Connected): void
  /** The formal disconnection: `by` the other side, or by ours. Close the socket. */
  ended(by: 'local' | 'remote'): void
  /** Tell the other side why, and close the socket. */
  refused(handshake: Handshake<S>, reason: CloseReason, retryable: boolean): void
}

/** The tokens of a node, as the dop documents list them. Secrets: never log them. */
export interface Tokens {
  readonly token: string | undefined
  readonly local: string
  readonly remote: string | undefined
}

/** The dop machine of one socket. */
export class Handshake<S = unknown> implements Tokens {
  /** The driver's name for its socket. */
  readonly socket: S
  readonly local: string
  remote: string | undefined
  /** The session's, or the one that is shown to have it back. */
  token: string | undefined
  /** The status on this socket. An identity has a status of its own. */
  status: Status = OPEN
  /** The socket is gone, or is not wanted any more: nothing comes out of this machine again. */
  over = false
  readonly #table: HandshakeTable
  readonly #party: HandshakeParty
  readonly #digest: (token: string) => string
  readonly #length: number

  /**
   * @param local what this side shows: a token of `length` characters, or a client's merged token of twice as many. A secret
   * @param digest hash by which tokens are compared; a server passes SHA-256, a client need not (HS-2)
   */
  constructor(
    table: HandshakeTable,
    party: HandshakeParty,
    socket: S,
    local: string,
    length: number,
    digest: (token: string) => string = (token) => token,
  ) {
    this.#table = table
    this.#party = party
    this.socket = socket
    this.local = local
    this.#length = length
    this.#digest = digest
    if (local.length > length) {
      this.token = local
      this.status = RECONNECTING
    }
  }

  /** The token that both sides share if the handshake goes on as a new connection; undefined before a remote one came. */
  get merged(): string | undefined {
    return this.remote && mergeTokens(this.local, this.remote, this.#length)
  }

  /** What a value means that arrived on the event `dop`. */
  read(value: unknown): HandshakeEvent {
    const length = this.#length
    if (!isToken(value, length, 2 * length)) return 'other'
    const hash = this.#digest(value)
    const is = (token = ''): boolean => hash === this.#digest(token)
    if (is(this.token)) return 'merged'
    if (is(this.remote)) return this.local.length > length ? 'renewal' : 'remote'
    if (is(this.local)) return 'own'
    return value.length === length ? 'single' : 'double'
  }

  /** Takes one row of the table. */
  step(on: HandshakeEvent, value?: unknown): void {
    if (this.over) return
    const [to, ...actions] = this.#table[this.status]?.[on] ?? []
    if (to !== undefined) {
      this.status = to
      for (const act of actions) act(this, this.#party, on, value)
    } else this.refuse()
  }

  /** Ends the session formally. Nothing happens unless CONNECTED (HS-14). */
  end(): void {
    if (this.status === CONNECTED) this.step('end')
  }

  /** Gives this socket no session: by default because of a token that does not belong here. */
  refuse(reason: CloseReason = 'protocol', retryable = false): void {
    if (this.over) return
    this.over = true
    this.status = DISCONNECTED
    this.#party.refused(this, reason, retryable)
  }
}
