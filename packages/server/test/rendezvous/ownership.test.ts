import { expect } from 'chai'
import { codeOf, Host, request, settled, until } from '../support/host.ts'
import { Identity } from '../support/identity.ts'

describe('who has an address', () => {
  let host: Host
  let peer: Identity

  beforeEach(async () => {
    host = await Host.start()
    peer = await Identity.create()
  })
  afterEach(() => host.close())

  it('JOIN-14 a client that proves an address takes it from an earlier holder, who may no longer dial from it', async () => {
    const [before, after] = [await host.connect(), await host.connect()]
    await peer.join(before)
    expect((await peer.join(after))[0]).to.equal(null)
    expect(host.star.stats()).to.include({ peers: 1, sockets: 1 })
    const dial = await request(before, 'ss-dial', peer.address(), peer.address(), 'a')
    expect(codeOf(dial)).to.equal('ERR_NOT_JOINED')
  })

  it('JOIN-14 what the earlier holder does then does not touch the new one', async () => {
    const [before, after] = [await host.connect(), await host.connect()]
    await peer.join(before)
    await peer.join(after)
    before.emit('ss-leave', peer.address())
    await settled(before)
    expect(host.star.stats().peers).to.equal(1)
    before.disconnect()
    await until(() => host.io.of('/').sockets.size === 1)
    expect(host.star.stats()).to.include({ peers: 1, sockets: 1 })
  })

  it('JOIN-14 without a challenge the newest socket wins', async () => {
    const open = await Host.start({ star: { challenge: false } })
    const [before, after] = [await open.connect(), await open.connect()]
    await request(before, 'ss-join', peer.address(), '')
    await request(after, 'ss-join', peer.address('ipfs'), '')
    expect(open.star.stats()).to.include({ peers: 1, sockets: 1 })
    expect(codeOf(await request(before, 'ss-watch'))).to.equal('ERR_NOT_JOINED')
    expect((await request(after, 'ss-watch'))[0]).to.equal(null)
    await open.close()
  })

  it('JOIN-11 a leave takes the address off and keeps the others', async () => {
    const socket = await host.connect()
    await peer.join(socket)
    await peer.join(socket, peer.address('p2p', 1))
    socket.emit('ss-leave', peer.address('ipfs'))
    await settled(socket)
    expect(host.star.stats()).to.include({ peers: 1, sockets: 1 })
    const dial = await request(socket, 'ss-dial', peer.address(), peer.address('p2p', 1), 'a')
    expect(codeOf(dial)).to.equal('ERR_NOT_JOINED')
  })

  it('JOIN-12 a disconnect is a leave of every address', async () => {
    const socket = await host.connect()
    await peer.join(socket)
    await peer.join(socket, peer.address('p2p', 1))
    socket.disconnect()
    await until(() => host.star.stats().peers === 0)
    expect(host.star.stats()).to.include({ sockets: 0, watchers: 0 })
  })
})
