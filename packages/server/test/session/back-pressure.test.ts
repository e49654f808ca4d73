import { pressureOf } from '@socket-star/pull-stream'
import { expect } from 'chai'
import { SOCKET_BACKLOG_BYTES } from '../../src/session/settings.ts'
import { until } from '../support/host.ts'
import type { ScriptedClient } from './scripted-client.ts'
import { Stage } from './stage.ts'

const MESSAGE_BYTES = 100_000
const MESSAGES = 150
const TEXT = 'x'.repeat(MESSAGE_BYTES)

describe('a client that does not read', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await Stage.open()
  })
  afterEach(() => stage.close())

  /** The TCP connection below a client's WebSocket. */
  const connectionOf = (client: ScriptedClient) => {
    const { transport } = client.socket.io.engine as unknown as {
      transport: { ws: { _socket: { pause(): void; resume(): void } } }
    }
    return transport.ws._socket
  }
  const waiting = (client: ScriptedClient): number => {
    const socket = stage.host.io.of('/').sockets.get(client.socket.id ?? '')
    return socket === undefined ? 0 : pressureOf(socket).bufferedBytes()
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  it('what is emitted waits in the session, not in the socket, and arrives when it reads', async () => {
    const { client, session } = await stage.pair()
    await session.flush()
    connectionOf(client).pause()
    let most = 0
    for (let n = 0; n < MESSAGES; n++) {
      session.emit('news', n, TEXT)
      if (n % 10 === 0) await turn()
      most = Math.max(most, waiting(client))
    }
    expect(most).to.be.at.most(SOCKET_BACKLOG_BYTES + 2 * MESSAGE_BYTES)
    expect(session.bufferedAmount).to.be.greaterThan(MESSAGES * MESSAGE_BYTES)
    connectionOf(client).resume()
    await until(() => client.events.length === MESSAGES)
    expect(client.events.map(([, n]) => n)).to.deep.equal(Array.from({ length: MESSAGES }, (_, n) => n))
    await session.flush()
    expect(session.bufferedAmount).to.equal(0)
  })

  it('ROOM-3 ROOM-6 a room leaves it behind, others hear at once, and it catches up from the log', async () => {
    const slow = await stage.pair()
    const quick = await stage.pair()
    for (const { session } of [slow, quick]) session.join('lobby')
    await until(() => [slow, quick].every(({ client }) => client.positions().has('lobby')))
    connectionOf(slow.client).pause()
    let most = 0
    for (let n = 0; n < MESSAGES; n++) {
      stage.host.star.to('lobby').emit('news', n, TEXT)
      await until(() => quick.client.news.length === n + 1)
      most = Math.max(most, waiting(slow.client))
    }
    expect(most).to.be.at.most(SOCKET_BACKLOG_BYTES + 2 * MESSAGE_BYTES)
    connectionOf(slow.client).resume()
    await until(() => slow.client.positions().get('lobby')?.offset === MESSAGES)
    // more than a mebibyte was written meanwhile: what is not in the log any more is said to be missing
    const gaps = slow.client.room.flatMap((each) => (each.do === 'gap' ? [each] : []))
    expect(gaps).to.have.length(1)
    const [from = 0, to = 0] = gaps.flatMap((gap) => [gap.from.offset, gap.to?.offset ?? 0])
    expect(to - from, 'only what is gone').to.equal(MESSAGES - slow.client.news.length)
    const all = Array.from({ length: MESSAGES }, (_, n) => n)
    expect(slow.client.news.map(([, n]) => n)).to.deep.equal([...all.slice(0, from), ...all.slice(to)])
    stage.host.star.to('lobby').emit('news', 'live again')
    await until(() => slow.client.news.at(-1)?.[1] === 'live again')
    expect(slow.client.items.at(-1)?.bodies).to.deep.equal([['news', 'live again']])
  })
})
