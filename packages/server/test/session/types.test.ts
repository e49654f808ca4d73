import { expect } from 'chai'
import type { Server, Socket } from 'socket.io'
import {
  createStarServer,
  isStarError,
  type Session,
  STATUS,
  type Star,
  starMiddleware,
} from '../../src/index.ts'

interface FromClient {
  chat: (text: string) => void
  greet: (name: string, reply: (answer: string) => void) => void
}
interface ToClient {
  news: (title: string, at: number) => void
  sum: (a: number, b: number, reply: (sum: number) => void) => void
}
interface Data {
  name?: string
}

/** Never called: the type checker reads it. */
export function checked(
  star: Star<FromClient, ToClient, Data>,
  session: Session<FromClient, ToClient, Data>,
): void {
  star.on('session', (each, { cause, renewed }) => {
    const own: Session<FromClient, ToClient, Data> = each
    const why: 'new' | 'restored' | 'moved' = cause
    const anew: 'unknown' | 'principal' | 'state-lost' | undefined = renewed
    void [own, why, anew]
  })
  session.on('chat', (text) => text.length)
  session.on('chat', async (text) => {
    await Promise.resolve(text)
  })
  session.on('greet', (name, reply) => reply(name.toUpperCase()))
  session.on('end', (reason, unacknowledged) => [reason === 'expired', unacknowledged.length])
  session.on('status', (status) => status === STATUS.CONNECTED)
  // @ts-expect-error an event that the client does not emit
  session.on('nothing', () => {})
  // @ts-expect-error the text is a string
  session.on('chat', (text: number) => text)
  const goOn: boolean = session.emit('news', 'title', 1)
  // @ts-expect-error the second argument is missing
  session.emit('news', 'title')
  // @ts-expect-error an event that is not emitted to clients
  session.emit('chat', 'x')
  const sum: Promise<number> = session.emitWithAck('sum', 1, 2)
  sum.catch((error: unknown) => isStarError(error) && error.code === 'ERR_TIMEOUT')
  const timed: Promise<number> = session.timeout(5).emitWithAck('sum', 1, 2)
  session.timeout(5).emit('sum', 1, 2, (error, sum) => error?.message ?? sum.toFixed())
  // @ts-expect-error the callback of a request with a timeout is called with an error first
  session.timeout(5).emit('sum', 1, 2, (sum: number) => sum)
  // @ts-expect-error a text where a number belongs
  session.emitWithAck('sum', 1, '2')
  session.volatile.emit('news', 'title', 1)
  star.to('room').except(session).emit('news', 'title', 1)
  // @ts-expect-error nobody answers for a room
  star.to('room').emit('sum', 1, 2, (sum: number) => sum)
  // @ts-expect-error nobody answers what may be lost
  session.volatile.emit('sum', 1, 2, (sum: number) => sum)
  // @ts-expect-error a number where a text belongs
  star.to(['a', 'b']).emit('news', 1, 1)
  session.to('room').except([session, 'id']).emit('news', 'title', 1)
  session.data.name = 'Ada'
  // @ts-expect-error not in the data
  session.data.age = 1
  const found: Session<FromClient, ToClient, Data> | undefined = star.sessions.get('id')
  void [goOn, sum, timed, found]
}

interface BetweenServers {
  ping: () => void
}
interface OfSocket {
  user: string
}

/** A host with event maps of its own, all four of them. */
export function hosted(
  server: Server<FromClient, ToClient, BetweenServers, OfSocket>,
  principal: (socket: Socket<FromClient, ToClient, BetweenServers, OfSocket>) => string,
): void {
  const star = starMiddleware<FromClient, ToClient, Data>({ authenticate: principal })
  server.use(star)
  server.of('/star').use(star)
  star.attach(server.of('/'))
  starMiddleware({ authenticate: ({ data }) => data.user })
  // @ts-expect-error the data of sockets is not that of sessions
  starMiddleware<FromClient, ToClient, BetweenServers, OfSocket>()
  // @ts-expect-error an option that there is not
  starMiddleware({ authentication: principal })
}

/** What takes any session, or any star, takes those of one's own types. */
export function taken(
  star: Star<FromClient, ToClient, { name: string }>,
  session: Session<FromClient, ToClient, { name: string }>,
  typed: Session<FromClient, ToClient, Data>,
): void {
  const idOf = (any: Session): string => any.id
  const peersOf = (any: Star): number => any.stats().peers
  const nameOf = (own: Session<FromClient, ToClient>): string => own.data.name.trim()
  void [idOf(session), idOf(typed), peersOf(star), nameOf(session), nameOf(typed)]
}

/** The ready-made server has sessions of the same types. */
export async function readyMade(): Promise<Star<FromClient, ToClient, Data>> {
  const { star } = await createStarServer<FromClient, ToClient, Data>()
  star.once('session', (session) => session.emit('news', session.data.name ?? '', 1))
  // @ts-expect-error an event that the client does not emit
  star.on('session', (session) => session.on('nothing', () => {}))
  return star
}

/** What is answered, and what is not. */
export async function answered(session: Session<FromClient, ToClient, Data>): Promise<void> {
  const sum: number = await session.timeout(5).emitWithAck('sum', 1, 2)
  // @ts-expect-error nobody answers news
  await session.emitWithAck('news', 'title')
  // @ts-expect-error nobody answers news
  await session.timeout(5).emitWithAck('news', 'title', 1)
  // @ts-expect-error a session has no such event: its status says that it has no connection
  session.on('disconnect', () => {})
  const untyped: Session = starMiddleware().sessions.get('id') as Session
  untyped.on('anything', (a, b) => [a, b])
  void [sum, await untyped.emitWithAck('anything', 1)]
}

it('the types of sessions are those of the application’s event maps', () => {
  const star: Star<FromClient, ToClient, Data> = starMiddleware<FromClient, ToClient, Data>({ public: true })
  expect([...star.sessions]).to.deep.equal([])
  expect(star.sessions.get('nobody')).to.equal(undefined)
})
