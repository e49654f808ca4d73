import type { BrowserContext, Page } from 'playwright-core'
import type { Diary } from './page/diary.ts'

declare global {
  var diary: Diary
}

/** What a page's diary holds now. */
export interface Entry {
  readonly load: string
  readonly id: string | undefined
  readonly status: number
  readonly said: number
  readonly counts: readonly number[]
  readonly events: readonly string[]
  readonly statuses: readonly number[]
}

/** A page of {@link CountingServer}: it says numbers, and writes down those that it gets. */
export class TalkingPage {
  readonly page: Page
  /** Uncaught errors of the page. */
  readonly problems: string[] = []

  constructor(page: Page) {
    this.page = page
    page.setDefaultTimeout(15_000)
    page.on('pageerror', (error) => this.problems.push(error.message))
  }

  static async open(context: BrowserContext, url: string): Promise<TalkingPage> {
    const talking = new TalkingPage(await context.newPage())
    await talking.page.goto(url)
    await talking.has(1)
    return talking
  }

  entry(): Promise<Entry> {
    return this.page.evaluate(() => {
      const { load, said, counts, events, statuses } = diary
      return { load, said, counts, events, statuses, id: diary.id(), status: diary.status() }
    })
  }

  /** Waits until it got so many numbers since it was loaded. */
  async has(numbers: number): Promise<void> {
    await this.page.waitForFunction((wanted) => globalThis.diary?.counts.length >= wanted, numbers, {
      polling: 20,
    })
  }

  /** Waits for so many numbers more. */
  async goesOn(numbers = 30): Promise<void> {
    await this.has((await this.entry()).counts.length + numbers)
  }

  /** Waits until something happened so often. */
  async noted(event: string, times = 1): Promise<void> {
    await this.page.waitForFunction(
      ([name, count]) => diary.events.filter((each) => each === name).length >= Number(count),
      [event, times] as const,
      { polling: 20 },
    )
  }

  /** Ends its talk, and waits until the server has every word. */
  async fallsSilent(): Promise<Entry> {
    await this.page.evaluate(async () => {
      diary.isTalking = false
      await diary.flush()
    })
    return this.entry()
  }
}
