import { expect } from 'chai'
import { Scene } from './scene.ts'
import { until } from './until.ts'

const BYTES_PER_SECOND = 250_000
const MESSAGES = 15
const TEXT = 'x'.repeat(30_000)
/** A burst takes 1.8 s, in which nobody who is on polling sees a byte move. */
const SESSIONS = { answerMs: 500 }
const SMALL_MS = 20

describe('a network that is slower than a session waits for an answer', () => {
  let scene: Scene
  beforeEach(async () => {
    scene = await Scene.open({
      transports: ['polling'],
      wrap: SESSIONS,
      site: { sessions: SESSIONS },
    })
  })
  afterEach(() => scene.close())

  for (const direction of ['up', 'down'] as const) {
    it(`SES-9 carries a burst ${direction}, and what is behind it, on polling: silence is given more time from one connection to the next`, async () => {
      const { star, proxy, site, traffic } = scene
      const { session } = site
      const heard: number[] = []
      const listener = (n: number) => heard.push(n)
      if (direction === 'up') session?.on('large', listener)
      else star.on('large', listener)
      proxy.weather.up.bytesPerSecond = proxy.weather.down.bytesPerSecond = BYTES_PER_SECOND
      const from = direction === 'up' ? star : session
      for (let n = 1; n <= MESSAGES; n++) from?.emit('large', n, TEXT)
      // the other side always waits for an answer
      const small = setInterval(() => traffic.once(), SMALL_MS)
      await until(() => heard.length >= MESSAGES, 15_000).finally(() => clearInterval(small))
      expect(heard).to.deep.equal(Array.from({ length: MESSAGES }, (_, n) => n + 1))
      await Promise.all([star.flush(), session?.flush()])
      expect([traffic.problems, scene.renewals]).to.deep.equal([[], []])
    }).timeout(20_000)
  }
})
