import { STATUS } from '@socket-star/client'
import { expect } from 'chai'
import type { Browser, BrowserContext } from 'playwright-core'
import { requireComponent } from '../../scripts/components/index.ts'
import { launch } from '../page/visitors.ts'
import { CountingServer } from './counting-server.ts'
import { CutProxy } from './cut-proxy.ts'
import { type Entry, TalkingPage } from './talking-page.ts'

const CUTS = 8
const CYCLES = 10

/** The numbers from one to another. */
function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

describe('sessions in pages, in Chromium', function () {
  this.timeout(60_000)
  const component = requireComponent('chromium')
  let browser: Browser
  let context: BrowserContext
  let server: CountingServer
  let proxy: CutProxy
  let pages: TalkingPage[]

  const urlOf = (search: string): string => `http://127.0.0.1:${proxy.port}/${search}`

  const open = async (search = ''): Promise<TalkingPage> => {
    const page = await TalkingPage.open(context, urlOf(search))
    pages.push(page)
    return page
  }

  /**
   * As a browser's "duplicate tab": the new page begins with a copy of the session storage. `saved`: with the
   * session in it, as when the copy is made of a page that was about to go and stays.
   */
  const duplicate = async ({ page }: TalkingPage, saved = false): Promise<TalkingPage> => {
    const opened = context.waitForEvent('page')
    await page.evaluate((isSaved) => {
      if (isSaved) dispatchEvent(new PageTransitionEvent('pagehide'))
      window.open(location.href)
    }, saved)
    const copy = new TalkingPage(await opened)
    pages.push(copy)
    await copy.has(1)
    return copy
  }

  /** Everything that one load of a page said has come to the server: once and in order. */
  const expectAllHeard = ({ id, load, said }: Entry): void => {
    expect(server.of(id).said.get(load)).to.deep.equal(numbers(1, said))
  }

  /** What both sides count goes on, in the one session that there ever was, and nothing was lost or doubled. */
  const expectContinued = async (page: TalkingPage, id: string | undefined): Promise<Entry> => {
    await page.goesOn()
    const entry = await page.fallsSilent()
    expect(entry.id).to.equal(id)
    expect(entry.events.filter((event) => event.startsWith('renew'))).to.deep.equal([])
    expect(entry.counts).to.deep.equal(numbers(1, entry.counts.length))
    expectAllHeard(entry)
    expect(server.seen).to.have.length(1)
    return entry
  }

  before('start a browser', async () => {
    browser = await launch(component.path)
  })

  after(() => browser?.close())

  beforeEach(async () => {
    pages = []
    server = await CountingServer.open()
    proxy = await CutProxy.open(server.port)
    context = await browser.newContext()
  })

  afterEach(async () => {
    await context.close()
    proxy.close()
    await server.close()
    for (const { problems } of pages) expect(problems).to.deep.equal([])
  })

  describe('a page that goes offline and comes back', () => {
    it('goes on with the same session, and neither side loses or doubles a message', async () => {
      const page = await open()
      await page.goesOn()
      const { id, said } = await page.entry()
      await context.setOffline(true)
      await page.noted('disconnect')
      await page.page.waitForFunction((before) => diary.said > before + 50, said)
      expect((await page.entry()).status).to.equal(STATUS.RECONNECTING)
      await context.setOffline(false)
      await page.noted('resume')
      await expectContinued(page, id)
    })

    it('SES-14 goes on at once, however far away the next attempt was', async () => {
      const page = await open('?patient')
      await page.goesOn()
      const { id } = await page.entry()
      await context.setOffline(true)
      await page.noted('disconnect')
      await context.setOffline(false)
      await page.noted('resume')
      await expectContinued(page, id)
    })

    it(`does so ${CUTS} times, cut off in the middle of whatever goes to and fro`, async () => {
      const page = await open()
      const { id } = await page.entry()
      for (const cut of numbers(1, CUTS)) {
        await page.goesOn(5 * cut)
        proxy.down()
        await page.noted('disconnect', cut)
        proxy.up()
        await page.noted('resume', cut)
      }
      await expectContinued(page, id)
      expect(server.of(id).resumes).to.equal(CUTS)
    })
  })

  describe('a page that moves to fresh connections', () => {
    it(`stays connected throughout, ${CYCLES} times`, async () => {
      const page = await open('?cycle')
      const { id } = await page.entry()
      await page.noted('resume', CYCLES)
      const entry = await expectContinued(page, id)
      expect(entry.events.filter((event) => event !== 'resume')).to.deep.equal([])
      expect(entry.statuses).to.deep.equal([STATUS.PRECONNECTED, STATUS.CONNECTED])
    })

    it('does so while it is cut off now and then', async () => {
      const page = await open('?cycle')
      const { id } = await page.entry()
      for (const cut of numbers(1, CUTS)) {
        await page.goesOn(5 * cut)
        proxy.down()
        await page.noted('disconnect', cut)
        proxy.up()
        await page.goesOn()
      }
      await expectContinued(page, id)
    })
  })

  describe('a reload', () => {
    it('goes on with the session when the application asked for that', async () => {
      const page = await open('?persist')
      await page.goesOn()
      // in one turn: much is on its way to the server when the page goes
      const before = await page.page.evaluate(() => {
        for (let count = 0; count < 50; count += 1) diary.say()
        const { load, said, counts, events, statuses } = diary
        location.reload()
        diary.isTalking = false
        return { load, said, counts, events, statuses, id: diary.id(), status: diary.status() }
      })
      await page.page.waitForFunction(
        (load) => globalThis.diary !== undefined && diary.load !== load,
        before.load,
      )
      await page.has(30)
      const after = await page.fallsSilent()
      expect(after.id).to.equal(before.id)
      expect(server.seen).to.have.length(1)
      expect(after.events.filter((event) => event !== 'resume')).to.deep.equal([])

      const counts = await page.page.evaluate((load) => localStorage.getItem(load), before.load)
      const all = [...(JSON.parse(counts ?? '') as number[]), ...after.counts]
      expect(all).to.deep.equal(numbers(1, all.length))
      expectAllHeard({ ...before, id: after.id })
      expectAllHeard(after)
    })

    it('starts a session of its own when the application did not', async () => {
      const page = await open()
      const before = await page.entry()
      await page.page.reload()
      await page.has(30)
      const after = await page.fallsSilent()
      expect(after.id).not.to.equal(before.id)
      expect(after.counts).to.deep.equal(numbers(1, after.counts.length))
      expect(after.events).to.deep.equal([])
      expectAllHeard(after)
      expect(await page.page.evaluate(() => sessionStorage.length)).to.equal(0)
    })
  })

  describe('a duplicated tab', () => {
    it('starts a session of its own, and neither fights', async () => {
      const original = await open('?persist')
      await original.goesOn()
      const { id } = await original.entry()
      const copy = await duplicate(original)
      await Promise.all([original.goesOn(100), copy.goesOn(100)])

      const [first, second] = [await original.fallsSilent(), await copy.fallsSilent()]
      expect(first.id).to.equal(id)
      expect(second.id).not.to.equal(id)
      for (const entry of [first, second]) {
        expect(entry.events).to.deep.equal([])
        expect(entry.counts).to.deep.equal(numbers(1, entry.counts.length))
        expectAllHeard(entry)
        expect(server.of(entry.id).resumes).to.equal(0)
      }
      expect(server.seen).to.have.length(2)
    })

    it('finds the token that it copied in use, and starts a session of its own', async () => {
      const original = await open('?persist')
      const { id } = await original.entry()
      const copy = await duplicate(original, true)
      await Promise.all([original.goesOn(100), copy.goesOn(100)])
      const [first, second] = [await original.entry(), await copy.entry()]
      expect(first.id).to.equal(id)
      expect(second.id).not.to.equal(id)
      // what is saved is what the connection carried until then: the page connects again
      expect(first.events).to.deep.equal(['disconnect', 'resume'])
      expect(second.events).to.deep.equal([])

      await copy.page.reload()
      await copy.has(30)
      const ends = [await original.fallsSilent(), await copy.fallsSilent()]
      expect(ends.map((entry) => entry.id)).to.deep.equal([id, second.id])
      for (const entry of ends) expectAllHeard(entry)
      expect(server.seen).to.have.length(2)
    })

    it('that cannot know it takes the session or is refused for its old state, once: nobody fights back', async () => {
      await context.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }))
      const original = await open('?persist')
      const copy = await duplicate(original, true)
      // whichever says something first
      const renewed = [original, copy].map(({ page }) =>
        page.waitForFunction(() => diary.events.some((event) => event.startsWith('renew'))),
      )
      await Promise.any(renewed)
      await Promise.all([original.goesOn(), copy.goesOn()])
      const settled = await Promise.all([original.entry(), copy.entry()])
      await Promise.all([original.goesOn(200), copy.goesOn(200)])
      const later = await Promise.all([original.entry(), copy.entry()])
      expect(later.map(({ id, events }) => ({ id, events }))).to.deep.equal(
        settled.map(({ id, events }) => ({ id, events })),
      )
      expect(later[0]?.id).not.to.equal(later[1]?.id)
    })

    it('keeps what is its own over a reload, as the original does', async () => {
      const original = await open('?persist')
      const copy = await duplicate(original)
      const ids = [(await original.entry()).id, (await copy.entry()).id]
      for (const page of [original, copy]) {
        await page.page.reload()
        await page.has(30)
      }
      expect([(await original.entry()).id, (await copy.entry()).id]).to.deep.equal(ids)
      expect(server.seen).to.have.length(2)
    })

    it('has nobody to fight with once the original is closed', async () => {
      const original = await open('?persist')
      const copy = await duplicate(original)
      const { id } = await copy.entry()
      await original.page.close()
      await copy.page.reload()
      await copy.goesOn()
      expect((await copy.entry()).id).to.equal(id)
    })
  })
})
