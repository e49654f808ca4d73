import { randomBytes } from 'node:crypto'
import type { Receiver, Sender } from '../benches/relay.ts'
import type { Sender as Senders } from '../benches/streams.ts'
import { Counter } from './counter.ts'
import { openStream, type Stream, serve, startNode, waitForAddress } from './libp2p.ts'

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
  const { open, start, stop } = await startSenders(to)
  return {
    async start(chunkBytes) {
      await open(1)
      await start(chunkBytes)
    },
    stop,
  }
}

/** A node that fills many streams. */
export async function startSenders(to: string): Promise<Senders> {
  const node = await startNode([])
  let streams: Stream[] = []
  let running = false
  let done: Promise<number[]> = Promise.resolve([])
  return {
    async open(count) {
      streams = []
      for (let nth = 0; nth < count; nth++) streams.push(await openStream(node, to, PROTOCOL))
    },
    async start(chunkBytes) {
      const chunk = randomBytes(chunkBytes)
      running = true
      done = Promise.all(streams.map((stream) => fill(stream, chunk, () => running)))
    },
    async stop() {
      running = false
      const sent = await done
      return sent.reduce((sum, each) => sum + each, 0)
    },
  }
}

async function fill(stream: Stream, chunk: Uint8Array, isRunning: () => boolean): Promise<number> {
  let failure: Error | undefined
  let wake = () => {}
  // by its event: `onDrain()` resolves at once after the first time
  stream.addEventListener('drain', () => wake())
  stream.addEventListener('close', ({ error }) => {
    failure = error
    wake()
  })
  let sent = 0
  while (isRunning()) {
    const drained = new Promise<void>((resolve) => {
      wake = resolve
    })
    const ready = stream.send(chunk)
    sent += chunk.length
    if (!ready) await drained
    if (failure !== undefined) throw failure
  }
  await stream.close()
  return sent
}
