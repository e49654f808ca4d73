import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import { createLineWriter, MAX_WAITING_BYTES } from '../../src/cli/line-writer.ts'
import { createLog } from '../../src/log.ts'

describe('the log of the command line', () => {
  it('drops lines that nobody reads, and says how many they were once somebody does', () => {
    const stream = new PassThrough()
    const log = createLog({
      level: 'info',
      json: true,
      write: createLineWriter(stream, (lines) => log.warn('server.log-lines-dropped', { lines })),
    })
    const sent = 30_000
    for (let n = 0; n < sent; n++) log.info('server.signal', { n })
    expect(stream.writableLength).to.be.within(MAX_WAITING_BYTES, MAX_WAITING_BYTES + 1_000)
    const read = (): { event: string; n?: number; lines?: number }[] => {
      let text = ''
      for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) text += chunk
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    }
    const taken = read().length
    log.info('server.signal', { n: sent })
    const [gap, next] = read()
    expect(gap).to.include({ event: 'server.log-lines-dropped', lines: sent - taken })
    expect(next).to.include({ event: 'server.signal', n: sent })
  })
})
