import { wrap } from '@socket-star/client'
import { HELLO } from '@socket-star/protocol/channel'
import type { Session } from '@socket-star/server'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { type RealStar, realStar } from '../support/real-star.ts'
import { Counting, cut } from './counting.ts'
import { next, ready, until } from './until.ts'

/** What leaves and comes on a socket's next connection, until it is resumed: `>` and `<`, with the event's name. */
function trace(socket: Socket): { line: string; data: unknown[] }[] {
  const seen: { line: string; data: unknown[] }[] = []
  const note = (arrow: string, text: unknown): void => {
    if (typeof text !== 'string' || !text.startsWith('2[')) return
    const data = JSON.parse(text.slice(1)) as unknown[]
    seen.push({ line: `${arrow} ${data[0]}`, data })
  }
  socket.io.once('open', () => {
    socket.io.engine.on('packetCreate', ({ data }) => note('>', data))
    socket.io.engine.on('packet', ({ data }) => note('<', data))
  })
  return seen
}

describe('the HELLO behind the token, of a client', () => {
  let host: RealStar
  let session: Session
  beforeEach(async () => {
    host = await realStar()
    host.star.on('session', (each) => {
      session = each
    })
  })
  afterEach(() => host.close())

  it('SES-19 is said with the token that is shown: what was missed comes though the server hears nothing more', async () => {
    const socket = host.client()
    const star = wrap(socket)
    await ready(star)
    const count = new Counting(star, session)
    const seen = trace(socket)
    const held: (() => void)[] = []
    let released = false
    host.io.use((fresh, go) => {
      let frames = 0
      fresh.use(([event], pass) => {
        if (event === 'star') frames += 1
        if (frames > 1 && !released) held.push(pass)
        else pass()
      })
      go()
    })
    cut(socket)
    count.step()
    await until(() => count.down.length === 1)
    expect(count.up).to.deep.equal([])
    const lines = seen.map(({ line }) => line)
    // the server's token, ours and the HELLO, then the server's answer
    expect(lines.slice(0, 4)).to.deep.equal(['< dop', '> dop', '> star', '< dop'])
    expect(seen[2]?.data[1]).to.have.property('0', HELLO)
    released = true
    for (const pass of held) pass()
    await count.settled()
  })

  it('SES-19 is said again for a server that does not listen so early', async () => {
    const socket = host.client()
    const star = wrap(socket)
    await ready(star)
    const count = new Counting(star, session)
    let dropped = 0
    host.io.use((fresh, go) => {
      let dops = 0
      fresh.use(([event], pass) => {
        if (event === 'dop') dops += 1
        if (event === 'star' && dops === 1 && dropped < 1) dropped += 1
        else pass()
      })
      go()
    })
    const resumed = next(star, 'resume')
    cut(socket)
    count.step()
    await resumed
    await count.settled()
    expect(dropped).to.equal(1)
    // it never went silent for as long as a timeout takes
    expect(star.isConnected()).to.equal(true)
  })

  it('SES-19 SES-17 leaves the present connection alone while a client cycles', async () => {
    const socket = host.client()
    const star = wrap(socket, { cycle: { minMs: 20, maxMs: 20 } })
    await ready(star)
    const count = new Counting(star, session)
    for (let cycles = 0; cycles < 5; cycles++) {
      const resumed = next(star, 'resume')
      for (let i = 0; i < 50; i++) count.step()
      await resumed
    }
    await count.settled()
    star.disconnect()
  })
})
