import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type Session, SILENT_LOG, type Star, starMiddleware } from '@socket-star/server'
import { build } from 'esbuild'
import { Server } from 'socket.io'
import { builtClient } from '../../scripts/browser-build/plugin.ts'

const COUNT_MS = 10
const PAGE = fileURLToPath(new URL('page/main.ts', import.meta.url))

interface FromPage {
  say: (load: string, number: number) => void
}

interface FromServer {
  count: (number: number) => void
}

/** A session, and what its page said: numbers, by the load of the page. */
export interface Seen {
  readonly session: Session<FromPage, FromServer>
  readonly said: Map<string, number[]>
  resumes: number
  counted: number
  ended: string | undefined
}

let page: Promise<Uint8Array | undefined> | undefined

/** The page, with the client as browsers get it. */
async function bundlePage(): Promise<Uint8Array | undefined> {
  const { outputFiles } = await build({
    entryPoints: [PAGE],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['@socket-star/source'],
    plugins: [await builtClient()],
    write: false,
  })
  return outputFiles[0]?.contents
}

/** Counts for each session, writes down what it says, and serves the page that does the same. */
export class CountingServer {
  readonly seen: Seen[] = []
  readonly port: number
  readonly #io: Server
  readonly #star: Star<FromPage, FromServer>

  private constructor(http: HttpServer) {
    this.port = (http.address() as { port: number }).port
    this.#io = new Server(http)
    this.#star = starMiddleware<FromPage, FromServer>({ log: SILENT_LOG })
    this.#io.use(this.#star)
    this.#star.on('session', (session) => this.#count(session))
  }

  static async open(): Promise<CountingServer> {
    page ??= bundlePage()
    const script = await page
    const http = createServer((request, response) => {
      const isScript = request.url === '/main.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(
        isScript
          ? script
          : '<!doctype html><title>Counting</title><script type="module" src="main.js"></script>',
      )
    })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    return new CountingServer(http)
  }

  of(id: string | undefined): Seen {
    const found = this.seen.find(({ session }) => session.id === id)
    if (found === undefined) throw new Error(`the server has no session ${id}`)
    return found
  }

  async close(): Promise<void> {
    this.#star.close()
    await this.#io.close()
  }

  #count(session: Session<FromPage, FromServer>): void {
    const seen: Seen = { session, said: new Map(), resumes: 0, counted: 0, ended: undefined }
    this.seen.push(seen)
    const clock = setInterval(() => {
      seen.counted += 1
      session.emit('count', seen.counted)
    }, COUNT_MS)
    session.on('resume', () => (seen.resumes += 1))
    session.on('say', (load, number) => {
      const said = seen.said.get(load) ?? []
      said.push(number)
      seen.said.set(load, said)
    })
    session.on('end', (reason) => {
      seen.ended = reason
      clearInterval(clock)
    })
  }
}
