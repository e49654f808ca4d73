import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../kit/until.ts'
import type { Cast } from '../lib/cast.ts'
import type { Benchmark, Case, Fixture, Plan, Sample, Scale, Stack } from '../lib/model.ts'
import type { Receiver } from './relay.ts'

const CHUNK_BYTES = 4_096
const WEIGHED_STREAMS = 100
const BYTES_PER_KB = 1_000
const BYTES_PER_MB = 1e6
const BYTES_PER_GB = 1e9
const OPEN_LIMIT_MS = 60_000
/** How long what was sent may take to arrive once the senders stopped. */
const ARRIVAL_LIMIT_MS = 40_000

export type Server = { url(): string; settledRssBytes(): Promise<number> }
export type Sender = {
  /** Opens so many streams to the receiver, on which nothing is sent yet. */
  open(count: number): Promise<void>
  /** Keeps all of them full with chunks of this size. */
  start(chunkBytes: number): Promise<void>
  /** Ends them; the answer is how many bytes went in. */
  stop(): Promise<number>
}

/** A stack of this benchmark. */
export type StreamsStack = Stack<{
  server: () => Promise<Server>
  receiver: (params: { url: string }) => Promise<Receiver>
  sender: (params: { url: string; to: string }) => Promise<Sender>
}>

interface StreamsCase extends Case {
  readonly streams: number
}

export default {
  question: `what do many streams at once cost, in chunks of ${CHUNK_BYTES / 1024} KiB between two peers?`,
  unit: { label: 'GB', perLabel: 's/GB', scale: 1 },
  roles: ['server', 'sender', 'receiver'],
  metrics: [
    { key: 'rate', label: 'MB/s in all', better: 'higher', compared: true },
    { key: 'open', label: 'opened/s', better: 'higher' },
    { key: 'memory', label: 'server kB/idle stream', better: 'lower' },
  ],
  plan,
  open,
} satisfies Benchmark<StreamsCase>

function plan(scale: Scale): Plan<StreamsCase> {
  const schedule = 'interleaved'
  switch (scale) {
    case 'full':
      return { cases: [1, 10, 100, 1000].map(caseOf), rounds: 3, schedule, warmUpMs: 500, windowMs: 1_500 }
    case 'quick':
      return { cases: [1, 30].map(caseOf), rounds: 3, schedule, warmUpMs: 100, windowMs: 300 }
    case 'moment':
      return { cases: [3].map(caseOf), rounds: 1, schedule, warmUpMs: 20, windowMs: 50 }
    default:
      return scale satisfies never
  }
}

function caseOf(streams: number): StreamsCase {
  return { label: `${streams} streams`, streams }
}

async function open(cast: Cast, { warmUpMs, windowMs }: Plan<StreamsCase>): Promise<Fixture<StreamsCase>> {
  const server = await cast.start<Server>('server')
  const url = await server.call('url')
  const receiver = await cast.start<Receiver>('receiver', { url })
  const sender = await cast.start<Sender>('sender', { url, to: await receiver.call('address') })
  return {
    async measure({ streams }): Promise<Sample> {
      const { bytes: before } = await receiver.call('received')
      // a few streams are lost in the noise of a collection
      const weigh = async () => (streams < WEIGHED_STREAMS ? Number.NaN : server.call('settledRssBytes'))
      const emptyBytes = await weigh()
      const openingAt = performance.now()
      await sender.callWithin(OPEN_LIMIT_MS, 'open', streams)
      const openSeconds = (performance.now() - openingAt) / 1000
      const memory = ((await weigh()) - emptyBytes) / streams / BYTES_PER_KB
      await sender.call('start', CHUNK_BYTES)
      await delay(warmUpMs)
      const { result, seconds, usage } = await cast.measure(async () => {
        const first = await receiver.call('received')
        await delay(windowMs)
        let last = first
        await until('chunk', ARRIVAL_LIMIT_MS, async () => {
          last = await receiver.call('received')
          return last.bytes > first.bytes
        })
        return { first, last }
      })
      const sent = await sender.callWithin(ARRIVAL_LIMIT_MS, 'stop')
      await until(`arrival of all ${sent} bytes`, ARRIVAL_LIMIT_MS, async () => {
        const { bytes } = await receiver.call('received')
        return bytes - before === sent
      })
      const bytesPerSecond =
        ((result.last.bytes - result.first.bytes) / (result.last.atMs - result.first.atMs)) * 1000
      return {
        units: (bytesPerSecond * seconds) / BYTES_PER_GB,
        values: {
          rate: bytesPerSecond / BYTES_PER_MB,
          open: streams / openSeconds,
          memory,
        },
        usage,
      }
    },
    close: async () => {},
  }
}
