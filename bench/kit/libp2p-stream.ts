import { randomBytes } from 'node:crypto'
import type { Receiver, Sender } from '../benches/relay.ts'
import { Counter } from './counter.ts'
import { openStream, serve, startNode, waitForAddress } from './libp2p.ts'

const PROTOCOL = '/bench/relay/1'

/** A node that counts what comes in on every stream; its address contains `part`. */
export async function startReceiver(listen: readonly string[], part: string): Promise<Receiver> {
  const counter = new Counter()
  const node = await startNode(listen)
  await serve(node, PROTOCOL, (stream) => {
    stream.addEventListener('message', ({ data }) => counter.add(data.byteLength))
  })
  const address = await waitForAddress(node, part)
  return { address: () => address, received: () => counter.received() }
}

/** A node that fills one stream. */
export async function startSender(to: string): Promise<Sender> {
  const node = await startNode([])
  let running = false
  let done: Promise<number> = Promise.resolve(0)
  return {
    async start(chunkBytes) {
      const stream = await openStream(node, to, PROTOCOL)
      const chunk = randomBytes(chunkBytes)
      running = true
      done = (async () => {
        let sent = 0
        while (running) {
          const ready = stream.send(chunk)
          sent += chunk.length
          if (!ready)
            await new Promise((resolve) => stream.addEventListener('drain', resolve, { once: true }))
        }
        await stream.close()
        return sent
      })()
    },
    async stop() {
      running = false
      return done
    },
  }
}
