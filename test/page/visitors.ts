import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const ARGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
const ARTIFACTS = fileURLToPath(new URL('../.artifacts/page/', import.meta.url))
const DESKTOP = { width: 1280, height: 800 }

export function launch(executablePath: string): Promise<Browser> {
  mkdirSync(ARTIFACTS, { recursive: true })
  return chromium.launch({ executablePath, args: ARGS.split(' ') })
}

/** Somebody with the page open, in a browser context of their own. */
export class Visitor {
  readonly page: Page
  /** What the page's console and uncaught errors said. */
  readonly problems: string[] = []

  private constructor(page: Page) {
    this.page = page
    page.setDefaultTimeout(15_000)
    page.on('pageerror', (error) => this.problems.push(error.message))
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) this.problems.push(message.text())
    })
  }

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ viewport: DESKTOP, colorScheme: 'light', ...options })
    const visitor = new Visitor(await context.newPage())
    await visitor.page.goto(url)
    return visitor
  }

  /** The number of others that this page shows as reachable. */
  async sees(count: number): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => document.querySelectorAll('.person[data-state=here]').length === wanted,
      count,
      { polling: 10 },
    )
  }

  async isConnected(state: 'online' | 'lost'): Promise<void> {
    await this.page.locator(`#link[data-state=${state}]`).waitFor()
  }

  /** The private key of this page, as it keeps it for a reload. */
  async key(): Promise<string> {
    return await this.page.evaluate(() => sessionStorage.getItem('socket-star:key') ?? '')
  }

  /** Goes on with the key of another page, as a copy of that page would without the browser's locks. */
  async takes(key: string): Promise<void> {
    await this.isConnected('online')
    await this.page.evaluate((stolen) => sessionStorage.setItem('socket-star:key', stolen), key)
    await this.page.reload()
  }

  async says(words: string): Promise<void> {
    await this.page.getByLabel('Message to everyone here').fill(words)
    await this.page.getByRole('button', { name: 'Send', exact: true }).click()
  }

  async reads(words: string): Promise<void> {
    await this.page.locator('.words', { hasText: words }).waitFor()
  }

  /** Offers a file to the first person in the list. */
  async offers(path: string): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser')
    await this.page.locator('.person[data-state=here] .send-file').first().click()
    await (await chooser).setFiles(path)
  }

  /** Waits for the last transfer to come to a state, and answers the card's text. */
  async transfer(state: string, timeout = 60_000): Promise<string> {
    const found = await this.page.waitForFunction(
      (wanted) => {
        const card = [...document.querySelectorAll<HTMLElement>('.entry[data-transfer]')].at(-1)
        return card?.dataset.transfer === wanted && card.textContent
      },
      state,
      { timeout, polling: 20 },
    )
    return String(await found.jsonValue()).replaceAll(/\s+/g, ' ')
  }

  hash(): Promise<string> {
    return this.page
      .locator('.proof code')
      .last()
      .textContent()
      .then((text) => text ?? '')
  }

  /** From now on the page notes how long it did nothing else but work. */
  async watchFrames(): Promise<void> {
    await this.page.evaluate(() => {
      let last = performance.now()
      const state = { longest: 0 }
      Object.assign(window, { frames: state })
      const step = (): void => {
        const now = performance.now()
        state.longest = Math.max(state.longest, now - last)
        last = now
        setTimeout(step, 10)
      }
      step()
    })
  }

  /** The longest time without a turn of the event loop, in milliseconds. */
  longestGap(): Promise<number> {
    return this.page.evaluate(() => (window as unknown as { frames: { longest: number } }).frames.longest)
  }

  /** From now on the page notes what it says to who listens; the answer asks for all of it. */
  async listens(): Promise<() => Promise<string[]>> {
    await this.page.evaluate(() => {
      const place = document.getElementById('announce') ?? document.body
      const told: string[] = []
      Object.assign(window, { told })
      new MutationObserver(() => told.push(place.textContent ?? '')).observe(place, { childList: true })
    })
    return () => this.page.evaluate(() => (window as unknown as { told: string[] }).told)
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: `${ARTIFACTS}${name}.png` })
  }

  async close(): Promise<void> {
    await this.page.context().close()
  }
}
