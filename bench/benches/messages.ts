import { setTimeout as delay } from 'node:timers/promises'
import { type Asked, type Asking, RoundTrips, type RoundTripsPlan } from '../kit/round-trips.ts'
import { until } from '../kit/until.ts'
import type { Cast } from '../lib/cast.ts'
import type { Benchmark, Case, Fixture, Plan, Sample, Scale, Stack } from '../lib/model.ts'
import type { Placement } from '../lib/placement.ts'
import type { RoleProcess } from '../lib/role-process.ts'

/** The text that every message carries. */
export const MESSAGE = 'm'.repeat(100)
/** How long what was sent may take to arrive once the sender stopped. */
const ARRIVAL_LIMIT_MS = 20_000
const ROUND_TRIP = 'round trip' as const
/** Asked before the first measurement, so that all code is compiled: what a busy connection sees. */
const WARM_UP_ROUND_TRIPS = { full: 3_000, quick: 1_000, moment: 1 } as const satisfies Record<Scale, number>
/**
 * The code of plain Socket.IO is compiled after a few thousand, that of a
 * session, of which there is more, somewhat later: what is measured before is
 * the compiler.
 */
const ROUND_TRIPS = {
  full: { warmUpBursts: 40, before: 200, measured: 1_000, measurementsALife: 10 },
  quick: { warmUpBursts: 20, before: 100, measured: 300, measurementsALife: 16 },
  moment: { warmUpBursts: 0, before: 0, measured: 5, measurementsALife: 2 },
} as const satisfies Record<Scale, RoundTripsPlan>
const PAIRS = { full: 20, quick: 8, moment: 1 } as const satisfies Record<Scale, number>
const PLACEMENTS = { apart: 'a core each', together: 'one core' } as const satisfies Record<Placement, string>

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
export type Server = End & Asked
export type Client = End & Asking

/** A stack of this benchmark. */
export type MessagesStack = Stack<{
  server: () => Promise<Server>
  client: (params: { url: string }) => Promise<Client>
}>

interface MessagesPlan extends Plan<MessagesCase> {
  readonly warmUpRoundTrips: number
  readonly roundTrips: RoundTripsPlan
}

type MessagesCase = ThroughputCase | RoundTripCase

interface ThroughputCase extends Case {
  readonly direction: 'up' | 'down'
  readonly perTurn: number
}

interface RoundTripCase extends Case {
  readonly direction: typeof ROUND_TRIP
  readonly placement: Placement
}

const CASES: readonly MessagesCase[] = [
  ...([1, 3, 200] as const).flatMap((perTurn) =>
    (['up', 'down'] as const).map((direction) => ({
      label: `${direction}, ${perTurn} a turn`,
      direction,
      perTurn,
    })),
  ),
  ...(['apart', 'together'] as const).map((placement) => ({
    label: `${ROUND_TRIP}, ${PLACEMENTS[placement]}`,
    direction: ROUND_TRIP,
    placement,
  })),
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
      cases: labelsOf(({ direction }) => direction === ROUND_TRIP),
      ratio: 1.2,
    },
  ],
  plan,
  open,
} satisfies Benchmark<MessagesCase>

function target(text: string, peer: string, ratio: number, perTurn: number) {
  const cases = labelsOf((each) => each.direction !== ROUND_TRIP && each.perTurn === perTurn)
  return { text, metric: 'rate', ours: 'ours', peer, cases, ratio }
}

function labelsOf(chosen: (each: MessagesCase) => boolean): string[] {
  return CASES.filter(chosen).map(({ label }) => label)
}

function plan(scale: Scale): MessagesPlan {
  const common = {
    schedule: 'interleaved',
    cases: CASES.map((each) => (each.direction === ROUND_TRIP ? { ...each, rounds: PAIRS[scale] } : each)),
    warmUpRoundTrips: WARM_UP_ROUND_TRIPS[scale],
    roundTrips: ROUND_TRIPS[scale],
  } as const
  switch (scale) {
    case 'full':
      return { ...common, rounds: 5, warmUpMs: 300, windowMs: 1_000 }
    case 'quick':
      return { ...common, rounds: 3, warmUpMs: 50, windowMs: 150 }
    case 'moment':
      return { ...common, rounds: 1, warmUpMs: 5, windowMs: 20 }
    default:
      return scale satisfies never
  }
}

async function open(cast: Cast, plan: MessagesPlan): Promise<Fixture<MessagesCase>> {
  const server = await cast.start<Server>('server')
  const client = await cast.start<Client>('client', { url: await server.call('url') })
  await client.call('roundTrips', plan.warmUpRoundTrips)
  const roundTrips = new RoundTrips(cast, plan.roundTrips)
  return {
    measure(which) {
      switch (which.direction) {
        case 'up':
          return throughput(cast, plan, client, server, which.perTurn)
        case 'down':
          return throughput(cast, plan, server, client, which.perTurn)
        case ROUND_TRIP:
          return roundTrips.measure(which.placement)
        default:
          return which satisfies never
      }
    },
    close: () => roundTrips.close(),
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
