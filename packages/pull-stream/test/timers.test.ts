import { systemTimers } from '@socket-star/pull-stream'
import { expect } from 'chai'

describe('the clock of the platform', () => {
  it('waits long where it is told to wait longer than it can', async () => {
    const fired: number[] = []
    const cancels = [Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 40].map((ms) =>
      systemTimers.after(ms, () => fired.push(ms)),
    )
    await new Promise((resolve) => setTimeout(resolve, 20))
    for (const cancel of cancels) cancel()
    expect(fired).to.deep.equal([])
  })
})
