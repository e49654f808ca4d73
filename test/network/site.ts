import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Session,
  type SessionOptions,
  type SessionStart,
  SILENT_LOG,
  type Star,
  starMiddleware,
} from '@socket-star/server'
import { Server, type ServerOptions } from 'socket.io'

export interface SiteOptions {
  readonly io?: Partial<ServerOptions>
  readonly sessions?: SessionOptions
}

/** A Socket.IO server with sessions, as an application has it. */
export class Site {
  readonly io: Server
  readonly star: Star
  /** What `session` told, in order. */
  readonly starts: SessionStart[] = []
  session: Session | undefined
  readonly #http: HttpServer = createServer()

  private constructor({ io = {}, sessions }: SiteOptions, onSession: (session: Session) => void) {
    this.io = new Server(this.#http, { serveClient: false, ...io })
    this.star = starMiddleware({
      log: SILENT_LOG,
      production: false,
      challenge: false,
      ...(sessions && { sessions }),
    })
    this.star.on('session', (session, start) => {
      this.session = session
      this.starts.push(start)
      onSession(session)
    })
    this.io.use(this.star)
    this.star.attach(this.io.of('/'))
  }

  /** `onSession` is called before anything of a session is handed on. */
  static async open(
    options: SiteOptions = {},
    onSession: (session: Session) => void = () => {},
  ): Promise<Site> {
    const site = new Site(options, onSession)
    site.#http.listen(0, '127.0.0.1')
    await once(site.#http, 'listening')
    return site
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port
  }

  /** A graceful stop: with a state file everything is in it afterwards. */
  async close(): Promise<void> {
    await this.star.close()
    await this.io.close()
  }
}
