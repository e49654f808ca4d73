import { join } from 'node:path'
import type { StarOptions } from '@socket-star/server'
import type { ServerOptions } from 'socket.io'
import keys from './fixtures/keys.json' with { type: 'json' }
import { Role } from './role.ts'

/** Whose code a role runs. */
export type Maker = 'legacy' | 'ours'
/** Ours is a host's own Socket.IO server with the middleware, or the `socket-star` command. */
export type ServerMaker = Maker | 'our command'
/** A private key of the fixtures. */
export type KeyName = keyof typeof keys

const CLIENTS: Readonly<Record<Maker, string>> = {
  legacy: '../legacy/roles/client.js',
  ours: 'roles/our-client.ts',
}
const SERVERS: Readonly<Record<ServerMaker, string>> = {
  legacy: '../legacy/roles/server.js',
  ours: 'roles/our-server.ts',
  'our command': 'roles/our-cli-server.ts',
}

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
  readonly maker: ServerMaker
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
    maker: ServerMaker,
    port = 0,
    nodeOptions: readonly string[] = [],
    settings: ServerSettings = {},
  ): Promise<Server> {
    const role = await this.#start(`${maker} server`, SERVERS[maker], nodeOptions)
    const listening = await role.call<{ port: number }>('listen', { port, ...settings })
    return { role, maker, port: listening.port }
  }

  /** Starts a client and joins it to a server with a key of its own, with the challenge. */
  async peer(name: string, maker: Maker, key: KeyName, server: Server): Promise<Peer> {
    const role = await this.client(name, maker)
    return { role, maker, address: await this.join(role, key, server) }
  }

  /** Starts a client that does not join yet, so that its start may overlap with others. */
  client(name: string, maker: Maker): Promise<Role> {
    return this.#start(`${maker} ${name}`, CLIENTS[maker])
  }

  /** Joins a client that {@link Cast.client} started. */
  async join(role: Role, key: KeyName, server: Server): Promise<string> {
    const joined = await role.call<{ address: string }>('join', {
      port: server.port,
      server: server.maker,
      privateKey: keys[key],
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

  async #start(name: string, script: string, nodeOptions: readonly string[] = []): Promise<Role> {
    const role = await Role.start(name, join(import.meta.dirname, script), nodeOptions)
    this.#roles.push(role)
    return role
  }
}

/** An address without the difference that its audience's spelling makes (ADDR: `/ipfs/` and `/p2p/` are one). */
export function sameSpelling(address: string): string {
  return address.replace('/ipfs/', '/p2p/')
}
