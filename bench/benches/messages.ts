import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../kit/until.ts'
import type { Cast } from '../lib/cast.ts'
import type { Benchmark, Case, Fixture, Plan, Sample, Scale, Stack } from '../lib/model.ts'
import type { RoleProcess } from '../lib/role-process.ts'
import { quantiles } from '../lib/stats.ts'

/** The text that every message carries. */
export const MESSAGE = 'm'.repeat(100)
/** How long what was sent may take to arrive once the sender stopped. */
const ARRIVAL_LIMIT_MS = 20_000
const ROUND_TRIP = 'round trip'
const ROUND_TRIPS = 50
/** Asked before the first measurement, so that all code is compiled: what a busy connection sees. */
const WARM_UP_ROUND_TRIPS = { full: 3_000, quick: 1_000, moment: 1 } as const satisfies Record<Scale, number>

/** How many messages had reached the application at a moment of its clock. */
export interface Received {
  readonly messages: number
  readonly atMs: number
}

/** Either end of a connection. */
export interface End {
  /** Emits so many messages in each turn of the event loop, as long as the connection keeps up. */
  start(perTurn: number): Promise<void>
  /** The answer is how many were emitted. */
  stop(): Promise<number>
  received(): Received
}
export type Server = End & { url(): string }
export type Client = End & {
  /** Asks and is answered, one after the other, with nothing else going on; in milliseconds. */
  roundTrips(count: number): Promise<number[]>
}

/** A stack of this benchmark. */
export type MessagesStack = Stack<{
  server: () => Promise<Server>
  client: (params: { url: string }) => Promise<Client>
}>

interface MessagesPlan extends Plan<MessagesCase> {
  readonly warmUpRoundTrips: number
}

interface MessagesCase extends Case {
  readonly direction: 'up' | 'down' | 'round trip'
  readonly perTurn: number
}

const CASES: readonly MessagesCase[] = [
  ...([1, 3, 200] as const).flatMap((perTurn) =>
    (['up', 'down'] as const).map((direction) => ({
      label: `${direction}, ${perTurn} a turn`,
      direction,
      perTurn,
    })),
  ),
  { label: ROUND_TRIP, direction: ROUND_TRIP, perTurn: 0, rounds: 20 },
]

export default {
  question: `how many messages of ${MESSAGE.length} bytes reach the other side's handler, and how long does an answer take?`,
  unit: { label: 'message', perLabel: 'us/message', scale: 1e6 },
  roles: ['server', 'client'],
  metrics: [
    { key: 'rate', label: 'messages/s', better: 'higher', compared: true },
    { key: 'p50', label: 'p50 ms', better: 'lower', compared: true },
    { key: 'p99', label: 'p99 ms', better: 'lower' },
  ],
  targets: [
    target('at least 0.9 of plain emit', 'socket-io', 0.9, 1),
    target('at least 1.2 of plain emit', 'socket-io', 1.2, 3),
    target('at least 2 of plain emit', 'socket-io', 2, 200),
    target('at least 4 of emitWithAck with 64 in flight', 'socket-io-ack', 4, 200),
    {
      text: 'round trip at most 1.2 of plain',
      metric: 'p50',
      ours: 'ours',
      peer: 'socket-io',
      cases: [ROUND_TRIP],
      ratio: 1.2,
    },
  ],
  plan,
  open,
} satisfies Benchmark<MessagesCase>

function target(text: string, peer: string, ratio: number, perTurn: number) {
  const cases = CASES.filter((each) => each.perTurn === perTurn).map(({ label }) => label)
  return { text, metric: 'rate', ours: 'ours', peer, cases, ratio }
}

function plan(scale: Scale): MessagesPlan {
  const common = { schedule: 'interleaved', warmUpRoundTrips: WARM_UP_ROUND_TRIPS[scale] } as const
  switch (scale) {
    case 'full':
      return { ...common, cases: CASES, rounds: 5, warmUpMs: 300, windowMs: 1_000 }
    case 'quick':
      return { ...common, cases: CASES, rounds: 3, warmUpMs: 50, windowMs: 150 }
    case 'moment':
      return {
        ...common,
        cases: CASES.map((each) => ({ ...each, rounds: 1 })),
        rounds: 1,
        warmUpMs: 5,
        windowMs: 20,
      }
    default:
      return scale satisfies never
  }
}

async function open(cast: Cast, plan: MessagesPlan): Promise<Fixture<MessagesCase>> {
  const server = await cast.start<Server>('server')
  const client = await cast.start<Client>('client', { url: await server.call('url') })
  await client.call('roundTrips', plan.warmUpRoundTrips)
  return {
    measure({ direction, perTurn }) {
      switch (direction) {
        case 'up':
          return throughput(cast, plan, client, server, perTurn)
        case 'down':
          return throughput(cast, plan, server, client, perTurn)
        case 'round trip':
          return roundTrips(cast, client)
        default:
          return direction satisfies never
      }
    },
    close: async () => {},
  }
}

async function throughput(
  cast: Cast,
  { warmUpMs, windowMs }: Plan<MessagesCase>,
  sender: RoleProcess<End>,
  receiver: RoleProcess<End>,
  perTurn: number,
): Promise<Sample> {
  const before = await receiver.call('received')
  await sender.call('start', perTurn)
  await delay(warmUpMs)
  const { result, seconds, usage } = await cast.measure(async () => {
    const first = await receiver.call('received')
    await delay(windowMs)
    let last = first
    // a machine with too much to do may need longer for the first one
    await until('message', ARRIVAL_LIMIT_MS, async () => {
      last = await receiver.call('received')
      return last.messages > first.messages
    })
    return { first, last }
  })
  const sent = await sender.call('stop')
  await until(`arrival of all ${sent} messages`, ARRIVAL_LIMIT_MS, async () => {
    const arrived = (await receiver.call('received')).messages - before.messages
    if (arrived > sent) throw new Error(`${arrived - sent} messages too many`)
    return arrived === sent
  })
  const { first, last } = result
  const rate = ((last.messages - first.messages) / (last.atMs - first.atMs)) * 1000
  return { units: rate * seconds, values: { rate }, usage }
}

async function roundTrips(cast: Cast, client: RoleProcess<Client>): Promise<Sample> {
  const { result, usage } = await cast.measure(() => client.call('roundTrips', ROUND_TRIPS))
  const [p50 = Number.NaN, p99 = Number.NaN] = quantiles(result, 0.5, 0.99)
  return { units: result.length, values: { p50, p99 }, usage }
}
