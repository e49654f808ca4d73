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
  wrap(io(), { answerMs: undefined, cycle: { minMs: undefined }, persist: undefined, env: undefined })
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

/** Acknowledgements as Socket.IO's maps have them: optional, without a value, of several, with the error named. */
interface Answered {
  chat: (text: string) => void
  tick: () => void
  lines: (first: number, ...more: string[]) => void
  done: (reply: () => void) => void
  two: (reply: (a: string, b: number) => void) => void
  maybe: (name?: string, reply?: (text: string) => void) => void
  silent: (reply: (text?: string) => void) => void
  named: (name: string, reply: (error: Error, length: number) => void) => void
  untyped: (reply: (...values: unknown[]) => void) => void
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <T extends true>(holds: T): T => holds

async function answers(star: StarSocket<object, Answered>): Promise<void> {
  const none = await star.emitWithAck('done')
  const first = await star.emitWithAck('two')
  const maybe = await star.emitWithAck('maybe')
  const named = await star.emitWithAck('named', 'Ada')
  const silent = await star.timeout(10).emitWithAck('silent')
  const untyped = await star.emitWithAck('untyped')
  same<Same<typeof none, undefined>>(true)
  same<Same<typeof first, string>>(true)
  same<Same<typeof maybe, string>>(true)
  same<Same<typeof named, number>>(true)
  same<Same<typeof silent, string | undefined>>(true)
  same<Same<typeof untyped, unknown>>(true)
  await star.emitWithAck('maybe', 'Ada')
  star.emit('maybe')
  star.emit('maybe', 'Ada', (text) => text.length)
  star.emit('lines', 1, 'a', 'b')
  star.volatile.emit('maybe', 'Ada')
  star.timeout(10).emit('done', (error) => error?.message)
  star.timeout(10).emit('maybe', 'Ada', (error, text) => error?.message ?? text.length)
  star.timeout(10).emit('named', 'Ada', (error, length) => [error?.message, length.toFixed()])
  // @ts-expect-error: nobody answers a chat, and its text is no acknowledgement
  await star.emitWithAck('chat')
  // @ts-expect-error: nobody answers a chat
  await star.emitWithAck('chat', 'hello')
  // @ts-expect-error: nobody answers a tick
  await star.timeout(10).emitWithAck('tick')
  // @ts-expect-error: nobody answers lines
  await star.emitWithAck('lines', 1, 'a')
  // @ts-expect-error: a name is missing
  await star.emitWithAck('named')
  // @ts-expect-error: the acknowledgement is the session's own
  await star.emitWithAck('done', () => {})
  const any: StarSocket = star
  // biome-ignore lint/suspicious/noExplicitAny: as joinStar takes it
  const loose: StarSocket<any, any> = star
  loose.on('anything', (text: string) => text)
  void [await any.emitWithAck('anything', 1), await loose.emitWithAck('anything', 1)]
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
  expect([plain, typed, inferred, old, peers, sessions, answers].map((check) => typeof check)).to.include(
    'function',
  )
})
