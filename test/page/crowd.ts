import { generateKeyPair } from '@libp2p/crypto/keys'
import { joinStar, type Peer, type PeerStream, wrap } from '@socket-star/client'
import { io } from 'socket.io-client'
import { type Note, noteFrame } from '../../examples/01-chat-and-files/frames.ts'
import { Outbox } from '../../examples/01-chat-and-files/outbox.ts'
import { openStream } from '../../examples/01-chat-and-files/stream.ts'

/** Below what one socket may join. */
const PEERS_A_SOCKET = 10

/** Programs on the server of the page that are no pages, or pages of a bad kind. */
export class Crowd {
  readonly #url: string
  readonly #closers: (() => void)[] = []

  constructor(url: string) {
    this.#url = url
  }

  /** Joins so many peers that take no streams. */
  async join(count: number): Promise<void> {
    for (let joined = 0; joined < count; joined += PEERS_A_SOCKET) {
      const star = this.#star()
      const size = Math.min(PEERS_A_SOCKET, count - joined)
      await Promise.all(Array.from({ length: size }, () => this.#peer(star)))
    }
  }

  /** Joins one that introduces itself as a page does, and answers an offered file as it likes. */
  async page(nick: string): Promise<FakePage> {
    return new FakePage(await this.#peer(this.#star()), nick)
  }

  leave(): void {
    for (const close of this.#closers.splice(0)) close()
  }

  #star() {
    const socket = io(this.#url, { transports: ['websocket'], forceNew: true })
    this.#closers.push(() => socket.disconnect())
    return wrap(socket)
  }

  async #peer(star: ReturnType<typeof wrap>): Promise<Peer> {
    const address = `/ip4/127.0.0.1/tcp/${new URL(this.#url).port}/ws/p2p-websocket-star`
    return joinStar(star, address, { privateKey: await generateKeyPair('Ed25519') })
  }
}

/** Speaks as the page does, as far as a test says. */
export class FakePage {
  /** What it answers to the offer of a file. */
  answers: readonly Note[] = []
  readonly #peer: Peer
  readonly #nick: string

  constructor(peer: Peer, nick: string) {
    this.#peer = peer
    this.#nick = nick
    peer.on('stream', (stream) => void this.#talk(stream))
    for (const address of peer.peers) void this.#dial(address)
    peer.on('peer', (address) => void this.#dial(address))
  }

  close(): void {
    this.#peer.leave()
  }

  /** As pages do it: whoever has the smaller address dials. */
  async #dial(address: string): Promise<void> {
    if (this.#peer.address < address) await this.#talk(await this.#peer.dial(address))
  }

  async #talk(duplex: PeerStream): Promise<void> {
    const outbox = new Outbox()
    const { frames } = openStream(duplex, outbox)
    outbox.push(noteFrame({ type: 'hello', nick: this.#nick }))
    try {
      for await (const frame of frames) {
        if (!('note' in frame) || frame.note.type !== 'file') continue
        for (const answer of this.answers) outbox.push(noteFrame(answer))
      }
    } catch {
      // the other page has gone
    }
  }
}
