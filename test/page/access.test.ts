import { expect } from 'chai'
import { createBigFile } from './big-file.ts'
import { LEAST_CONTRAST, paleTexts } from './contrast.ts'
import { Stage } from './stage.ts'
import type { Visitor } from './visitors.ts'

/** Long enough that somebody cancels it while it moves. */
const FILE_MB = 50
/** Long enough that it is noticed to move. */
const SEEN_MB = 10
/** Pixels that rounding may leave below the end of the conversation. */
const ROUNDING = 1

describe('the page, without a mouse, a large screen or eyes', function () {
  this.timeout(60_000)
  const stage = new Stage()

  async function two(options = {}): Promise<[Visitor, Visitor]> {
    const both: [Visitor, Visitor] = [await stage.visit(), await stage.visit(options)]
    await Promise.all(both.map((visitor) => visitor.sees(1)))
    return both
  }

  it('has the keyboard go on where it was when a control goes, and names the file of each', async () => {
    const file = createBigFile(FILE_MB)
    try {
      const [ada, bert] = await two()
      await ada.offers(file.path)
      await bert.transfer('waiting')
      const accept = bert.page.getByRole('button', { name: 'Accept crossing.bin' })
      await accept.focus()
      await bert.page.keyboard.press('Enter')
      await bert.transfer('moving')
      const focused = () => bert.page.evaluate(() => document.activeElement?.className)
      expect(await focused()).to.equal('card')
      await bert.page.keyboard.press('Tab')
      await bert.page.keyboard.press('Enter')
      expect(await bert.transfer('cancelled')).to.contain('You cancelled it')
      expect(await focused()).to.equal('card')
    } finally {
      file.remove()
    }
  })

  it('reaches the conversation by the keyboard, which scrolls it', async () => {
    const file = createBigFile(1)
    try {
      const [ada] = await two()
      for (let line = 1; line <= 30; line++) await ada.says(`line ${line}`)
      await ada.offers(file.path) // what can be reached in it keeps Chromium from reaching it by itself
      await ada.transfer('waiting')
      await ada.page.getByRole('button', { name: 'Copy the address' }).focus()
      await ada.page.keyboard.press('Tab')
      expect(await ada.page.evaluate(() => document.activeElement?.id)).to.equal('log')
      await ada.page.keyboard.press('Home')
      await ada.page.waitForFunction(() => document.getElementById('log')?.scrollTop === 0)
    } finally {
      file.remove()
    }
  })

  it('keeps the end of the conversation in sight while it grows and has less room, but not of who reads above', async () => {
    const file = createBigFile(1)
    try {
      const [ada, bert] = await two({ viewport: { width: 375, height: 740 } })
      const atEnd = (most: number) =>
        bert.page.waitForFunction((pixels) => {
          const log = document.getElementById('log') ?? document.body
          return log.scrollHeight - log.scrollTop - log.clientHeight <= pixels
        }, most)
      for (let line = 1; line <= 20; line++) await ada.says(`line ${line}`)
      await ada.offers(file.path)
      await bert.page.getByRole('button', { name: 'Accept' }).click()
      await bert.transfer('done')
      await bert.page.getByRole('link', { name: 'Save' }).waitFor()
      await atEnd(ROUNDING)
      await bert.page.context().setOffline(true)
      await bert.isConnected('lost')
      await bert.page.getByRole('alert').waitFor()
      await atEnd(ROUNDING)
      await bert.page.context().setOffline(false)
      await bert.isConnected('online')
      await Promise.all([ada.sees(1), bert.sees(1)])

      await bert.page.locator('#log').evaluate((log) => log.scrollTo(0, 0))
      await bert.page.waitForTimeout(100)
      await ada.says('the last word')
      await bert.reads('the last word')
      expect(await bert.page.locator('#log').evaluate((log) => log.scrollTop)).to.equal(0)
    } finally {
      file.remove()
    }
  })

  it('takes no words before it has joined, and keeps those that were typed', async () => {
    const ada = await stage.visit()
    await ada.isConnected('online')
    const words = ada.page.getByLabel('Message to everyone here')
    await ada.page.routeWebSocket(/socket\.io/, () => {}) // a network that is there, and brings nothing
    await ada.page.reload()
    await ada.page.locator('#address', { hasText: 'p2p-websocket-star' }).waitFor()
    await words.fill('Is anybody here?')
    await words.press('Enter')
    expect(await ada.page.getByLabel('Your name here').isDisabled()).to.equal(true)
    await ada.page.waitForTimeout(300)
    expect(await words.inputValue()).to.equal('Is anybody here?')
    expect(new URL(ada.page.url()).search).to.equal('')
  })

  it('tells who listens how a file gets on, once, and that a message went to nobody', async () => {
    const file = createBigFile(SEEN_MB)
    try {
      const [ada, bert] = await two()
      const told = await Promise.all([ada, bert].map((visitor) => visitor.listens()))
      const heard = async (visitor: number, words: RegExp) => {
        const [page, all] = [[ada, bert][visitor]?.page, told[visitor]]
        while (!(await all?.())?.some((text) => words.test(text))) await page?.waitForTimeout(20)
      }
      await ada.offers(file.path)
      await Promise.all([
        heard(0, /^Waiting for .* to accept crossing.bin$/),
        heard(1, /wants to send you crossing.bin$/),
      ])
      await bert.page.getByRole('button', { name: 'Accept' }).click()
      await Promise.all([heard(0, /^Sending crossing.bin$/), heard(1, /^Receiving crossing.bin$/)])
      await Promise.all([heard(0, /^crossing.bin: arrived$/), heard(1, /^crossing.bin: arrived$/)])
      // the card is in the conversation, which is read out as well
      expect(await bert.page.locator('.entry[data-transfer]').getAttribute('aria-live')).to.equal('off')
      expect(await told[1]?.()).to.have.lengthOf(3)
      await bert.close()
      await ada.sees(0)
      await ada.says('Anybody?')
      await heard(0, /^Not delivered/)
    } finally {
      file.remove()
    }
  })

  it('reads out once that the connection is lost, and not with every attempt', async () => {
    const [ada] = await two()
    await ada.page.evaluate(() => {
      const alerts: string[] = []
      Object.assign(window, { alerts })
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const place = target instanceof Element ? target : target.parentElement
          if (place?.closest('[aria-live=off]') == null) alerts.push(place?.id ?? '')
        }
      }).observe(document.getElementById('banner') ?? document.body, {
        childList: true,
        characterData: true,
        subtree: true,
      })
    })
    await stage.server.kill()
    await ada.page.getByText('attempt 3').waitFor()
    const alerts = await ada.page.evaluate(() => (window as unknown as { alerts: string[] }).alerts)
    expect(alerts.toSorted()).to.deep.equal(['banner-text', 'banner-title'])
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has a contrast of ${LEAST_CONTRAST} to 1 at least, ${colorScheme}`, async () => {
      const file = createBigFile(1)
      try {
        const [ada, bert] = await two({ colorScheme })
        await ada.says('Is the harbour clear?')
        await ada.offers(file.path)
        await bert.transfer('waiting')
        expect(await paleTexts(bert.page)).to.deep.equal([])
        await bert.page.getByRole('button', { name: 'Accept' }).click()
        await bert.transfer('done')
        await stage.server.kill()
        await bert.isConnected('lost')
        await bert.says('Anybody?')
        await bert.reads('Anybody?')
        expect(await paleTexts(bert.page)).to.deep.equal([])
        await bert.page
          .locator('.words')
          .last()
          .evaluate((words: HTMLElement) => words.style.setProperty('color', 'var(--line)'))
        expect(await paleTexts(bert.page)).to.have.lengthOf(1)
      } finally {
        file.remove()
      }
    })
  }
})
