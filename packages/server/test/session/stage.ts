import { STATUS } from '@socket-star/protocol/session'
import type { Session, SessionStart } from '../../src/index.ts'
import { Host, type HostOptions, until } from '../support/host.ts'
import { ScriptedClient, type ScriptedOptions } from './scripted-client.ts'

/** A host, its sessions, and clients of it, for one test. */
export class Stage {
  readonly host: Host
  readonly sessions: Session[] = []
  readonly starts: SessionStart[] = []
  readonly #clients: ScriptedClient[] = []

  private constructor(host: Host) {
    this.host = host
    host.star.on('session', (session, start) => {
      this.sessions.push(session)
      this.starts.push(start)
    })
  }

  static async open(options?: HostOptions): Promise<Stage> {
    return new Stage(await Host.start(options))
  }

  /** A client that has a session, and that session. */
  async pair(options?: ScriptedOptions): Promise<{ client: ScriptedClient; session: Session }> {
    const client = await ScriptedClient.connected(this.host, options)
    this.#clients.push(client)
    const session = this.host.star.sessions.get(client.welcome?.id ?? '')
    if (session === undefined) throw new Error('the client has no session')
    return { client, session }
  }

  /** A client that has not connected yet. */
  client(options?: ScriptedOptions): ScriptedClient {
    const client = new ScriptedClient(this.host, options)
    this.#clients.push(client)
    return client
  }

  /** Cuts a client's connection and waits until the server has noticed. */
  async cut({ client, session }: { client: ScriptedClient; session: Session }): Promise<void> {
    client.cut()
    await until(() => session.status === STATUS.RECONNECTING && client.status === STATUS.RECONNECTING)
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close()
    await this.host.close()
  }
}
