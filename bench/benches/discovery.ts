import { setTimeout as delay } from 'node:timers/promises'
import type { Churn, Histogram, Joining, Mistakes } from '../kit/swarm/swarm.ts'
import type { Cast } from '../lib/cast.ts'
import { formatFigure } from '../lib/format.ts'
import type { Benchmark, Case, Fixture, Plan, Scale, Stack, StackResult, Target } from '../lib/model.ts'
import type { RoleProcess } from '../lib/role-process.ts'
import { spreadOf } from '../lib/stats.ts'

/** What figures are counted for: the legacy server sends everything to everybody once in it. */
const PERIOD_SECONDS = 10
const CHURN_PER_SECOND = 10
const PEERS_PER_PROCESS = 500
/** More swarms than this would only get into each other's way on a small machine. */
const MAX_PROCESSES = 3
/** How long all may take to join before those that are in have to do. */
const GROW_LIMIT_MS = 25_000
const SETTLE_POLL_MS = 100
/** The end of the labels of cases in which peers come and go with their connections. */
export const RECONNECTING = ', reconnecting'
const CALL_GRACE_MS = 60_000
/** A server that uses this much of a core has nothing left to give. */
const SATURATED_SHARE = 0.9
/** Where a verdict is given. */
const JUDGED = 1000
/** The least that shows whether everything works. */
const MOMENT = 20
/**
 * A server that cannot keep up never shows what the work costs it. Slowed
 * down, it does: every period is so many times as long, that of the churn and
 * those of its protocol, and so is what is measured. The work stays the same.
 */
export const SLOWED_BY = 5
/** From so many peers on churn goes on for longer before it is measured, until V8 has compiled what runs. */
const CROWD = 1000
const CROWD_WARM_UP_MS = 20_000
/** Our servers keep idle connections alive after what is measured. */
export const KEEP_ALIVE_MS = 120_000
/**
 * V8 collects garbage for want of room alone. It would also do so once, some
 * time after the growth when little goes on: that costs half of what a quiet
 * server of ours does in ten seconds, and fell among those or not.
 */
export const NO_IDLE_COLLECTION = ['--no-memory-reducer'] as const
/** What a stack is called whose clients are legacy ones, and whose server is ours. */
const LEGACY_CLIENTS = 'ours-legacy-clients'

export type Server = {
  url(): string
  /** Events that its protocol has it send so many peers in {@link PERIOD_SECONDS}; undefined when it sends them. */
  owed(peers: number): number | undefined
  /** How many times as long as usual every period is; see {@link SLOWED_BY}. */
  slowedBy(): number
}
/** A part of the peers; see `Swarm`. */
export type Peers = {
  grow(count: number, overMs: number, limitMs: number): Promise<number>
  churn(churn: Churn): Promise<Joining[]>
  events(): number
  addresses(): string[]
  latencies(joins: readonly Joining[]): Histogram
  mistakes(online: readonly string[]): Mistakes
}

/** A stack of this benchmark. */
export type DiscoveryStack = Stack<{
  server: () => Promise<Server>
  peers: (params: { url: string }) => Promise<Peers>
}>

interface DiscoveryCase extends Case {
  readonly peers: number
  /** Whether peers come and go with their connections. */
  readonly reconnect: boolean
  /** Instead of the plan's, in milliseconds. */
  readonly warmUpMs?: number
}

interface DiscoveryPlan extends Plan<DiscoveryCase> {
  /** Legacy peers announce themselves every ten seconds from their join on: joins spread over that time make an even load. */
  readonly growMs: number
  /** How long lists may take to become right once nobody comes or goes. */
  readonly settleMs: number
}

export default {
  question: `what does it cost that peers know of each other, with ${CHURN_PER_SECOND} joins and ${CHURN_PER_SECOND} leaves a second?`,
  unit: { label: `${PERIOD_SECONDS} s`, perLabel: `s/${PERIOD_SECONDS} s`, scale: 1 },
  roles: ['server', 'peers'],
  metrics: [
    {
      key: 'serverCpu',
      label: `server CPU s/${PERIOD_SECONDS} s`,
      better: 'lower',
      compared: true,
      cpuOf: 'server',
    },
    { key: 'wholeCpu', label: 'for all it owes', better: 'lower', compared: true },
    { key: 'events', label: `events/${PERIOD_SECONDS} s`, better: 'lower' },
    { key: 'knownP99', label: 'known to all, p99 ms', better: 'lower' },
    { key: 'missing', label: 'missing', better: 'lower' },
    { key: 'joined', label: 'joined', better: 'higher' },
  ],
  targets: [
    ...atMostAFiftieth('ours', ''),
    ...atMostAFiftieth('ours-light-clients', ', both with light clients'),
    {
      text: 'server CPU at most 1.25 of raw ws, both with light clients',
      metric: 'serverCpu',
      ours: 'ours-light-clients',
      peer: 'ws',
      cases: [joining(JUDGED).label],
      ratio: 1.25,
    },
  ],
  plan,
  open,
  remarks,
} satisfies Benchmark<DiscoveryCase>

function atMostAFiftieth(ours: string, clients: string): Target[] {
  const target = { ours, metric: 'serverCpu', cases: [joining(JUDGED).label], ratio: 1 / 50 }
  const text = 'server CPU at most 1/50 of legacy'
  return [
    { ...target, peer: 'legacy', text: `${text}${clients}` },
    { ...target, peer: 'legacy-slowed', text: `${text} slowed${clients}` },
  ]
}

/** What a legacy server owes at the least: everybody is told of everybody once in {@link PERIOD_SECONDS}. */
export function legacyEvents(peers: number): number {
  return peers * (peers - 1)
}

function plan(scale: Scale): DiscoveryPlan {
  switch (scale) {
    case 'full':
      return {
        cases: [...[100, 300, 1000, 3000].map(joining), ...[100, 1000].map(reconnecting)],
        rounds: 3,
        schedule: 'isolated',
        warmUpMs: 4_500,
        windowMs: 10_000,
        growMs: 10_000,
        settleMs: 2_000,
      }
    case 'quick':
      return {
        cases: [100, 300].map(joining),
        rounds: 3,
        schedule: 'together',
        warmUpMs: 200,
        windowMs: 2_000,
        growMs: 6_000,
        settleMs: 500,
      }
    case 'moment':
      return {
        cases: [joining(MOMENT), reconnecting(10)],
        rounds: 1,
        schedule: 'together',
        warmUpMs: 50,
        windowMs: 500,
        growMs: 200,
        settleMs: 1_000,
      }
    default:
      return scale satisfies never
  }
}

function joining(peers: number): DiscoveryCase {
  const crowd = peers < CROWD ? {} : { warmUpMs: CROWD_WARM_UP_MS }
  return { label: `${peers} peers`, peers, reconnect: false, ...crowd }
}

function reconnecting(peers: number): DiscoveryCase {
  return { label: `${peers} peers${RECONNECTING}`, peers, reconnect: true }
}

async function open(cast: Cast, plan: DiscoveryPlan, which?: DiscoveryCase): Promise<Fixture<DiscoveryCase>> {
  const peers = which?.peers ?? 0
  const server = await cast.start<Server>('server')
  const url = await server.call('url')
  const owed = await server.call('owed', peers)
  const slowedBy = await server.call('slowedBy')
  const growLimitMs = GROW_LIMIT_MS * slowedBy
  const swarms = await Promise.all(
    Array.from({ length: Math.min(MAX_PROCESSES, Math.ceil(peers / PEERS_PER_PROCESS)) }, () =>
      cast.start<Peers>('peers', { url }),
    ),
  )
  const counts = await Promise.all(
    swarms.map((swarm) =>
      swarm.callWithin(
        growLimitMs + CALL_GRACE_MS,
        'grow',
        Math.ceil(peers / swarms.length),
        plan.growMs * slowedBy,
        growLimitMs,
      ),
    ),
  )
  return {
    measure: (which) =>
      measure(cast, swarms, plan, which, { joined: sum(counts), growLimitMs, owed, slowedBy }),
    close: async () => {},
  }
}

/** What a stack is like once all have joined who could. */
interface Grown {
  readonly joined: number
  /** How long they had for it. */
  readonly growLimitMs: number
  readonly owed: number | undefined
  readonly slowedBy: number
}

async function measure(
  cast: Cast,
  swarms: readonly RoleProcess<Peers>[],
  plan: DiscoveryPlan,
  { peers, reconnect, warmUpMs = plan.warmUpMs }: DiscoveryCase,
  { joined, growLimitMs, owed, slowedBy }: Grown,
) {
  const windowMs = plan.windowMs * slowedBy
  const durationMs = warmUpMs + windowMs
  const churn = Promise.all(
    swarms.map((swarm) =>
      swarm.callWithin(durationMs + CALL_GRACE_MS, 'churn', {
        perSecond: CHURN_PER_SECOND / slowedBy / swarms.length,
        durationMs,
        reconnect,
      }),
    ),
  )
  await delay(warmUpMs)
  const countEvents = async () => sum(await Promise.all(swarms.map((swarm) => swarm.call('events'))))
  const { result, seconds, usage } = await cast.measure(async () => {
    const before = await countEvents()
    await delay(windowMs)
    return (await countEvents()) - before
  })
  const joins = (await churn).flat()
  const { missing, stale } = await settle(swarms, plan.settleMs)
  const histograms = await Promise.all(swarms.map((swarm) => swarm.call('latencies', joins)))
  const periods = seconds / slowedBy / PERIOD_SECONDS
  const serverCpu = usage.server?.cpuSeconds ?? Number.NaN
  return {
    units: periods,
    values: {
      serverCpu: serverCpu / periods,
      wholeCpu: (serverCpu / periods) * (owed === undefined ? 1 : Math.max(1, owed / (result / periods))),
      events: result / periods,
      knownP99: quantileOf(histograms, 0.99),
      missing,
      stale,
      joined,
    },
    usage,
    notes: [
      ...(joined < peers
        ? [`not all ${peers} peers had joined after ${growLimitMs / 1000} s: it does the work of fewer`]
        : []),
      ...(serverCpu / seconds > SATURATED_SHARE
        ? ['saturated: its CPU time is what one core has, not what the work would take']
        : []),
    ],
  }
}

/** Waits until no list is wrong any more, or for as long as lists may be wrong. */
async function settle(swarms: readonly RoleProcess<Peers>[], limitMs: number): Promise<Mistakes> {
  const deadline = performance.now() + limitMs
  const online = (await Promise.all(swarms.map((swarm) => swarm.call('addresses')))).flat()
  for (;;) {
    const all = await Promise.all(swarms.map((swarm) => swarm.call('mistakes', online)))
    const mistakes = {
      missing: sum(all.map(({ missing }) => missing)),
      stale: sum(all.map(({ stale }) => stale)),
    }
    if (mistakes.missing + mistakes.stale === 0 || performance.now() > deadline) return mistakes
    await delay(SETTLE_POLL_MS)
  }
}

/** What a figure comes to for each peer that was in, where it was measured in several cases. */
function perPeer(
  results: readonly StackResult[],
  stackName: string,
  metric: string,
  scale: number,
  unit: string,
): string | undefined {
  const own = results.filter(
    ({ stack, samples, case: which }) =>
      stack === stackName && samples.length > 0 && !which.endsWith(RECONNECTING),
  )
  const figures = own.map(({ case: which, samples }) => {
    const medianOf = (key: string) =>
      spreadOf(samples.map(({ values }) => values[key] ?? Number.NaN))?.median ?? Number.NaN
    return `${formatFigure((medianOf(metric) * scale) / medianOf('joined'))}${unit} at ${which}`
  })
  return figures.length > 1 ? figures.join(', ') : undefined
}

/** Of a stack that is there for how it grows. */
export function repeatsOthers({ label }: Case): string | undefined {
  return label.endsWith(RECONNECTING) || label === joining(300).label
    ? 'the other rows say the same'
    : undefined
}

/** Of a stack that has something to say there alone: where verdicts are given, and in the shortest run. */
export function isJudged({ label }: Case): boolean {
  return [JUDGED, MOMENT].some((peers) => label === joining(peers).label)
}

/** How the cost of our own clients grows with their number, and that of legacy ones does not. */
function remarks(results: readonly StackResult[]): string[] {
  const growth = perPeer(results, 'ours', 'serverCpu', 1e6, ' us')
  const told = perPeer(results, LEGACY_CLIENTS, 'events', 1, '')
  return [
    ...(growth === undefined
      ? []
      : [`socket-star, server CPU for each peer in ${PERIOD_SECONDS} s: ${growth}.`]),
    ...(told === undefined
      ? []
      : [`socket-star, light legacy clients: events for each of them in ${PERIOD_SECONDS} s: ${told}.`]),
    `Joins and leaves are on standing connections, but for the cases${RECONNECTING}, in which Socket.IO connects anew too.`,
    'missing: entries that the lists of all peers together lack a moment after the last change.',
    'for all it owes: CPU for the events that the protocol asks of the server, at what each costs it, where it does not get to send them.',
    `Keeping idle connections alive falls outside of what is measured of our servers, which do so after ${KEEP_ALIVE_MS / 1000} s here. The legacy one does after 25: at 1000 peers that is within it, and less than a hundredth of its figure.`,
    `All run with ${NO_IDLE_COLLECTION.join(' ')}: V8's one collection of what the growth left falls outside of it as well.`,
  ]
}

function quantileOf(histograms: readonly Histogram[], q: number): number {
  const counts = new Map<number, number>()
  for (const histogram of histograms) {
    for (const [span, count] of Object.entries(histogram)) {
      counts.set(Number(span), (counts.get(Number(span)) ?? 0) + count)
    }
  }
  let left = sum([...counts.values()]) * q
  for (const [span, count] of [...counts].toSorted(([a], [b]) => a - b)) {
    left -= count
    if (left <= 0) return span
  }
  return Number.NaN
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0)
}
