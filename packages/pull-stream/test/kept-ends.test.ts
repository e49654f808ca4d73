import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRelay, type Relay } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { createHost, type Host, roundTrip } from './support/host.ts'

const STREAMS = 16
const TEXT_BYTES = 900_000

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  gc()
  gc()
  return process.memoryUsage().heapUsed
}

describe('ends that a relay keeps', () => {
  let host: Host
  before(async () => {
    host = await createHost()
  })
  after(() => host.close())

  it('ERR-4 PS-47 hold on to no more than the text that is kept of an error, however long it came', async () => {
    const [writer, reader] = [await host.connect(), await host.connect()]
    const before = heapAfterCollection()
    const relays: Relay[] = []
    for (let n = 0; n < STREAMS; n += 1) {
      relays.push(createRelay(writer.server, reader.server, `s${n}`))
      // half of them are over, the others wait to be accepted
      if (n % 2 === 0) reader.client.emit(`socket.io-pull-stream.accept.s${n}`)
      await roundTrip(reader)
      writer.client.emit(`socket.io-pull-stream.error.s${n}`, `ERR_ABORTED: ${n}${'x'.repeat(TEXT_BYTES)}`)
      await roundTrip(writer)
    }
    expect(relays.filter(({ end }) => end?.error?.code === 'ERR_ABORTED')).to.have.length(STREAMS / 2)
    expect(heapAfterCollection() - before).to.be.below((STREAMS / 4) * TEXT_BYTES)
    for (const relay of relays) relay.close()
  })
})
