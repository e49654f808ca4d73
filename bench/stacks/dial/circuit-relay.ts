import type { DialStack } from '../../benches/dial.ts'
import {
  type Node,
  openStream,
  parse,
  serve,
  startNode,
  startRelay,
  waitForAddress,
} from '../../kit/libp2p.ts'

const PROTOCOL = '/bench/echo/1'
const PING = Uint8Array.of(1)

/** js-libp2p through a relay. */
export default {
  label: 'libp2p circuit-relay-v2 (ws, noise, yamux)',
  order: 2,
  needs: ['bench-peers'],
  remark: 'each dial is a new connection between the peers, with its handshakes, as it is for the others.',
  roles: {
    async server() {
      const url = await startRelay()
      return { url: () => url }
    },
    async listener({ url }) {
      const node = await startNode([`${url}/p2p-circuit`])
      await serve(node, PROTOCOL, (stream) => {
        stream.addEventListener('message', ({ data }) => stream.send(data))
        stream.addEventListener('remoteCloseWrite', () => void stream.close())
      })
      const address = await waitForAddress(node, '/p2p-circuit')
      return { address: () => address }
    },
    async dialler({ to }) {
      const node = await startNode([])
      return {
        async dials(count) {
          const spans: number[] = []
          while (spans.length < count) spans.push(await dialOnce(node, to))
          return spans
        },
      }
    },
  },
} satisfies DialStack

async function dialOnce(node: Node, to: string): Promise<number> {
  const start = performance.now()
  const stream = await openStream(node, to, PROTOCOL)
  const answered = new Promise<number>((resolve, reject) => {
    stream.addEventListener('message', () => resolve(performance.now() - start), { once: true })
    stream.addEventListener('close', () => reject(new Error('the stream closed before the echo')))
  })
  stream.send(PING)
  const span = await answered
  await stream.close()
  await node.hangUp(await parse(to))
  return span
}
