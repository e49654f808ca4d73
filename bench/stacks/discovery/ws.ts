import { once } from 'node:events'
import { WebSocket, WebSocketServer } from 'ws'
import { type DiscoveryStack, isJudged, NO_IDLE_COLLECTION } from '../../benches/discovery.ts'
import { startHttp } from '../../kit/http.ts'
import { type ConnectBare, joinBareList } from '../../kit/swarm/bare-client.ts'
import { BareList, type Told } from '../../kit/swarm/bare-list.ts'
import { QUICK_GROWTH_MS } from '../../kit/swarm/methods.ts'
import { readOnce } from '../../kit/swarm/read-once.ts'
import { peersOf, serverAt } from '../../kit/swarm/roles.ts'

const JOINED = '"joined"'

/** A loop over the sockets. */
export default {
  label: 'raw ws, a loop',
  order: 4,
  skip: (which) => (isJudged(which) ? undefined : 'it is there for a verdict'),
  remark:
    'peer lists in the least code: everybody is told what changed, as often as by ours. Whoever joins is believed, as in every row that does not say otherwise; nothing is limited, and nobody can dial.',
  nodeArguments: NO_IDLE_COLLECTION,
  roles: {
    server: serverAt(startServer),
    peers: peersOf((url, ears) => joinBareList(connect, url, ears), QUICK_GROWTH_MS),
  },
} satisfies DiscoveryStack

async function startServer(): Promise<string> {
  const { server, url } = await startHttp()
  const sockets = new WebSocketServer({ server })
  const list = new BareList((changes) => {
    const message = Buffer.from(JSON.stringify(changes))
    for (const socket of sockets.clients) socket.send(message, { binary: false })
  })
  sockets.on('connection', (socket) => {
    let address: string | undefined
    socket.on('message', (data: Buffer) => {
      list.leave(address)
      address = data.toString()
      list.join(address)
      socket.send(JOINED)
    })
    socket.on('close', () => list.leave(address))
    socket.send(JSON.stringify(list.whole()))
  })
  return url.replace('http', 'ws')
}

const connect: ConnectBare = async (url, onTold) => {
  const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true })
  let onJoined = () => {}
  socket.on('message', (data: Buffer) => {
    const text = data.toString('latin1')
    if (text === JOINED) onJoined()
    else onTold(toldIn(text))
  })
  await once(socket, 'open')
  return {
    join: (address) =>
      new Promise((resolve) => {
        onJoined = resolve
        socket.send(address)
      }),
    disconnect: () => socket.close(),
  }
}

const toldIn = readOnce((text): Told => JSON.parse(text))
