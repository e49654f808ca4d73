import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { until } from '../support/host.ts'
import { Stage } from './stage.ts'

describe('a session whose client is away', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await Stage.open()
  })
  afterEach(() => stage.close())

  /** The server's socket of the only client. */
  const socketOfClient = (): WeakRef<object> => {
    const [socket] = stage.host.io.of('/').sockets.values()
    if (socket === undefined) throw new Error('nobody is there')
    return new WeakRef(socket)
  }
  const collected = async (socket: WeakRef<object>): Promise<boolean> => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    for (let n = 0; n < 20 && socket.deref() !== undefined; n++) {
      await new Promise((resolve) => setTimeout(resolve, 25))
      collect()
    }
    return socket.deref() === undefined
  }

  it('keeps nothing of its socket, whatever was under way and whatever rooms it is in', async () => {
    const pair = await stage.pair()
    const { client, session } = pair
    session.join(['lobby', 'den'])
    await until(() => client.positions().size === 2)
    await session.flush()
    client.mute = true
    session.join('attic')
    session.emit('news', 'on its way')
    await until(() => client.events.length === 1)
    const socket = socketOfClient()
    await stage.cut(pair)
    client.close()
    expect(await collected(socket)).to.equal(true)
    expect(session.bufferedAmount).to.be.greaterThan(0)
  })
})
