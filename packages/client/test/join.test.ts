import { generateKeyPair } from '@libp2p/crypto/keys'
import { type JoinOptions, joinStar, type Peer, wrap } from '@socket-star/client'
import { NONCE_DOMAIN } from '@socket-star/protocol/rendezvous'
import { expect } from 'chai'
import { codeOf, errorOf } from './support/error-of.ts'
import { type FakeStar, fakeStar, next, turn } from './support/fake-star.ts'
import { newKey } from './support/keys.ts'
import { letIn } from './support/let-in.ts'
import { ManualTimers } from './support/manual-timers.ts'

describe('join', () => {
  let star: FakeStar
  beforeEach(async () => {
    star = await fakeStar()
  })
  afterEach(() => star.close())

  const join = async (options: JoinOptions = {}): Promise<Peer> =>
    joinStar(wrap(star.client()), star.address, { ...(await newKey()), ...options })

  it('JOIN-1 JOIN-4 JOIN-8 proves its address with each type of key', async function () {
    this.timeout(20_000)
    letIn(star)
    for (const privateKey of [
      await generateKeyPair('Ed25519'),
      await generateKeyPair('secp256k1'),
      await generateKeyPair('RSA', 2048),
    ]) {
      const peer = await joinStar(wrap(star.client()), star.address, { privateKey })
      expect(peer.address).to.equal(`${star.address}/p2p/${privateKey.publicKey.toString()}`)
      expect(peer.status).to.equal('joined')
    }
    for (const { args } of star.of('ss-join')) expect(args[1]).to.match(/^[0-9a-f]+$/)
  })

  it('JOIN-1 joins once a socket connects, and at once on one that is connected', async () => {
    letIn(star)
    const socket = star.client()
    await next(socket, 'connect')
    const first = await joinStar(wrap(socket), star.address, await newKey())
    const second = await joinStar(wrap(socket), star.address, await newKey())
    expect(first.address).not.to.equal(second.address)
    expect(star.sockets).to.have.length(1)
  })

  it('JOIN-17 writes addresses as legacy servers read them', async () => {
    letIn(star)
    const { peerId, privateKey } = await newKey()
    await joinStar(wrap(star.client()), `${star.address}/p2p/${peerId}`, { privateKey })
    expect(star.of('ss-join')[0]?.args[0]).to.equal(`${star.address}/ipfs/${peerId}`)
  })

  it("ADDR-7 refuses another peer's id before anything is sent", async () => {
    letIn(star)
    const { peerId } = await newKey()
    const socket = star.client()
    await next(socket, 'connect')
    const joining = joinStar(wrap(socket), `${star.address}/p2p/${peerId}`, await newKey())
    expect(await codeOf(joining)).to.equal('ERR_ID_MISMATCH')
    expect(await codeOf(joinStar(wrap(socket), 'not an address', await newKey()))).to.equal('ERR_BAD_ADDRESS')
    expect(star.received).to.have.length(0)
  })

  it('PS-12 refuses limits of streams that cannot be used, before anything is sent', async () => {
    const socket = star.client()
    await next(socket, 'connect')
    const joining = joinStar(wrap(socket), star.address, { ...(await newKey()), stream: { frameBytes: 0 } })
    expect(await codeOf(joining)).to.equal('ERR_CONFIG')
    expect(star.received).to.have.length(0)
  })

  it('JOIN-4 takes no key that a server could not check', async () => {
    const privateKey = (await generateKeyPair('ECDSA')) as never
    expect(await codeOf(join({ privateKey }))).to.equal('ERR_BAD_KEY')
    expect(await codeOf(join({ privateKey: {} as never }))).to.equal('ERR_BAD_KEY')
  })

  it('JOIN-8 never signs a challenge of ours for another address, whatever is allowed', async () => {
    const { peerId } = await newKey()
    const foreign = `${NONCE_DOMAIN} ${star.address}/p2p/${peerId} ${'A'.repeat(43)}`
    letIn(star, { nonce: () => foreign })
    expect(await codeOf(join({ allowLegacyChallenge: true }))).to.equal('ERR_CHALLENGE')
    expect(star.of('ss-join')).to.have.length(1)
  })

  it('JOIN-8 signs a legacy challenge only when it may', async () => {
    const signatures = letIn(star, { nonce: () => 'bytes of the choice of the server', welcome: [[]] })
    expect(await codeOf(join())).to.equal('ERR_LEGACY_CHALLENGE')
    expect(star.of('ss-join')).to.have.length(1)
    await join({ allowLegacyChallenge: true })
    expect(signatures).to.have.length(1)
  })

  for (const nonce of [7, {}, [], true, 'x'.repeat(1025), new Uint8Array(4)]) {
    it(`JOIN-8 refuses a challenge that is ${typeof nonce === 'string' ? 'too long' : JSON.stringify(nonce)}`, async () => {
      letIn(star, { nonce: () => nonce })
      expect(await codeOf(join({ allowLegacyChallenge: true }))).to.equal('ERR_CHALLENGE')
    })
  }

  it('JOIN-8 answers one challenge only', async () => {
    star.on('ss-join', ({ args: [, , reply] }) => reply(null, 'another and another'))
    expect(await codeOf(join({ allowLegacyChallenge: true }))).to.equal('ERR_CHALLENGE')
    expect(star.of('ss-join')).to.have.length(2)
  })

  it('JOIN-13 leaves a server without a challenge again, unless that is allowed', async () => {
    star.on('ss-join', ({ args: [, , reply] }) => reply(null, null, []))
    expect(await codeOf(join())).to.equal('ERR_CHALLENGE_DISABLED')
    const left = await star.nth('ss-leave', 1)
    expect(left.args).to.deep.equal([star.of('ss-join')[0]?.args[0]])
    expect((await join({ allowNoChallenge: true })).status).to.equal('joined')
  })

  it('JOIN-13 JOIN-4 joins without a key only where that is allowed, and with the address as it is', async () => {
    star.on('ss-join', ({ args: [, , reply] }) => reply(null))
    expect(await codeOf(joinStar(wrap(star.client()), star.address))).to.equal('ERR_KEY_REQUIRED')
    const { peerId } = await newKey()
    const address = `${star.address}/p2p/${peerId}`
    const peer = await joinStar(wrap(star.client()), address, { allowNoChallenge: true })
    expect(peer.address).to.equal(address)
    expect(star.of('ss-join')[0]?.args[1]).to.equal('')
  })

  it('JOIN-13 fails without a key where the server asks for a proof', async () => {
    letIn(star)
    const joining = joinStar(wrap(star.client()), star.address, { allowNoChallenge: true })
    expect(await codeOf(joining)).to.equal('ERR_KEY_REQUIRED')
  })

  for (const [given, code] of [
    ['ERR_QUOTA: too many', 'ERR_QUOTA'],
    ['Invalid multiaddr', 'ERR_REMOTE'],
    [{}, 'ERR_REMOTE'],
    [true, 'ERR_REMOTE'],
    ['__proto__: x', 'ERR_REMOTE'],
  ] as const) {
    it(`ERR-3 JOIN-3 hands on what the server reports: ${JSON.stringify(given)}`, async () => {
      star.on('ss-join', ({ args: [, , reply] }) => reply(given))
      expect(await codeOf(join())).to.equal(code)
      // an error of the server's leaves nothing that would have to be left
      await turn()
      expect(star.of('ss-leave')).to.have.length(0)
    })
  }

  it('JOIN-10 tells one address from another, and joins none twice', async () => {
    letIn(star)
    const wrapped = wrap(star.client())
    const key = await newKey()
    const peer = await joinStar(wrapped, star.address, key)
    expect(await codeOf(joinStar(wrapped, star.address, key))).to.equal('ERR_ALREADY_JOINED')
    peer.leave()
    expect((await joinStar(wrapped, star.address, key)).status).to.equal('joined')
  })

  it('JOIN-15 gives up after its time and leaves', async () => {
    const timers = new ManualTimers()
    const joining = joinStar(wrap(star.client(), { env: { timers } }), star.address, await newKey())
    await star.nth('ss-join', 1)
    timers.advance(10_000)
    expect(await codeOf(joining)).to.equal('ERR_TIMEOUT')
    await star.nth('ss-leave', 1)
    expect(timers.size).to.equal(0)
  })

  it('JOIN-15 gives up also where nothing else keeps its process alive', async () => {
    const wakefulTimers = new ManualTimers()
    const socket = star.client({ autoConnect: false })
    const env = { timers: new ManualTimers(), wakefulTimers }
    const joining = joinStar(wrap(socket, { env }), star.address, await newKey())
    wakefulTimers.advance(30_000)
    expect(await codeOf(joining)).to.equal('ERR_TIMEOUT')
    expect(wakefulTimers.size).to.equal(0)
  })

  it('JOIN-15 gives up on a server that cannot be reached, and says what was in the way', async () => {
    const timers = new ManualTimers()
    const socket = star.client({ autoConnect: false })
    const joining = joinStar(wrap(socket, { env: { timers } }), star.address, await newKey())
    await star.io.close()
    const refused = next(socket, 'connect_error')
    socket.connect()
    await refused
    timers.advance(30_000)
    const error = await errorOf(joining)
    expect(error.code).to.equal('ERR_TIMEOUT')
    expect(error.cause).to.be.an('error')
  })

  it('JOIN-15 reports a server whose middleware refuses the client', async () => {
    star.io.use((_socket, proceed) => proceed(new Error('members only')))
    const error = await errorOf(join())
    expect(error).to.include({ code: 'ERR_FORBIDDEN', message: 'members only' })
  })

  it('JOIN-15 is aborted by its signal at any time, and leaves', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const joining = join({ signal })
    await star.nth('ss-join', 1)
    controller.abort()
    expect(await codeOf(joining)).to.equal('ERR_ABORTED')
    await star.nth('ss-leave', 1)
    expect(await codeOf(join({ signal }))).to.equal('ERR_ABORTED')
    expect(star.of('ss-join')).to.have.length(1)
  })

  /** What the server was asked on its last connection, in order. */
  const asked = (): string[] =>
    star.received
      .filter(({ event, socket }) => event.startsWith('ss-') && socket === star.sockets.at(-1))
      .map(({ event }) => event)

  it('JOIN-15 a join that is given up is left before the address is joined again', async () => {
    const wrapped = wrap(star.client())
    const key = await newKey()
    letIn(star)
    const peer = await joinStar(wrapped, star.address, key)
    star.on('ss-join', () => {})
    star.sockets[0]?.conn.close()
    await star.nth('ss-join', 3)
    letIn(star)
    peer.leave()
    const again = await joinStar(wrapped, star.address, key)
    again.leave()
    await star.nth('ss-leave', 2)
    expect(asked()).to.deep.equal(['ss-join', 'ss-leave', 'ss-join', 'ss-join', 'ss-leave'])
  })

  it('JOIN-15 a join that is given up while it signs is left once, and not again when it has signed', async () => {
    const wrapped = wrap(star.client())
    const { privateKey } = await newKey()
    let signed: (() => void) | undefined
    const slowKey = Object.assign(Object.create(privateKey), {
      type: 'Ed25519',
      publicKey: privateKey.publicKey,
      sign: async (bytes: Uint8Array) => {
        if (star.sockets.length === 2) {
          await new Promise<void>((resolve) => {
            signed = resolve
          })
        }
        return privateKey.sign(bytes)
      },
    })
    letIn(star)
    const peer = await joinStar(wrapped, star.address, { privateKey: slowKey })
    star.sockets[0]?.conn.close()
    while (signed === undefined) await turn()
    letIn(star)
    peer.leave()
    const joining = joinStar(wrapped, star.address, { privateKey })
    signed()
    const again = await joining
    again.leave()
    await star.nth('ss-leave', 2)
    expect(asked()).to.deep.equal(['ss-join', 'ss-leave', 'ss-join', 'ss-join', 'ss-leave'])
  })

  it('JOIN-5 a challenge is answered on the connection that it came on, or not at all', async () => {
    const { privateKey } = await newKey()
    const socket = star.client()
    let signed = (): void => {}
    const slowKey = Object.assign(Object.create(privateKey), {
      type: 'Ed25519',
      publicKey: privateKey.publicKey,
      sign: async (bytes: Uint8Array) => {
        if (star.sockets.length === 1) {
          star.sockets[0]?.conn.close()
          await new Promise<void>((resolve) => {
            signed = resolve
          })
        }
        return privateKey.sign(bytes)
      },
    })
    const accepted = letIn(star)
    const joining = joinStar(wrap(socket), star.address, { privateKey: slowKey })
    await star.until(() => star.sockets.length === 2)
    signed()
    await joining
    expect(accepted).to.have.length(1)
    expect(star.of('ss-join').map(({ socket }) => star.sockets.indexOf(socket))).to.deep.equal([0, 1, 1])
    expect(star.of('ss-leave')).to.have.length(0)
  })
})
