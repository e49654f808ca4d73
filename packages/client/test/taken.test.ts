import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Peer, StarError } from '@socket-star/client'
import { expect } from 'chai'
import { countListeners } from './support/counted-socket.ts'
import { type RealStar, realStar } from './support/real-star.ts'

describe('an address that another connection takes', () => {
  let star: RealStar
  beforeEach(async () => {
    star = await realStar()
  })
  afterEach(() => star.close())

  const closed = (peer: Peer) => new Promise<StarError | undefined>((resolve) => peer.once('close', resolve))

  it('JOIN-22 ends the earlier peer with ERR_ADDRESS_TAKEN; it does not take the address back', async () => {
    const privateKey = await generateKeyPair('Ed25519')
    const { socket, left } = countListeners(star.client())
    const first = await star.join(socket, { privateKey })
    const errors: StarError[] = []
    first.on('error', (error) => errors.push(error))
    const over = closed(first)
    const second = await star.join(undefined, { privateKey })
    expect((await over)?.code).to.equal('ERR_ADDRESS_TAKEN')
    expect(errors.map(({ code }) => code)).to.deep.equal(['ERR_ADDRESS_TAKEN'])
    expect(first.status).to.equal('left')
    expect(left().filter((event) => event.startsWith('ss-') || event.startsWith('ws-'))).to.deep.equal([])
    const other = await star.join()
    await new Promise<void>((resolve) =>
      other.on('peer', (address) => address === second.address && resolve()),
    )
    expect(second.status).to.equal('joined')
    expect(star.star.stats()).to.include({ peers: 2, sockets: 2 })
    expect(star.star.stats().drops).to.deep.equal({})
  })

  it('JOIN-22 ends that peer alone: others on its socket stay', async () => {
    const privateKey = await generateKeyPair('Ed25519')
    const socket = star.client()
    const stays = await star.join(socket)
    const goes = await star.join(socket, { privateKey })
    const over = closed(goes)
    const taker = await star.join(undefined, { privateKey })
    await over
    expect(stays.status).to.equal('joined')
    const dialled = new Promise<string>((resolve) =>
      stays.once('stream', (_stream, { from }) => resolve(from)),
    )
    await taker.dial(stays.address)
    expect(await dialled).to.equal(taker.address)
  })

  it('JOIN-22 a nonsensical ss-left is counted, one for another address ignored', async () => {
    const peer = await star.join()
    const [socket] = [...star.io.of('/').sockets.values()]
    for (const args of [[], [7], ['__proto__'], [star.address], [`${peer.address}x`]])
      socket?.emit('ss-left', ...args)
    const other = await star.join()
    if (!peer.peers.has(other.address)) await new Promise((resolve) => peer.once('peer', resolve))
    expect(peer.drops['bad-peer']).to.equal(4)
    expect(peer.status).to.equal('joined')
  })
})
