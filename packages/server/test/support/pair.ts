import { createDuplex, createSink, createSource, type Duplex } from '@socket-star/pull-stream'
import type { Socket } from 'socket.io-client'
import { type Host, nextEvent, request } from './host.ts'
import { Identity } from './identity.ts'

/** A joined peer. */
export interface Peer {
  readonly identity: Identity
  readonly socket: Socket
  readonly address: string
}

export async function joinedPeer(host: Host, spelling: 'ipfs' | 'p2p' = 'p2p'): Promise<Peer> {
  const identity = await Identity.create()
  const socket = await host.connect()
  const address = identity.address(spelling)
  const [error] = await identity.join(socket, address)
  if (error !== null) throw new Error(String(error))
  return { identity, socket, address }
}

/** Answers every dial of a peer with `answer`, from now on. */
export function answerDials(peer: Peer, answer?: unknown): void {
  peer.socket.on('ss-incomming', (...args: unknown[]) => {
    const reply = args.at(-1) as (answer?: unknown) => void
    if (answer === undefined) reply()
    else reply(answer)
  })
}

/** Dials by hand: the arguments of the answer. */
export function dial(from: Peer, to: Peer, id: string): Promise<unknown[]> {
  return request(from.socket, 'ss-dial', from.address, to.address, id)
}

/** An open stream between two peers, as both of them have it. */
export async function openStream(from: Peer, to: Peer, id: string): Promise<{ there: Duplex; back: Duplex }> {
  const incoming = nextEvent(to.socket, 'ss-incomming', (name: string) => name === id).then((args) => {
    const back = createDuplex(to.socket, { readId: `${id}.dialer`, writeId: `${id}.listener` })
    ;(args.at(-1) as () => void)()
    return back
  })
  const sink = createSink(from.socket, `${id}.dialer`)
  const [error] = await dial(from, to, id)
  if (error !== undefined) throw new Error(String(error))
  return { there: { sink, source: createSource(from.socket, `${id}.listener`) }, back: await incoming }
}

/** Writes chunks to a stream and ends it. */
export function write(stream: Duplex, chunks: Iterable<Uint8Array>): void {
  const iterator = chunks[Symbol.iterator]()
  stream.sink((abort, callback) => {
    if (abort !== null) return callback(abort)
    const { done, value } = iterator.next()
    if (done === true) callback(true)
    else callback(null, value)
  })
}

/** Reads a stream to its end; `onChunk` sees each chunk. Rejects when it ends with an error. */
export function read(stream: Duplex, onChunk: (chunk: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (): void =>
      stream.source(null, (end, chunk) => {
        if (end === true) return resolve()
        if (end !== null && end !== false) return reject(end)
        if (chunk !== undefined) onChunk(chunk)
        next()
      })
    next()
  })
}
