import {
  CLIENT_HANDSHAKE,
  CONNECTED,
  Handshake,
  type HandshakeEvent,
  type HandshakeParty,
  type HandshakeTable,
  type ServerHandshakeOutput,
  type Status,
  type Tokens,
} from '@socket-star/protocol/session'
import { L } from './dop-world.ts'

/** What a machine of either side says. */
export type Output =
  | Exclude<ServerHandshakeOutput, { do: 'ask' | 'connected' }>
  | { readonly do: 'ask'; readonly question?: { readonly kind: string } }
  | { readonly do: 'connected'; readonly how: string }

/** A client's machine, driven as its identity drives it. */
export class Client implements HandshakeParty {
  readonly machine: Handshake
  #outputs: Output[] = []

  constructor(local: string, table: HandshakeTable = CLIENT_HANDSHAKE) {
    this.machine = new Handshake(table, this, 1, local, L)
  }

  get status(): Status {
    return this.machine.status
  }

  get tokens(): Tokens {
    return this.machine
  }

  step(on: HandshakeEvent, value?: unknown): readonly Output[] {
    this.machine.step(on, value)
    return this.#outputs.splice(0)
  }

  open(): readonly Output[] {
    return this.step('open')
  }

  receive(value: unknown): readonly Output[] {
    return this.step(this.machine.read(value), value)
  }

  end(): readonly Output[] {
    return this.status === CONNECTED ? this.step('end') : []
  }

  send(_: Handshake, token: string): void {
    this.#outputs.push({ do: 'send', token })
  }

  ask(): void {
    this.#outputs.push({ do: 'ask' })
  }

  connected(_: Handshake, how: string): void {
    this.#outputs.push({ do: 'connected', how })
  }

  ended(isOurs: boolean): void {
    this.#outputs.push({ do: 'ended', by: isOurs ? 'local' : 'remote' })
  }

  broken(): void {
    this.#outputs.push({ do: 'refuse', code: 'ERR_HANDSHAKE', reason: 'protocol' })
  }
}
