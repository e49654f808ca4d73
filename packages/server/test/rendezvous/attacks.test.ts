import { createPublicKey, createSign, generateKeyPairSync } from 'node:crypto'
import { generateKeyPair, publicKeyFromProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import { SILENT_LOG } from '../../src/log.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { codeOf, Host, nextEvent, request, settled, until } from '../support/host.ts'
import { Identity } from '../support/identity.ts'

describe('attacks on the join challenge', () => {
  let host: Host
  let victim: Identity
  let mallory: Identity
  let socket: Socket

  beforeEach(async () => {
    host = await Host.start()
    victim = await Identity.create()
    mallory = await Identity.create()
    socket = await host.connect()
  })
  afterEach(() => host.close())

  async function nonceFor(identity: Identity, on = socket): Promise<string> {
    const [error, nonce] = await request(on, 'ss-join', identity.address(), identity.publicKeyHex)
    expect(error).to.equal(null)
    return String(nonce)
  }

  async function answer(signature: string, address = victim.address(), on = socket): Promise<unknown> {
    return codeOf(await request(on, 'ss-join', address, signature))
  }

  function nobodyJoined(): void {
    expect(host.star.stats().peers).to.equal(0)
  }

  it('JOIN-5 a nonce that was used is worth nothing: the same answer again is refused', async () => {
    const signature = await victim.sign(await nonceFor(victim))
    expect(await answer(signature)).to.equal(null)
    socket.emit('ss-leave', victim.address())
    // with no challenge pending, the signature is read as a key
    expect(await answer(signature)).to.equal('ERR_BAD_KEY')
    await nonceFor(victim)
    expect(await answer(signature)).to.equal('ERR_SIGNATURE')
    nobodyJoined()
  })

  it('JOIN-5 a wrong answer uses the nonce up: the right one comes too late', async () => {
    const nonce = await nonceFor(victim)
    expect(await answer('00'.repeat(64))).to.equal('ERR_SIGNATURE')
    expect(await answer(await victim.sign(nonce))).to.equal('ERR_BAD_KEY')
    nobodyJoined()
  })

  it('JOIN-5 a nonce of another socket is worth nothing', async () => {
    const other = await host.connect()
    const stolen = await nonceFor(victim, other)
    await nonceFor(victim)
    expect(await answer(await victim.sign(stolen))).to.equal('ERR_SIGNATURE')
    nobodyJoined()
  })

  it('JOIN-5 JOIN-6 a nonce of another address of the same peer is worth nothing', async () => {
    const nonce = await nonceFor(victim)
    const [, second] = await request(socket, 'ss-join', victim.address('p2p', 1), victim.publicKeyHex)
    expect(await answer(await victim.sign(nonce), victim.address('p2p', 1))).to.equal('ERR_SIGNATURE')
    expect(await answer(await victim.sign(String(second)))).to.equal('ERR_SIGNATURE')
    nobodyJoined()
  })

  it('JOIN-5 a nonce whose time is over is worth nothing', async () => {
    const environment = new FakeEnvironment()
    const timed = await Host.start({ star: { environment } })
    const slow = await timed.connect()
    const nonce = await nonceFor(victim, slow)
    environment.advance(30_000)
    expect(await answer(await victim.sign(nonce), victim.address(), slow)).to.equal('ERR_BAD_KEY')
    expect(timed.star.stats().peers).to.equal(0)
    expect(environment.timers, 'timers left').to.equal(0)
    await timed.close()
  })

  it('JOIN-5 a nonce is good until just before its time is over', async () => {
    const environment = new FakeEnvironment()
    const timed = await Host.start({ star: { environment } })
    const slow = await timed.connect()
    const nonce = await nonceFor(victim, slow)
    environment.advance(29_999)
    expect(await answer(await victim.sign(nonce), victim.address(), slow)).to.equal(null)
    await timed.close()
  })

  it('JOIN-5 a nonce dies with its socket', async () => {
    const nonce = await nonceFor(victim)
    socket.disconnect()
    const next = await host.connect()
    expect(await answer(await victim.sign(nonce), victim.address(), next)).to.equal('ERR_BAD_KEY')
    nobodyJoined()
  })

  it('JOIN-8 a signature by another key is refused', async () => {
    expect(await answer(await mallory.sign(await nonceFor(victim)))).to.equal('ERR_SIGNATURE')
    nobodyJoined()
  })

  it('JOIN-8 an empty signature is refused', async () => {
    await nonceFor(victim)
    expect(await answer('')).to.equal('ERR_SIGNATURE')
    nobodyJoined()
  })

  it('JOIN-8 a signature of every wrong length is refused', async () => {
    const right = await victim.sign('socket-star join 1')
    for (const wrong of ['00', right.slice(2), `${right}00`, right.repeat(4)]) {
      await nonceFor(victim)
      expect(await answer(wrong)).to.equal('ERR_SIGNATURE')
    }
    nobodyJoined()
  })

  it('JOIN-8 an Ed25519 signature of zeros under a key of small order is refused', async () => {
    // y = 1, the neutral element: under it, lax verifiers accept such a signature of anything
    const neutral = Buffer.concat([Buffer.from('08011220', 'hex'), Buffer.from([1]), Buffer.alloc(31)])
    const peerId = publicKeyFromProtobuf(neutral).toString()
    const address = `/ip4/127.0.0.1/tcp/1/ws/p2p-websocket-star/p2p/${peerId}`
    await request(socket, 'ss-join', address, neutral.toString('hex'))
    const forged = Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]).toString('hex')
    expect(await answer(forged, address)).to.equal('ERR_SIGNATURE')
    nobodyJoined()
  })

  it('JOIN-6 JOIN-8 a signature that the peer gave to another protocol is refused', async () => {
    const nonce = await nonceFor(victim)
    const random = nonce.split(' ').at(-1) ?? ''
    for (const text of [
      random,
      victim.address(),
      `libp2p-something:${nonce}`,
      nonce.replace('join 1', 'join 2'),
    ]) {
      const fresh = await nonceFor(victim, await host.connect())
      expect(fresh).not.to.equal(nonce)
      const other = await host.connect()
      await nonceFor(victim, other)
      expect(await answer(await victim.sign(text), victim.address(), other)).to.equal('ERR_SIGNATURE')
    }
    nobodyJoined()
  })

  it('JOIN-8 an ECDSA-like DER signature with a wrong digest is refused for secp256k1', async () => {
    const peer = await Identity.create('secp256k1')
    await nonceFor(peer)
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    const der = createSign('sha256').update('something').sign(privateKey).toString('hex')
    expect(await answer(der, peer.address())).to.equal('ERR_SIGNATURE')
    nobodyJoined()
  })

  it('JOIN-7 nobody joins as somebody else: the key of another id', async () => {
    expect(codeOf(await request(socket, 'ss-join', victim.address(), mallory.publicKeyHex))).to.equal(
      'ERR_ID_MISMATCH',
    )
    nobodyJoined()
  })

  it('JOIN-7 nobody joins as somebody else: another key shown after the nonce', async () => {
    await nonceFor(victim)
    expect(await answer(mallory.publicKeyHex)).to.equal('ERR_SIGNATURE')
    nobodyJoined()
  })

  it('JOIN-7 an address without a peer id cannot be proven', async () => {
    const address = '/ip4/127.0.0.1/tcp/9090/ws/p2p-websocket-star'
    expect(codeOf(await request(socket, 'ss-join', address, mallory.publicKeyHex))).to.equal(
      'ERR_ID_MISMATCH',
    )
  })

  it('JOIN-7 only the last peer id of an address counts, and strict mode takes one', async () => {
    const address = `${victim.address()}/p2p/${mallory.peerId}`
    expect(codeOf(await mallory.join(socket, address))).to.equal('ERR_BAD_ADDRESS')
  })

  it('JOIN-20 a key that cannot be read, or of a kind or size that is not supported, is refused', async () => {
    const ecdsa = Buffer.from(publicKeyToProtobuf((await generateKeyPair('ECDSA')).publicKey)).toString('hex')
    const small = rsaKey(1024)
    const slow = rsaKey(2048, Buffer.from([1, 0, 0, 0, 15]))
    for (const key of ['00', 'ff'.repeat(40), '08011220ab', ecdsa, small, slow, '0a'.repeat(4096)]) {
      expect(codeOf(await request(socket, 'ss-join', victim.address(), key)), key.slice(0, 20)).to.equal(
        'ERR_BAD_KEY',
      )
    }
    nobodyJoined()
  })

  it('JOIN-5 two answers at once: one nonce lets one in', async () => {
    const peer = await Identity.create('RSA')
    const right = await peer.sign(await nonceFor(peer))
    const both = await Promise.all([answer('00'.repeat(256), peer.address()), answer(right, peer.address())])
    expect(both[0]).to.equal('ERR_SIGNATURE')
    expect(both[1]).to.be.oneOf(['ERR_BAD_REQUEST', 'ERR_BAD_KEY'])
    nobodyJoined()
  })

  it('JOIN-5 a leave while the signature is verified undoes the join', async () => {
    const signature = await victim.sign(await nonceFor(victim))
    const joined = answer(signature)
    socket.emit('ss-leave', victim.address())
    await joined
    await settled(socket)
    nobodyJoined()
  })

  it('JOIN-5 JOIN-21 a leave or a disconnect while the hook is asked leaves nobody behind', async () => {
    const asked: (() => void)[] = []
    const authenticate = (): Promise<boolean> => {
      return new Promise((resolve) => asked.push(() => resolve(true)))
    }
    const gated = await Host.start({ star: { challenge: false, authenticate } })
    const [leaver, quitter] = [await gated.connect(), await gated.connect()]
    const left = request(leaver, 'ss-join', victim.address(), '')
    leaver.emit('ss-leave', victim.address())
    await until(() => asked.length === 1)
    quitter.emit('ss-join', victim.address(), '', () => {})
    await until(() => asked.length === 2)
    quitter.disconnect()
    await until(() => gated.io.of('/').sockets.size === 1)
    for (const answer of asked) answer()
    expect(codeOf(await left)).to.equal('ERR_ABORTED')
    await until(() => gated.star.stats().joins.ERR_ABORTED === 2)
    expect(gated.star.stats()).to.include({ peers: 0, sockets: 0 })
    await gated.close()
  })

  it('JOIN-5 JOIN-15 a client that gave up after the nonce and left may join at once again', async () => {
    await nonceFor(victim)
    socket.emit('ss-leave', victim.address())
    expect(await answer(await victim.sign(await nonceFor(victim)))).to.equal(null)
  })

  it('JOIN-5 LIM-3 joins that were given up do not count as addresses of the socket', async () => {
    for (let port = 1; port <= 20; port += 1) {
      const address = victim.address('p2p', port)
      expect((await request(socket, 'ss-join', address, victim.publicKeyHex))[0], `port ${port}`).to.equal(
        null,
      )
      socket.emit('ss-leave', address)
    }
  })

  it('JOIN-21 a join after a leave does not share the fate of the one that was overtaken', async () => {
    const overtaken = answer(await victim.sign(await nonceFor(victim)))
    socket.emit('ss-leave', victim.address())
    const again = await nonceFor(victim)
    expect(await overtaken).to.equal('ERR_ABORTED')
    expect(await answer(await victim.sign(again))).to.equal(null)
  })

  it('JOIN-11 a leave of the address of somebody else changes nothing', async () => {
    await victim.join(await host.connect())
    socket.emit('ss-leave', victim.address())
    await settled(socket)
    expect(host.star.stats().peers).to.equal(1)
    expect(host.star.stats().drops).to.deep.equal({ malformed: 1 })
  })

  it('DIAL-4 a dial from an address that the socket has not joined is refused', async () => {
    await victim.join(await host.connect())
    await mallory.join(socket)
    const target = victim.address()
    expect(codeOf(await request(socket, 'ss-dial', target, mallory.address(), 'a'))).to.equal(
      'ERR_NOT_JOINED',
    )
    const stranger = await host.connect()
    expect(codeOf(await request(stranger, 'ss-dial', mallory.address(), target, 'b'))).to.equal(
      'ERR_NOT_JOINED',
    )
  })

  it('LIM-1 LIM-4 half a surrogate pair in an address is an offence, and no fault of the server', async () => {
    const errors: string[] = []
    const log = { ...SILENT_LOG, error: (event: string) => errors.push(event) }
    const logged = await Host.start({ star: { log, quotas: { offences: 2 } } })
    const careless = await logged.connect()
    const gone = nextEvent(careless, 'disconnect')
    for (const path of ['unix', 'http-path', 'unix']) careless.emit('ss-leave', `/${path}/\ud800`)
    expect(await gone).to.include('io server disconnect')
    expect(errors).to.deep.equal([])
    await logged.close()
  })

  it('LIM-1 names of prototypes are names like any other', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '']) {
      expect(codeOf(await request(socket, 'ss-join', name, name))).to.equal('ERR_BAD_ADDRESS')
      expect(codeOf(await request(socket, 'ss-dial', name, name, name))).to.equal('ERR_BAD_ADDRESS')
    }
    await mallory.join(socket)
    const dial = await request(socket, 'ss-dial', mallory.address(), victim.address(), '__proto__')
    expect(codeOf(dial)).to.equal('ERR_PEER_NOT_FOUND')
  })
})

/** An RSA key in libp2p's encoding; the exponent is big-endian. */
function rsaKey(modulusLength: number, exponent = Buffer.from([1, 0, 1])): string {
  const { n } = generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' })
  const jwk = { kty: 'RSA', n: n ?? '', e: exponent.toString('base64url') }
  const der = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' })
  const length = [0x80 | (der.length & 0x7f), der.length >> 7]
  return Buffer.concat([Buffer.from([0x08, 0x00, 0x12, ...length]), der]).toString('hex')
}
