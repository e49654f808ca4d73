import { joinStar, type Peer, type StarError, type StarSocket, wrap } from '@socket-star/client'
import { expect } from 'chai'
import pull from 'pull-stream'
import { io, type Socket } from 'socket.io-client'

/** Nothing here runs: `tsc -p tsconfig.check.json` is the test. */
interface ServerToClient {
  news: (text: string, count: number) => void
}
interface ClientToServer {
  chat: (text: string) => void
}

function plain(): void {
  const star = wrap(io())
  star.on('anything', (...args) => args.length)
  star.emit('anything', 1, 'two')
  star.on('disconnect', (reason) => reason.length)
}

function typed(): void {
  const socket: Socket<ServerToClient, ClientToServer> = io()
  const star: StarSocket<ServerToClient, ClientToServer> = wrap<ServerToClient, ClientToServer>(socket)
  star.on('news', (text, count) => text.repeat(count))
  star.on('connect_error', (error) => error.message)
  star.emit('chat', 'hello')
  // @ts-expect-error: no such event comes
  star.on('chat', () => {})
  // @ts-expect-error: a chat is a text
  star.emit('chat', 7)
  // @ts-expect-error: news has a text first
  star.on('news', (text: number) => text)
  void joinStar(star, '/ip4/…')
}

async function peers(peer: Peer): Promise<void> {
  peer.on('peer', (address: string) => address)
  peer.once('close', (error: StarError | undefined) => error?.code === 'ERR_CLOSED')
  // @ts-expect-error: no such event
  peer.on('peers', () => {})
  // @ts-expect-error: the set is the peer's own
  peer.peers.add('x')
  peer.on('stream', (stream, { from }: { from: string }) => {
    from.length
    pull(stream, stream)
  })
  const { source, sink } = await peer.dial('x', { signal: AbortSignal.timeout(1) })
  pull(pull.values([new Uint8Array(1)]), sink)
  pull(
    source,
    pull.collect((_end, chunks) => chunks?.map((chunk) => chunk.byteLength)),
  )
  // @ts-expect-error: a sink takes bytes
  sink((_abort, callback) => callback(null, 'text'))
}

it('types of events, streams and wrapped sockets are checked', () => {
  expect([plain, typed, peers].map((check) => typeof check)).to.include('function')
})
