import { expect } from 'chai'
import { createBigFile, hashOfFile } from './big-file.ts'
import { Crowd } from './crowd.ts'
import { Stage } from './stage.ts'
import type { Visitor } from './visitors.ts'

/** `PAGE_FILE_MB=100` sends what the page promises; the default keeps the test short. */
const FILE_MB = Number(process.env.PAGE_FILE_MB ?? 20)
const SEE_EACH_OTHER_WITHIN_MS = 1_000
/** The page talks to 64 people at most; peers that are no pages must not count. */
const MORE_THAN_PEOPLE = 70
/** A page that does nothing else for longer than this feels stuck. The machine is shared, so this has slack. */
const LONGEST_GAP_MS = 500

describe('the page, in Chromium', function () {
  this.timeout(60_000 + FILE_MB * 1_000)
  const stage = new Stage()
  const visit = (options = {}): Promise<Visitor> => stage.visit(options)

  it('shows two people to each other within a second, and passes on what they say', async () => {
    const ada = await visit()
    await ada.isConnected('online')
    await ada.screenshot('alone')
    const bert = await visit({ colorScheme: 'dark' })
    const opened = performance.now()
    await Promise.all([ada.sees(1), bert.sees(1)])
    expect(performance.now() - opened).to.be.below(SEE_EACH_OTHER_WITHIN_MS)

    await ada.says('Is the harbour clear?')
    await bert.reads('Is the harbour clear?')
    await bert.says('It is. Come in.')
    await ada.reads('It is. Come in.')
    await ada.page.getByText('Delivered to 1 person').waitFor()

    await bert.page.getByLabel('Your name here').fill('Harbour master')
    await bert.page.getByLabel('Your name here').press('Enter')
    await ada.page.locator('.person .nick', { hasText: 'Harbour master' }).waitFor()
    const port = new URL(stage.url).port
    expect(await ada.page.locator('#address').textContent()).to.equal(
      `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`,
    )
    await bert.screenshot('chat-dark')

    await bert.page.reload()
    await ada.sees(1)
    await bert.page
      .locator('.person', { hasText: (await ada.page.locator('#my-id').textContent()) ?? '?' })
      .waitFor()
    expect(await ada.page.locator('.person').count()).to.equal(1)
    for (const { problems } of stage.visitors) expect(problems).to.deep.equal([])
  })

  it(`carries ${FILE_MB} MB with the right hash while both pages stay responsive`, async () => {
    const file = createBigFile(FILE_MB)
    try {
      const [ada, bert] = [await visit(), await visit()]
      await Promise.all([ada.sees(1), bert.sees(1)])
      await Promise.all([ada.watchFrames(), bert.watchFrames()])
      await ada.offers(file.path)
      await bert.transfer('waiting')
      await bert.screenshot('offer')
      const started = performance.now()
      await bert.page.getByRole('button', { name: 'Accept' }).click()
      await ada.transfer('moving')
      await ada.says('Here it comes')
      await bert.reads('Here it comes')
      await Promise.all([ada.screenshot('sending'), bert.screenshot('receiving')])
      const limit = 30_000 + FILE_MB * 1_000
      const [sent, received] = await Promise.all([ada.transfer('done', limit), bert.transfer('done', limit)])
      const seconds = (performance.now() - started) / 1000
      expect(sent).to.contain('SHA-256 checked')
      expect(received).to.contain('SHA-256 checked')
      expect(await ada.hash()).to.equal(file.sha256)
      expect(await bert.hash()).to.equal(file.sha256)

      const gaps = await Promise.all([ada.longestGap(), bert.longestGap()])
      console.log(
        `      ${FILE_MB} MB in ${seconds.toFixed(1)} s; longest gap ${gaps.map(Math.round).join(' and ')} ms`,
      )
      expect(Math.max(...gaps)).to.be.below(LONGEST_GAP_MS)

      const download = bert.page.waitForEvent('download')
      await bert.page.getByRole('link', { name: 'Save' }).click()
      expect((await download).suggestedFilename()).to.equal('crossing.bin')
      expect(await hashOfFile(await (await download).path())).to.equal(file.sha256)
      await bert.screenshot('received')
      for (const { problems } of stage.visitors) expect(problems).to.deep.equal([])
    } finally {
      file.remove()
    }
  })

  it('lets the receiver decline, and both sides cancel', async () => {
    const file = createBigFile(50)
    try {
      const [ada, bert] = [await visit(), await visit()]
      await Promise.all([ada.sees(1), bert.sees(1)])
      await ada.offers(file.path)
      await bert.page.getByRole('button', { name: 'Decline' }).click()
      expect(await ada.transfer('declined')).to.contain('declined it')

      await ada.offers(file.path)
      await bert.page.getByRole('button', { name: 'Accept' }).click()
      await ada.transfer('moving')
      await bert.page.getByRole('button', { name: 'Cancel' }).click()
      expect(await ada.transfer('cancelled')).to.contain('cancelled it')
      expect(await bert.transfer('cancelled')).to.contain('You cancelled it')

      await ada.offers(file.path)
      await bert.transfer('waiting')
      await ada.page.getByRole('button', { name: 'Cancel' }).click()
      expect(await bert.transfer('cancelled')).to.contain('cancelled it')
      expect(await ada.transfer('cancelled')).to.contain('You cancelled it')
      await bert.says('still here')
      await ada.reads('still here')
    } finally {
      file.remove()
    }
  })

  it('says so when the server goes, interrupts with the reason, and recovers when it is back', async () => {
    const file = createBigFile(100)
    try {
      const [ada, bert] = [await visit(), await visit()]
      await Promise.all([ada.sees(1), bert.sees(1)])
      await ada.offers(file.path)
      await bert.page.getByRole('button', { name: 'Accept' }).click()
      await Promise.all([ada.transfer('moving'), bert.transfer('moving')])
      await stage.server.kill()

      await Promise.all([ada.isConnected('lost'), bert.isConnected('lost')])
      expect(await ada.transfer('failed')).to.contain('lost its connection to the server')
      expect(await bert.transfer('failed')).to.match(/Interrupted at .* of 100 MB/)
      await ada.sees(0)
      expect(await ada.page.getByRole('alert').textContent()).to.contain('Nobody can be reached')
      await ada.says('hello?')
      await ada.page.locator('.receipt', { hasText: 'Not delivered' }).waitFor()
      await ada.screenshot('server-gone')

      await stage.serve(['--port', new URL(stage.url).port])
      await Promise.all([ada.isConnected('online'), bert.isConnected('online')])
      await Promise.all([ada.sees(1), bert.sees(1)])
      expect(await ada.page.getByRole('alert').isVisible()).to.equal(false)
      await ada.says('back again')
      await bert.reads('back again')
      expect(await ada.page.locator('.person').count()).to.equal(1)
      expect(await ada.page.locator('.note', { hasText: 'is here' }).count()).to.equal(1) // nobody left, nobody arrived
      await ada.screenshot('server-back')
      for (const { problems } of stage.visitors) expect(problems).to.deep.equal([])
    } finally {
      file.remove()
    }
  })

  it('notices that the network of the device went, although the socket says nothing', async () => {
    const [ada, bert] = [await visit(), await visit()]
    await Promise.all([ada.sees(1), bert.sees(1)])
    await ada.page.context().setOffline(true)
    await ada.isConnected('lost')
    await ada.page.getByText('This device is offline').waitFor()
    await bert.sees(0)
    await ada.page.context().setOffline(false)
    await ada.isConnected('online')
    await Promise.all([ada.sees(1), bert.sees(1)])
  })

  it('gives a duplicated tab an identity of its own, and keeps the one of a reload', async () => {
    const ada = await visit()
    await ada.isConnected('online')
    const id = await ada.page.locator('#my-id').textContent()
    const opened = ada.page.context().waitForEvent('page')
    await ada.page.evaluate(() => window.open(location.href)) // copies the session storage
    const copy = await opened
    await ada.sees(1)
    expect(await copy.locator('#my-id').textContent()).not.to.equal(id)
    await copy.close()
    await ada.sees(0)
    await ada.page.getByText('Nobody else is here yet').waitFor()
    await ada.page.reload()
    await ada.isConnected('online')
    expect(await ada.page.locator('#my-id').textContent()).to.equal(id)
  })

  it('JOIN-22 says so when another window takes its place, and leaves the place to it', async () => {
    const [ada, bert] = [await visit(), await visit()]
    await Promise.all([ada.sees(1), bert.sees(1)])
    const id = await ada.page.locator('#my-id').textContent()
    const copy = await visit()
    await copy.takes(await ada.key())
    await ada.isConnected('lost')
    expect(await ada.page.getByRole('alert').textContent()).to.contain('open somewhere else')
    await Promise.all([copy.isConnected('online'), copy.sees(1), ada.sees(0)])
    expect(await copy.page.locator('#my-id').textContent()).to.equal(id)
    await copy.says('it is me')
    await bert.reads('it is me')
    await ada.isConnected('lost')
    await ada.screenshot('taken')
    await ada.page.getByRole('button', { name: 'Try now' }).click()
    await Promise.all([ada.isConnected('online'), copy.isConnected('lost')])
  })

  it('finds people among many peers that are none, and lists nobody else', async () => {
    const crowd = new Crowd(stage.url)
    try {
      await crowd.join(MORE_THAN_PEOPLE)
      const [ada, bert] = [await visit(), await visit()]
      await Promise.all([ada.sees(1), bert.sees(1)])
      await ada.says('Anybody?')
      await ada.page.getByText('Delivered to 1 person').waitFor()
      expect(await ada.page.locator('.person').count()).to.equal(1)
    } finally {
      crowd.leave()
    }
  })

  it('takes no part of what a hostile receiver says for true', async () => {
    const crowd = new Crowd(stage.url)
    const file = createBigFile(3)
    try {
      const ada = await visit()
      await ada.isConnected('online')
      const evil = await crowd.page('Evil')
      evil.answers = [
        { type: 'done', sha256: '' },
        { type: 'accept', window: 100_000 },
        { type: 'ack' },
        { type: 'ack', bytes: 'many' },
        { type: 'ack', bytes: -1e9 },
        { type: 'accept', window: Number.MAX_VALUE },
        { type: 'done', sha256: '' },
      ]
      await ada.sees(1)
      await ada.offers(file.path)
      await ada.transfer('moving')
      await ada.says('still here')
      await ada.reads('still here')
      expect(await ada.page.locator('progress').evaluate((bar: HTMLProgressElement) => bar.value)).to.equal(0)
      await ada.screenshot('hostile-receiver')
      evil.close()
      expect(await ada.transfer('failed')).to.match(/Interrupted at 0 \w+ of 3/)
      expect(ada.problems).to.deep.equal([])
    } finally {
      crowd.leave()
      file.remove()
    }
  })

  it('says so when the server does not let it in, and goes on saying so', async () => {
    await stage.server.kill()
    await stage.serve(['--port', '0', '--public'], { NODE_ENV: 'production' })
    const ada = await visit()
    await ada.isConnected('lost')
    const shown = () => ada.page.locator('#banner').textContent()
    expect(await shown())
      .to.contain('This page could not join')
      .and.to.match(/TLS|https|secure/i)
    await ada.screenshot('refused')
    await Promise.all([
      ada.page.waitForEvent('load'),
      ada.page.getByRole('button', { name: 'Try now' }).click(),
    ])
    await ada.isConnected('lost')
    expect(await shown()).to.contain('This page could not join')
    expect(await ada.page.locator('#link').textContent()).to.equal('Not connected')
  })

  it('fits a phone: nothing reaches past 375 pixels', async () => {
    const phone = {
      viewport: { width: 375, height: 740 },
      deviceScaleFactor: 2,
      hasTouch: true,
      isMobile: true,
    }
    const [ada, bert] = [await visit(phone), await visit()]
    await Promise.all([ada.sees(1), bert.sees(1)])
    await bert.says('averyveryverylongwordwithoutanyspaces'.repeat(6))
    await ada.reads('averyvery')
    await ada.screenshot('phone')
    const width = await ada.page.evaluate(() => document.documentElement.scrollWidth)
    expect(width).to.be.at.most(375)
    const words = await ada.page.locator('#chart text:visible').all()
    for (const word of words) expect((await word.boundingBox())?.height).to.be.at.least(11)
    const composer = await ada.page.locator('#text').boundingBox()
    expect((composer?.y ?? 0) + (composer?.height ?? 0)).to.be.at.most(740)
  })
})
