import { expect } from 'chai'
import { codeOf, Host, nextEvent, request, settled, until } from '../support/host.ts'
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

  it('JOIN-22 a watching socket is told which of its addresses another one took, and goes on watching', async () => {
    const [before, after] = [await host.connect(), await host.connect()]
    await peer.join(before)
    await peer.join(before, peer.address('p2p', 1))
    await request(before, 'ss-watch')
    const told = nextEvent(before, 'ss-left')
    await peer.join(after, peer.address('ipfs'))
    expect(await told).to.deep.equal([peer.address()])
    expect(host.star.stats()).to.include({ peers: 2, sockets: 2, watchers: 1 })
  })

  it('JOIN-22 a socket that watches later is told then, before the answer, unless it has the address back', async () => {
    const [before, after] = [await host.connect(), await host.connect()]
    const heard: unknown[] = []
    before.on('ss-left', (address: string) => heard.push(address))
    before.on('ss-peers', () => heard.push('list'))
    for (const port of [1, 2, 3]) await peer.join(before, peer.address('p2p', port))
    for (const port of [1, 2, 3]) await peer.join(after, peer.address('p2p', port))
    await peer.join(before, peer.address('p2p', 2))
    before.emit('ss-leave', peer.address('p2p', 3))
    await request(before, 'ss-watch')
    expect(heard).to.deep.equal([peer.address('p2p', 1), 'list'])
    before.emit('ss-leave', peer.address('p2p', 2))
    await peer.join(after, peer.address('p2p', 2))
    await settled(before)
    expect(heard).to.have.length(2)
  })

  it('JOIN-22 a socket whose only address is gone before it watches is told, and refused', async () => {
    const [before, after] = [await host.connect(), await host.connect()]
    await peer.join(before)
    await peer.join(after)
    const told = nextEvent(before, 'ss-left')
    expect(codeOf(await request(before, 'ss-watch'))).to.equal('ERR_NOT_JOINED')
    expect(await told).to.deep.equal([peer.address()])
  })

  it('JOIN-22 a legacy client is told nothing, and what it would be told is bounded', async () => {
    const small = await Host.start({ star: { challenge: false, quotas: { addressesPerSocket: 2 } } })
    const [before, after] = [await small.connect(), await small.connect()]
    const heard: string[] = []
    before.on('ss-left', (address: string) => heard.push(address))
    for (let port = 1; port <= 5; port += 1) {
      await request(before, 'ss-join', peer.address('p2p', port), '')
      await request(after, 'ss-join', peer.address('p2p', port), '')
      after.emit('ss-leave', peer.address('p2p', port))
    }
    await settled(before)
    expect(heard).to.deep.equal([])
    await request(before, 'ss-watch')
    expect(heard).to.deep.equal([peer.address('p2p', 1), peer.address('p2p', 2)])
    await small.close()
  })

  it('JOIN-22 NET-5 is not kept for a socket that recovers', async () => {
    const recovering = await Host.start({ io: { connectionStateRecovery: {} } })
    const [before, after] = [await recovering.connect(), await recovering.connect()]
    await peer.join(before)
    await request(before, 'ss-watch')
    const { adapter } = recovering.io.of('/') as unknown as { adapter: { packets?: { data: unknown[] }[] } }
    const told = nextEvent(before, 'ss-left')
    await peer.join(after)
    await told
    recovering.io.emit('kept')
    expect(adapter.packets?.map(({ data }) => data[0])).to.deep.equal(['kept'])
    await recovering.close()
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
