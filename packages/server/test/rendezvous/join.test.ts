import { expect } from 'chai'
import { codeOf, Host, request } from '../support/host.ts'
import { Identity } from '../support/identity.ts'

describe('ss-join', () => {
  let host: Host

  beforeEach(async () => {
    host = await Host.start()
  })
  afterEach(() => host.close())

  for (const type of ['Ed25519', 'secp256k1', 'RSA'] as const) {
    it(`JOIN-3 JOIN-8 JOIN-20 lets a peer with a key of type ${type} join by signing the nonce`, async () => {
      const peer = await Identity.create(type)
      const socket = await host.connect()
      const [error, nonce] = await request(socket, 'ss-join', peer.address(), peer.publicKeyHex)
      expect(error).to.equal(null)
      expect(nonce).to.match(/^socket-star join 1 /)
      const answer = await request(socket, 'ss-join', peer.address(), await peer.sign(String(nonce)))
      expect(answer).to.deep.equal([null, null, [], { v: 1, features: ['peers'] }])
      expect(host.star.stats()).to.include({ peers: 1, sockets: 1 })
      expect(host.star.stats().joins).to.deep.equal({ ok: 1 })
    })
  }

  it('JOIN-4 reads the key and the signature in base64 too', async () => {
    const peer = await Identity.create()
    const socket = await host.connect()
    const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
    const [, nonce] = await request(socket, 'ss-join', peer.address(), base64(peer.publicKeyHex))
    const answer = await request(socket, 'ss-join', peer.address(), base64(await peer.sign(String(nonce))))
    expect(answer[0]).to.equal(null)
    expect(host.star.stats().peers).to.equal(1)
  })

  it('JOIN-4 JOIN-5 asks for a key where the data is empty, null or absent', async () => {
    const peer = await Identity.create()
    const socket = await host.connect()
    expect(codeOf(await request(socket, 'ss-join', peer.address(), ''))).to.equal('ERR_KEY_REQUIRED')
    expect(codeOf(await request(socket, 'ss-join', peer.address(), null))).to.equal('ERR_KEY_REQUIRED')
    expect(codeOf(await request(socket, 'ss-join', peer.address()))).to.equal('ERR_KEY_REQUIRED')
  })

  it('JOIN-1 takes several addresses on one socket', async () => {
    const peer = await Identity.create()
    const socket = await host.connect()
    expect((await peer.join(socket, peer.address('p2p', 1)))[0]).to.equal(null)
    expect((await peer.join(socket, peer.address('p2p', 2)))[0]).to.equal(null)
    expect(host.star.stats()).to.include({ peers: 2, sockets: 1 })
  })

  it('JOIN-1 joins an address again that the socket has', async () => {
    const peer = await Identity.create()
    const socket = await host.connect()
    await peer.join(socket)
    expect((await peer.join(socket, peer.address('ipfs')))[0]).to.equal(null)
    expect(host.star.stats()).to.include({ peers: 1, sockets: 1 })
  })

  it('JOIN-3 ADDR-3 names the peers of other sockets, in the spelling of the joiner', async () => {
    const [first, second, third] = await Promise.all([
      Identity.create(),
      Identity.create(),
      Identity.create(),
    ])
    await first.join(await host.connect(), first.address('ipfs'))
    await second.join(await host.connect(), second.address('p2p'))
    const joined = await third.join(await host.connect(), third.address('ipfs'))
    expect(joined[2]).to.have.members([first.address('ipfs'), second.address('ipfs')])
    const again = await third.join(await host.connect(), third.address('p2p', 7))
    expect(again[2]).to.have.members([first.address(), second.address(), third.address()])
  })

  it('JOIN-3 names at most 256 peers', async () => {
    const open = await Host.start({
      star: { challenge: false, quotas: { addressesPerSocket: 300, joinBurst: 300 } },
    })
    const crowd = await open.connect()
    const address = (port: number) => `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star`
    for (let port = 1; port <= 257; port += 1) await request(crowd, 'ss-join', address(port), '')
    const answer = await request(await open.connect(), 'ss-join', address(9999), '')
    expect(answer[2]).to.have.length(256)
    expect(new Set(answer[2] as string[])).to.have.length(256)
    await open.close()
  })

  it('JOIN-2 counts and drops a join without a callback', async () => {
    const peer = await Identity.create()
    const socket = await host.connect()
    socket.emit('ss-join', peer.address(), peer.publicKeyHex)
    expect(codeOf(await request(socket, 'ss-join', 'nonsense', ''))).to.equal('ERR_BAD_ADDRESS')
    expect(host.star.stats().drops).to.deep.equal({ malformed: 1 })
  })

  it('ADDR-4 refuses in strict mode what has not the WebSocketStar form, and takes it in lax mode', async () => {
    const peer = await Identity.create()
    const address = `/ip4/127.0.0.1/tcp/9090/p2p/${peer.peerId}`
    expect(codeOf(await peer.join(await host.connect(), address))).to.equal('ERR_BAD_ADDRESS')
    const lax = await Host.start({ star: { strictAddresses: false } })
    expect((await peer.join(await lax.connect(), address))[0]).to.equal(null)
    await lax.close()
  })

  it('JOIN-13 reads no data where the challenge is off', async () => {
    const open = await Host.start({ star: { challenge: false } })
    const peer = await Identity.create()
    const answer = await request(await open.connect(), 'ss-join', peer.address(), 'not a key at all')
    expect(answer).to.deep.equal([null, null, [], { v: 1, features: ['peers'] }])
    await open.close()
  })
})
