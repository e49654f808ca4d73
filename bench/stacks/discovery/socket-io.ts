import { Server } from 'socket.io'
import { type DiscoveryStack, isJudged, KEEP_ALIVE_MS, NO_IDLE_COLLECTION } from '../../benches/discovery.ts'
import { startHttp } from '../../kit/http.ts'
import { type ConnectBare, joinBareList } from '../../kit/swarm/bare-client.ts'
import { BareList, type Told } from '../../kit/swarm/bare-list.ts'
import { LightSocket } from '../../kit/swarm/light-socket.ts'
import { QUICK_GROWTH_MS } from '../../kit/swarm/methods.ts'
import { readOnce } from '../../kit/swarm/read-once.ts'
import { peersOf, serverAt } from '../../kit/swarm/roles.ts'

/** As an application would first write it. */
export default {
  label: 'Socket.IO, io.emit',
  order: 5,
  skip: (which) => (isJudged(which) ? undefined : 'it is there to compare'),
  remark: 'the same as raw ws, with what Socket.IO has for it.',
  nodeArguments: NO_IDLE_COLLECTION,
  roles: {
    server: serverAt(startServer),
    peers: peersOf((url, ears) => joinBareList(connect, url, ears), QUICK_GROWTH_MS),
  },
} satisfies DiscoveryStack

async function startServer(): Promise<string> {
  const { server, url } = await startHttp()
  const sockets = new Server(server, { pingInterval: KEEP_ALIVE_MS })
  const list = new BareList((changes) => sockets.emit('peers', changes))
  sockets.on('connection', (socket) => {
    let address: string | undefined
    socket.on('join', (joining: string, reply: () => void) => {
      list.leave(address)
      address = joining
      list.join(address)
      reply()
    })
    socket.on('disconnect', () => list.leave(address))
    socket.emit('peers', list.whole())
  })
  return url
}

const connect: ConnectBare = async (url, onTold) => {
  const socket = new LightSocket(url, 4, (json) => onTold(toldIn(json)))
  await socket.connected
  return {
    join: async (address) => {
      await socket.ask('join', address)
    },
    disconnect: () => socket.disconnect(),
  }
}

const toldIn = readOnce((json): Told => JSON.parse(json)[1])
