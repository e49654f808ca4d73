import { join } from 'node:path'
import type { StarOptions } from '@socket-star/server'
import type { ServerOptions } from 'socket.io'
import keys from './fixtures/keys.json' with { type: 'json' }
import { Role } from './role.ts'

/** Whose code a role runs. */
export type Maker = 'legacy' | 'ours'
/** A private key of the fixtures. */
export type KeyName = keyof typeof keys

const SCRIPTS = {
  client: { legacy: '../legacy/roles/client.js', ours: 'roles/our-client.ts' },
  server: { legacy: '../legacy/roles/server.js', ours: 'roles/our-server.ts' },
} as const

/** What a server of ours is given. */
interface ServerSettings {
  /** Of the middleware. */
  readonly options?: StarOptions
  /** Of Socket.IO. */
  readonly ioOptions?: Partial<ServerOptions>
}

/** A running rendezvous server. */
export interface Server {
  readonly role: Role
  readonly maker: Maker
  readonly port: number
}

/** A peer that has joined. */
export interface Peer {
  readonly role: Role
  readonly maker: Maker
  /** Its address as it joined with it. */
  readonly address: string
}

/** The roles of one test; {@link Cast.close} ends all of them. */
export class Cast {
  readonly #roles: Role[] = []

  /** Starts a server, on a free port or on the one that it had before. */
  async server(
    maker: Maker,
    port = 0,
    nodeOptions: readonly string[] = [],
    settings: ServerSettings = {},
  ): Promise<Server> {
    const role = await this.#start('server', maker, 'server', nodeOptions)
    const listening = await role.call<{ port: number }>('listen', { port, ...settings })
    return { role, maker, port: listening.port }
  }

  /** Starts a client and joins it to a server with a key of its own, with the challenge. */
  async peer(name: string, maker: Maker, key: KeyName, server: Server, options: object = {}): Promise<Peer> {
    const role = await this.#start('client', maker, name)
    return { role, maker, address: await this.join(role, key, server, options) }
  }

  /** Starts a client that does not join yet, so that its start may overlap with others. */
  client(name: string, maker: Maker): Promise<Role> {
    return this.#start('client', maker, name)
  }

  /** Joins a client that {@link Cast.client} started. */
  async join(role: Role, key: KeyName, server: Server, options: object = {}): Promise<string> {
    const joined = await role.call<{ address: string }>('join', {
      port: server.port,
      server: server.maker,
      privateKey: keys[key],
      ...options,
    })
    return joined.address
  }

  /** What all roles wrote for people, for the message of a failure. */
  get notes(): string {
    return this.#roles.map((role) => role.notes).join('')
  }

  /** Ends every role that was started. */
  async close(): Promise<void> {
    await Promise.all(this.#roles.splice(0).map((role) => role.stop()))
  }

  async #start(
    kind: keyof typeof SCRIPTS,
    maker: Maker,
    name: string,
    nodeOptions: readonly string[] = [],
  ): Promise<Role> {
    const script = join(import.meta.dirname, SCRIPTS[kind][maker])
    const role = await Role.start(`${maker} ${name}`, script, nodeOptions)
    this.#roles.push(role)
    return role
  }
}

/** An address without the difference that its audience's spelling makes (ADDR: `/ipfs/` and `/p2p/` are one). */
export function sameSpelling(address: string): string {
  return address.replace('/ipfs/', '/p2p/')
}
