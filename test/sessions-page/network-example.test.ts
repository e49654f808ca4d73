import { expect } from 'chai'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { requireComponent } from '../../scripts/components/index.ts'
import { paleTexts } from '../page/contrast.ts'
import { launch, Visitor } from '../page/visitors.ts'
import { ExampleProcess } from './example-process.ts'

const EXAMPLE = '03-network-that-comes-and-goes/server.ts'
const SOME = ['Fog over the strait', 'No lights yet', 'Still here']
const PHONE = { viewport: { width: 375, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }

/** Somebody at the page of the example. */
class Keeper {
  readonly visitor: Visitor
  readonly page: Page

  constructor(visitor: Visitor) {
    this.visitor = visitor
    this.page = visitor.page
  }

  /** One of the figures that the page shows. */
  async figure(id: string): Promise<number> {
    return Number((await this.page.locator(`#${id}`).textContent())?.replaceAll(',', ''))
  }

  async comesTo(id: string, least: number): Promise<void> {
    await this.page.waitForFunction(
      ([name, wanted]) => Number(document.getElementById(String(name))?.textContent) >= Number(wanted),
      [id, least] as const,
      { polling: 20 },
    )
  }

  async is(status: string): Promise<void> {
    await this.page.locator('#link', { hasText: new RegExp(`^${status}$`) }).waitFor()
  }

  async says(words: string): Promise<void> {
    await this.page.getByLabel('Message to the server').fill(words)
    await this.page.keyboard.press('Enter')
  }

  async cut(): Promise<void> {
    await this.page.getByRole('button', { name: 'Cut it' }).click()
  }

  async mend(): Promise<void> {
    await this.page.getByRole('button', { name: 'Mend it' }).click()
  }

  /** What became of each message, in the order in which they were said. */
  receipts(): Promise<string[]> {
    return this.page.locator('.message .receipt').allTextContents()
  }

  async waits(count: number): Promise<void> {
    await this.page.waitForFunction(
      (wanted) =>
        ['.message:not([data-state=arrived])', '#pile .star'].every(
          (selector) => document.querySelectorAll(selector).length === wanted,
        ),
      count,
      { polling: 20 },
    )
  }

  /** Nothing was skipped or repeated. */
  async keptCount(): Promise<void> {
    expect(await this.figure('skipped')).to.equal(0)
    expect(await this.figure('repeated')).to.equal(0)
  }
}

describe('the network that comes and goes, in Chromium', function () {
  this.timeout(60_000)
  const component = requireComponent('chromium')
  let browser: Browser
  let server: ExampleProcess
  let port: number
  let keepers: Keeper[]

  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    server = new ExampleProcess(EXAMPLE, [], { PORT: '0', HOST: '127.0.0.1', ...env })
    port = await server.port()
  }

  const visit = async (options: BrowserContextOptions = {}): Promise<Keeper> => {
    const keeper = new Keeper(await Visitor.open(browser, `http://127.0.0.1:${port}`, options))
    keepers.push(keeper)
    await keeper.comesTo('number', 10)
    return keeper
  }

  before('start a browser', async () => {
    browser = await launch(component.path)
  })

  after(() => browser?.close())

  beforeEach(() => {
    keepers = []
  })

  afterEach(async () => {
    for (const { visitor } of keepers) await visitor.close()
    await server.kill()
    for (const { visitor } of keepers) expect(visitor.problems).to.deep.equal([])
  })

  it('keeps counting and delivers what waited, after its switch cut the connection and mended it', async () => {
    await start()
    const keeper = await visit()
    await keeper.says('Casting off')
    await keeper.waits(0)
    for (const round of [1, 2, 3]) {
      await keeper.cut()
      await keeper.is('Reconnecting')
      const number = await keeper.figure('number')
      for (const words of SOME) await keeper.says(words)
      await keeper.waits(SOME.length)
      await keeper.page.getByText('3 unacknowledged').waitFor()
      expect(await keeper.figure('number'), 'nothing comes').to.equal(number)
      if (round === 3) await keeper.visitor.screenshot('network-cut')

      await keeper.mend()
      await keeper.is('Connected')
      await keeper.waits(0)
      await keeper.comesTo('number', number + 20)
      expect(await keeper.figure('cuts')).to.equal(round)
      expect(await keeper.figure('resumed')).to.equal(round)
    }
    await keeper.keptCount()
    expect(await keeper.figure('received')).to.equal(await keeper.figure('number'))
    expect(await keeper.figure('renewed')).to.equal(0)
    await keeper.page.getByText('Nothing waits').waitFor()
    expect(await keeper.receipts()).to.deep.equal(
      Array.from({ length: 10 }, (_, index) => `At the server, number ${index + 1}`),
    )
    await keeper.visitor.screenshot('network')
  })

  it('notices by itself a cable that swallows everything', async () => {
    await start()
    const keeper = await visit({ colorScheme: 'dark' })
    await keeper.page.getByLabel('Cut it silently').check()
    await keeper.cut()
    await keeper.says('Can you hear me?')
    await keeper.is('Reconnecting')
    await keeper.waits(1)
    await keeper.mend()
    await keeper.is('Connected')
    await keeper.waits(0)
    await keeper.keptCount()
    expect(await keeper.figure('renewed')).to.equal(0)
    await keeper.visitor.screenshot('network-dark')
  })

  it('says so when the server has forgotten the session, and sends again what was handed back', async () => {
    await start({ RESUME_WINDOW_MS: '300' })
    const keeper = await visit()
    const session = await keeper.page.locator('#session').textContent()
    await keeper.cut()
    await keeper.is('Reconnecting')
    for (const words of SOME) await keeper.says(words)
    await server.kill()
    await start({ PORT: String(port) })
    await keeper.mend()
    await keeper.comesTo('renewed', 1)
    await keeper.waits(0)
    await keeper.page.getByText('3 messages handed back, sent again.').waitFor()
    await keeper.comesTo('number', 5)
    expect(await keeper.figure('resumed')).to.equal(0)
    expect(await keeper.page.locator('#session').textContent()).not.to.equal(session)
    expect(await keeper.receipts()).to.deep.equal([1, 2, 3].map((each) => `At the server, number ${each}`))
    await keeper.keptCount()
    await keeper.visitor.screenshot('network-renewed')
  })

  it('reads its status out when that is another one, and not while it counts', async () => {
    await start()
    const keeper = await visit()
    await keeper.page.evaluate(() => {
      const read: string[] = []
      Object.assign(window, { read })
      const status = document.querySelector('[role=status]') ?? document.body
      const options = { childList: true, characterData: true }
      new MutationObserver(() => read.push(status.textContent ?? '')).observe(status, options)
    })
    await keeper.comesTo('number', (await keeper.figure('number')) + 10)
    await keeper.cut()
    await keeper.is('Reconnecting')
    await keeper.mend()
    await keeper.is('Connected')
    const read = await keeper.page.evaluate(() => (window as unknown as { read: string[] }).read)
    expect(read.filter((status) => status !== 'Shaking hands')).to.deep.equal(['Reconnecting', 'Connected'])
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has texts that stand out, ${colorScheme}`, async () => {
      await start()
      const keeper = await visit({ colorScheme })
      expect(await paleTexts(keeper.page)).to.deep.equal([])
      await keeper.cut()
      await keeper.is('Reconnecting')
      await keeper.says('Can you hear me?')
      await keeper.waits(1)
      expect(await paleTexts(keeper.page)).to.deep.equal([])
    })
  }

  it('fits a phone: nothing reaches past 375 pixels, and the switch is seen together with what waits', async () => {
    await start()
    const keeper = await visit(PHONE)
    await keeper.cut()
    for (const words of [...SOME, 'averyveryverylongwordwithoutanyspaces'.repeat(6)]) await keeper.says(words)
    await keeper.waits(4)
    await keeper.visitor.screenshot('network-phone')
    expect(await keeper.page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(375)
    for (const id of ['lever', 'text', 'number']) {
      const box = await keeper.page.locator(`#${id}`).boundingBox()
      expect((box?.y ?? 0) + (box?.height ?? 0), id).to.be.within(1, 740)
    }
  })
})
