/**
 * Drives a {@link HandshakeTable} for one socket (PROTOCOL.md HS-4 to HS-10).
 * It does not know which side it plays: the table does. No socket, clock or
 * randomness: inputs are methods, and what is to be done is told to its party,
 * at once and in order.
 */
import { type HandshakeEvent, type HandshakeTable, REFUSED } from './handshake-table.ts'
import { DISCONNECTED, OPEN, RECONNECTING, type Status } from './status.ts'
import { isToken, mergeTokens } from './token.ts'

/** How a socket came to carry its session. */
export type Connected = 'new' | 'resumed' | 'renewed'

/** Whom a {@link Handshake} tells what has to be done. */
export interface HandshakeParty<S = unknown> {
  /** Send a token: nothing else that is told holds one. */
  send(handshake: Handshake<S>, token: string): void
  /** A token needs the session records; only a server's table asks. */
  ask?(): void
  connected(handshake: Handshake<S>, how: Connected): void
  /** The formal disconnection, of our side or of the other one. Close the socket. */
  ended(isOurs: boolean): void
  /** A token came that does not belong here: the socket has to close. */
  broken(handshake: Handshake<S>): void
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
  /** The status on this socket; DISCONNECTED: nothing comes out of this machine again. An identity has a status of its own. */
  status: Status = OPEN
  readonly #table: HandshakeTable
  readonly #party: HandshakeParty
  readonly #length: number

  /**
   * @param local what this side shows: a token of `length` characters, or a client's merged token of twice as many. A secret
   */
  constructor(table: HandshakeTable, party: HandshakeParty, socket: S, local: string, length: number) {
    this.#table = table
    this.#party = party
    this.socket = socket
    this.local = local
    this.#length = length
    if (local.length > length) {
      this.token = local
      this.status = RECONNECTING
    }
  }

  /** The token that both sides share if the handshake goes on as a new connection; undefined before a remote one came. */
  get merged(): string | undefined {
    return this.remote && mergeTokens(this.local, this.remote, this.#length)
  }

  /**
   * What a value means that arrived on the event `dop`.
   *
   * @param is whether a token is the one that came; a server compares their hashes, a client need not (HS-2)
   */
  read(value: unknown, is = (token: string | undefined): boolean => token === value): HandshakeEvent {
    const { local, remote } = this
    const length = this.#length
    if (!isToken(value, length, 2 * length)) return 'other'
    if (is(this.token)) return 'merged'
    if (is(remote)) return local.length === remote?.length ? 'remote' : 'renewal'
    if (is(local)) return 'other'
    return value.length === length ? 'single' : 'double'
  }

  /** Takes one row of the table. */
  step(on: HandshakeEvent, value?: unknown): void {
    if (this.status === DISCONNECTED) return
    const [to, ...actions] = this.#table[this.status]?.[on] ?? REFUSED
    this.status = to
    for (const act of actions) act(this, this.#party, on, value)
  }
}
