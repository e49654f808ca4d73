import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../kit/until.ts'
import type { Cast } from '../lib/cast.ts'
import type { Benchmark, Case, Fixture, Plan, Scale, Stack } from '../lib/model.ts'

const KIB = 1024
const BYTES_PER_MB = 1e6
const BYTES_PER_GB = 1e9
/** How long what was sent may take to arrive once the sender stopped. */
const ARRIVAL_LIMIT_MS = 20_000

/** How many bytes had come in at a moment of the receiver's clock. */
export interface Received {
  readonly bytes: number
  readonly atMs: number
}

export type Server = { url(): string }
export type Receiver = { address(): string | Promise<string>; received(): Received }
export type Sender = {
  /** Opens a stream to the receiver and keeps it full with chunks of this size. */
  start(chunkBytes: number): Promise<void>
  /** Ends the stream; the answer is how many bytes went in. */
  stop(): Promise<number>
}

/** A stack of this benchmark. Without a server the two peers talk directly. */
export type RelayStack = Stack<{
  server?: () => Promise<Server>
  receiver: (params: { url: string }) => Promise<Receiver>
  sender: (params: { url: string; to: string }) => Promise<Sender>
}>

interface RelayCase extends Case {
  readonly chunkBytes: number
}

const CASES: readonly RelayCase[] = [1, 16, 64, 256].map((kib) => ({
  label: `${kib} KiB`,
  chunkBytes: kib * KIB,
}))
/** Not the smallest: what libp2p has buffered by then takes seconds to arrive. */
const QUICK_CASES = CASES.filter(({ label }) => ['16 KiB', '64 KiB'].includes(label))

export default {
  question: 'how many bytes a second reach a peer through the server, in chunks of a size?',
  unit: { label: 'GB', perLabel: 's/GB', scale: 1 },
  roles: ['server', 'sender', 'receiver'],
  metrics: [{ key: 'rate', label: 'MB/s', better: 'higher', compared: true }],
  plan,
  open,
} satisfies Benchmark<RelayCase>

function plan(scale: Scale): Plan<RelayCase> {
  switch (scale) {
    case 'full':
      return { cases: CASES, rounds: 5, schedule: 'interleaved', warmUpMs: 500, windowMs: 1_500 }
    case 'quick':
      return { cases: QUICK_CASES, rounds: 3, schedule: 'interleaved', warmUpMs: 80, windowMs: 200 }
    case 'moment':
      return { cases: QUICK_CASES.slice(-1), rounds: 1, schedule: 'interleaved', warmUpMs: 20, windowMs: 50 }
    default:
      return scale satisfies never
  }
}

async function open(cast: Cast, plan: Plan<RelayCase>): Promise<Fixture<RelayCase>> {
  const url = cast.has('server') ? await (await cast.start<Server>('server')).call('url') : ''
  const receiver = await cast.start<Receiver>('receiver', { url })
  const to = await receiver.call('address')
  const sender = await cast.start<Sender>('sender', { url, to })
  return {
    async measure({ chunkBytes }) {
      const before = await receiver.call('received')
      await sender.call('start', chunkBytes)
      await delay(plan.warmUpMs)
      const { result, seconds, usage } = await cast.measure(async () => {
        const first = await receiver.call('received')
        await delay(plan.windowMs)
        let last = first
        // a machine with too much to do may need longer for the first one
        await until('chunk', ARRIVAL_LIMIT_MS, async () => {
          last = await receiver.call('received')
          return last.bytes > first.bytes
        })
        return { first, last }
      })
      const sent = await sender.call('stop')
      await until(`arrival of all ${sent} bytes`, ARRIVAL_LIMIT_MS, async () => {
        const { bytes } = await receiver.call('received')
        if (bytes - before.bytes > sent) throw new Error(`${bytes - before.bytes - sent} bytes too many`)
        return bytes - before.bytes === sent
      })
      const { first, last } = result
      const bytesPerSecond = ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * 1000
      return {
        units: (bytesPerSecond * seconds) / BYTES_PER_GB,
        values: { rate: bytesPerSecond / BYTES_PER_MB },
        usage,
      }
    },
    close: async () => {},
  }
}
