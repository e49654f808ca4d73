import { generateKeyPair, type privateKeyFromProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { Socket } from 'socket.io-client'
import { request } from './host.ts'

type PrivateKey = ReturnType<typeof privateKeyFromProtobuf>

/** A peer's key, and its address on a server that is nowhere. */
export class Identity {
  readonly privateKey: PrivateKey
  readonly peerId: string

  constructor(privateKey: PrivateKey) {
    this.privateKey = privateKey
    this.peerId = privateKey.publicKey.toString()
  }

  static async create(type: 'Ed25519' | 'secp256k1' | 'RSA' = 'Ed25519'): Promise<Identity> {
    return new Identity(await generateKeyPair(type as 'RSA'))
  }

  get publicKeyHex(): string {
    return Buffer.from(publicKeyToProtobuf(this.privateKey.publicKey)).toString('hex')
  }

  address(spelling: 'ipfs' | 'p2p' = 'p2p', port = 9090): string {
    return `/ip4/127.0.0.1/tcp/${port}/ws/p2p-websocket-star/${spelling}/${this.peerId}`
  }

  async sign(text: string): Promise<string> {
    return Buffer.from(await this.privateKey.sign(new TextEncoder().encode(text))).toString('hex')
  }

  /** Both requests of a join; the arguments of the last answer. */
  async join(socket: Socket, address = this.address()): Promise<unknown[]> {
    const [error, nonce] = await request(socket, 'ss-join', address, this.publicKeyHex)
    if (typeof nonce !== 'string') return [error, nonce]
    return await request(socket, 'ss-join', address, await this.sign(nonce))
  }
}
