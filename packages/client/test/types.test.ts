import {
  type ClientSocket,
  joinStar,
  type Peer,
  STATUS,
  type StarError,
  type StarSocket,
  type Status,
  wrap,
} from '@socket-star/client'
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
  star.timeout(10).emit('anything', 1, (error: Error | null, answer: string) => [error, answer])
  star.volatile.emit('anything', 1)
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

function inferred(socket: Socket<ServerToClient, ClientToServer>): void {
  const star = wrap(socket, { persist: 'tab' })
  star.on('news', (text, count) => text.repeat(count))
  star.emit('chat', 'hello')
  // @ts-expect-error: no such event comes
  star.on('chat', () => {})
  // @ts-expect-error: a chat is a text
  star.emit('chat', 7)
  star.socket.disconnect().io.engine.close()
  const { id }: { id?: string | undefined } = star.socket
  void id
  const annotated: StarSocket<ServerToClient, ClientToServer> = wrap(io())
  annotated.emit('chat', 'hello')
}

/** Of socket.io-client 2, without types of its own. */
function old(socket: ClientSocket): void {
  wrap(socket).emit('anything', 1)
  const star = wrap<ServerToClient, ClientToServer>(socket)
  // @ts-expect-error: a chat is a text
  star.emit('chat', 7)
}

interface Questions {
  greet: (name: string, reply: (text: string, length: number) => void) => void
  tick: () => void
}

async function sessions(): Promise<void> {
  const star = wrap<Questions, Questions & ClientToServer>(io(), { cycle: { minMs: 1 }, persist: 'tab' })
  const accepted: boolean = star.emit('tick')
  const sent: boolean = star.send('text')
  const text: string = await star.emitWithAck('greet', 'Ada')
  const timed: string = await star.timeout(10).emitWithAck('greet', 'Ada')
  star.emit('greet', 'Ada', (text, length) => text.repeat(length))
  star.timeout(10).emit('greet', 'Ada', (error, text, length) => error?.message ?? text.repeat(length))
  star.timeout(10).emit('tick')
  // @ts-expect-error: the callback of a request with a timeout is called with an error first
  star.timeout(10).emit('greet', 'Ada', (text: string) => text)
  // @ts-expect-error: a name is a text
  star.timeout(10).emit('greet', 7, () => {})
  star.volatile.emit('chat', 'x')
  // @ts-expect-error: nobody answers what may be lost
  star.volatile.emit('greet', 'Ada', () => {})
  star.on('greet', async (name, reply) => reply(name, name.length))
  star.on('status', (status: Status) => status === STATUS.OPEN)
  star.on('renew', ({ reason, unacknowledged, resend }) =>
    reason === 'replaced' ? unacknowledged : resend(),
  )
  star.on('refused', ({ error, retryable }) => retryable && error?.code)
  star.once('end', (reason, messages) => [reason === 'client', messages.length])
  star.onMessage = (message) => message.length
  star.off('tick').off()
  // @ts-expect-error: what is emitted returns no socket
  star.emit('tick').emit('tick')
  // @ts-expect-error: a name is a text
  await star.emitWithAck('greet', 7)
  // @ts-expect-error: no such event comes
  star.on('unknown', () => {})
  // @ts-expect-error: the status is told, not emitted
  star.emit('status', 1)
  // @ts-expect-error: one text
  star.send('two', 'texts')
  // @ts-expect-error: where else than in a tab
  wrap(io(), { persist: 'disk' })
  void [accepted, sent, text, timed]
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
  expect([plain, typed, inferred, old, peers, sessions].map((check) => typeof check)).to.include('function')
})
