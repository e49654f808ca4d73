import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { after, afterEach, before, beforeEach } from 'mocha'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { CliProcess } from '../../packages/server/test/cli/spawn-cli.ts'
import { requireComponent } from '../../scripts/components/index.ts'
import { launch, Visitor } from './visitors.ts'

const BUILD = fileURLToPath(new URL('../../scripts/build-page.ts', import.meta.url))

/** Each test's own server of the page, as it is in the tree, and whoever visits it. */
export class Stage {
  server!: CliProcess
  url!: string
  visitors: Visitor[] = []
  #browser!: Browser

  /** Inside a suite: a browser for all its tests, and a server for each. */
  constructor() {
    const component = requireComponent('chromium')
    before('build the page, start a browser', async () => {
      execFileSync(process.execPath, [BUILD])
      this.#browser = await launch(component.path)
    })
    after(() => this.#browser?.close())
    beforeEach(() => this.serve(['--port', '0']))
    afterEach(async () => {
      for (const visitor of this.visitors.splice(0)) await visitor.close()
      await this.server.kill()
    })
  }

  /** Starts a server, which takes the place of the one before. */
  async serve(options: readonly string[], env: Record<string, string> = {}): Promise<void> {
    this.server = new CliProcess(['--host', '127.0.0.1', ...options], env)
    this.url = await this.server.url()
  }

  async visit(options: BrowserContextOptions = {}): Promise<Visitor> {
    const visitor = await Visitor.open(this.#browser, this.url, options)
    this.visitors.push(visitor)
    return visitor
  }
}
