import { joinStar, type Peer, type StarError, type StarSocket, wrap } from '@socket-star/client'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { codeOf } from './support/error-of.ts'
import { fakeStar, next } from './support/fake-star.ts'
import { newKey } from './support/keys.ts'
import { letIn } from './support/let-in.ts'
import { realStar } from './support/real-star.ts'

/** How a peer ended. */
const closed = (peer: Peer) =>
  new Promise<unknown[]>((resolve) => {
    const told: unknown[] = []
    peer.on('error', ({ code }: StarError) => told.push(code))
    peer.on('close', (error) => resolve([...told, error?.code, peer.status]))
  })

describe('JOIN-23 peers of a star that is over', () => {
  const EVENTS = ['connect', 'connect_error', 'disconnect', 'ss-incomming', 'ss-left', 'ss-peer', 'ws-peer']
  const listeners = (socket: Socket): number =>
    EVENTS.reduce((sum, event) => sum + socket.listeners(event as 'connect').length, 0)

  it('JOIN-23 end with ERR_CLOSED, and joins that are under way; nothing of them stays on the socket', async () => {
    const star = await fakeStar()
    letIn(star)
    const socket = star.client()
    const wrapper = wrap(socket)
    const before = listeners(socket)
    const peers = [
      await joinStar(wrapper, star.address, await newKey()),
      await joinStar(wrapper, star.address, await newKey()),
    ]
    star.on('ss-join', () => {})
    const joining = joinStar(wrapper, star.address, await newKey())
    await star.nth('ss-join', 5)
    const ends = peers.map(closed)
    wrapper.disconnect()
    for (const end of ends) expect(await end).to.deep.equal(['ERR_CLOSED', 'ERR_CLOSED', 'left'])
    expect(await codeOf(joining)).to.equal('ERR_CLOSED')
    expect(await codeOf(joinStar(wrapper, star.address, await newKey()))).to.equal('ERR_CLOSED')
    expect(listeners(socket)).to.be.at.most(before)
    await star.close()
  })

  for (const where of ['connected', 'disconnected']) {
    it(`JOIN-23 end also where the application took every listener off the star, ${where}`, async () => {
      const star = await realStar()
      const wrapper = wrap(star.client())
      const peer = await joinStar(wrapper, star.address, await newKey())
      const end = closed(peer)
      wrapper.off()
      if (where === 'disconnected') wrapper.socket.disconnect()
      wrapper.disconnect()
      expect(await end).to.deep.equal(['ERR_CLOSED', 'ERR_CLOSED', 'left'])
      await star.close()
    })
  }

  it('JOIN-23 a join that waits for a connection ends with the star, too', async () => {
    const star = await fakeStar()
    const wrapper = wrap(star.client({ autoConnect: false }))
    const joining = joinStar(wrapper, star.address, await newKey())
    wrapper.disconnect()
    expect(await codeOf(joining)).to.equal('ERR_CLOSED')
    await star.close()
  })

  it('JOIN-23 the server may have ended the session', async () => {
    const star = await realStar()
    const wrapper: StarSocket = wrap(star.client())
    const peer = await joinStar(wrapper, star.address, await newKey())
    const end = closed(peer)
    const [session] = star.star.sessions
    session?.disconnect()
    expect(await end).to.deep.equal(['ERR_CLOSED', 'ERR_CLOSED', 'left'])
    await star.close()
  })

  it('JOIN-10 a peer whose socket the application disconnects joins again when that connects it', async () => {
    const star = await realStar()
    const wrapper = wrap(star.client())
    const peer = await joinStar(wrapper, star.address, await newKey())
    const status = new Promise<string>((resolve) => peer.once('status', resolve))
    wrapper.socket.disconnect()
    expect(await status).to.equal('joining')
    const again = new Promise<void>((resolve) => peer.on('rejoin', resolve))
    wrapper.connect()
    await again
    await star.close()
  })

  it('JOIN-15 a middleware that can be asked again is', async () => {
    const star = await fakeStar()
    letIn(star)
    let asked = 0
    star.io.use((_, go) => {
      asked += 1
      go(asked > 1 ? undefined : Object.assign(new Error('busy'), { data: { retryable: true } }))
    })
    const socket = star.client()
    const refused = next(socket, 'connect_error')
    const joining = joinStar(wrap(socket), star.address, await newKey())
    await refused
    expect((await joining).status).to.equal('joined')
    expect(asked).to.equal(2)
    await star.close()
  })
})
