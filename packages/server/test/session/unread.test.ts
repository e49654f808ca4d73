import { createChannel } from '@socket-star/protocol/channel'
import { type Encoded, PAYLOAD_MEASURE } from '@socket-star/protocol/session'
import { pressureOf } from '@socket-star/pull-stream'
import { expect } from 'chai'
import type { Socket } from 'socket.io-client'
import type { Session } from '../../src/index.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { until } from '../support/host.ts'
import type { ScriptedClient } from './scripted-client.ts'
import { Stage } from './stage.ts'

const TEXT = 'x'.repeat(900_000)
/** More than the system takes for a connection that does not read. */
const MESSAGES = 15
const PATIENCE_S = 30

interface Connection {
  readonly readyState: string
}

/** What the client's WebSocket is made of. */
const webSocketOf = (socket: Socket) =>
  (
    socket.io.engine as unknown as {
      transport: {
        ws: { readyState: number; send(text: string): void; terminate(): void; _socket: { pause(): void } }
      }
    }
  ).transport.ws

/** It may be sent everything at once. */
const newChannel = () =>
  createChannel<Encoded>({
    measure: PAYLOAD_MEASURE,
    welcome: 'expects',
    windowBytes: 1_000_000_000,
    windowMessages: 1_000_000,
  })

describe('LIM-12 a connection that takes nothing, and answers every ping', () => {
  let stage: Stage
  let environment: FakeEnvironment
  let client: ScriptedClient
  let session: Session
  let alive: number
  let connections: Connection[]
  beforeEach(async () => {
    environment = new FakeEnvironment()
    stage = await Stage.open({ star: { environment } })
    connections = []
    alive = 0
    stage.host.io.engine.on('connection', (connection: Connection & { on: Socket['on'] }) => {
      connections.push(connection)
      connection.on('heartbeat', () => {
        alive += 1
      })
    })
    client = stage.client({ early: true })
    client.channel = newChannel()
    client.open()
    await until(() => client.welcome !== undefined)
    session = stage.host.star.sessions.get(client.welcome?.id ?? '') as Session
  })
  afterEach(() => stage.close())

  /** A second passes, in which each of these sockets says that it is there. */
  const second = async (...sockets: Socket[]): Promise<void> => {
    const before = alive
    const open = sockets.map(webSocketOf).filter(({ readyState }) => readyState === 1)
    for (const webSocket of open) webSocket.send('3')
    await until(
      () => alive >= before + open.length || connections.every(({ readyState }) => readyState === 'closed'),
    )
    environment.advance(1_000)
  }
  const waiting = (connection: Connection | undefined): number =>
    connection?.readyState === 'open' ? pressureOf({ conn: connection } as never).bufferedBytes() : 0

  it('LIM-12 is closed after 30 s while it carries a session, which goes on elsewhere', async () => {
    const { socket } = client
    webSocketOf(socket)._socket.pause()
    for (let n = 0; n < MESSAGES; n++) session.emit('news', n, TEXT)
    await until(() => waiting(connections[0]) > 1_048_576)
    for (let n = 0; n < PATIENCE_S - 1; n++) await second(socket)
    expect(connections[0]?.readyState).to.equal('open')
    for (let n = 0; n < 2; n++) await second(socket)
    await until(() => connections[0]?.readyState === 'closed')
    await until(() => session.status === 3)
    expect(session.bufferedAmount).to.be.greaterThan(MESSAGES * TEXT.length)
  })

  it('LIM-12 is closed where the session has left it, too', async () => {
    const { token } = client
    client.cut()
    await until(() => session.status === 3)
    for (let n = 0; n < MESSAGES; n++) session.emit('news', n, TEXT)
    const sockets: Socket[] = []
    // each takes the session over, and gets what waits anew (HS-13)
    for (let n = 1; n <= 3; n++) {
      const other = stage.client({ token, early: true })
      other.channel = newChannel()
      const socket = other.open()
      sockets.push(socket)
      socket.on('dop', () => webSocketOf(socket)._socket.pause())
      await until(() => waiting(connections[n]) > 1_048_576)
    }
    const left = connections[1]
    await until(() => stage.host.io.of('/').sockets.size === 1)
    expect(left?.readyState).to.equal('open')
    for (let n = 0; n < PATIENCE_S + 1; n++) await second(...sockets)
    await until(() => left?.readyState === 'closed')
    expect(connections.map(waiting).reduce((sum, bytes) => sum + bytes, 0)).to.equal(0)
  })

  it('LIM-12 is closed where less waits than a session may leave there, and the session has left it', async () => {
    const { socket } = client
    webSocketOf(socket)._socket.pause()
    while (waiting(connections[0]) < 100_000) {
      stage.host.io.emit('news', 'x'.repeat(100_000))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(waiting(connections[0])).to.be.below(1_048_576)
    stage.host.star.drain()
    await until(() => stage.host.io.of('/').sockets.size === 0)
    for (let n = 0; n < PATIENCE_S + 1; n++) await second(socket)
    await until(() => connections[0]?.readyState === 'closed')
  })

  it('is looked at no more once it is closed', async () => {
    webSocketOf(client.socket)._socket.pause()
    for (let n = 0; n < MESSAGES; n++) session.emit('news', n, TEXT)
    await until(() => waiting(connections[0]) > 1_048_576)
    const before = environment.timers
    webSocketOf(client.socket).terminate()
    await until(() => session.status === 3)
    // the alarm of the session, and nobody that looks at the connection
    expect([before, environment.timers]).to.deep.equal([2, 1])
  })

  it('is looked at no more once the star is closed', async () => {
    webSocketOf(client.socket)._socket.pause()
    for (let n = 0; n < MESSAGES; n++) session.emit('news', n, TEXT)
    await until(() => waiting(connections[0]) > 1_048_576)
    await stage.host.star.close()
    expect(environment.timers).to.equal(0)
    expect(connections[0]?.readyState).to.equal('open')
    webSocketOf(client.socket).terminate()
  })
})
