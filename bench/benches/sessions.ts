import { until } from '../kit/until.ts'
import type { Cast } from '../lib/cast.ts'
import { openFilesLimit } from '../lib/machine.ts'
import type { Benchmark, Case, Fixture, Plan, Sample, Scale, Stack } from '../lib/model.ts'

const CLIENT_PROCESSES = 2
const CONNECT_LIMIT_MS = 240_000
const ARRIVAL_LIMIT_MS = 10_000
/** Connected and closed before the first measurement, so that code and pools are there. */
const WARM_UP_CONNECTIONS = 200
/** What a process opens besides its connections. */
const SPARE_FILES = 100
const BYTES_PER_KB = 1_000

export type Server = {
  url(): string
  /** Connections that are ready for the application. */
  connections(): number
  /** How many of them share one file of the process. */
  perFile(): number
  /** Resident memory after a full collection. */
  settledRssBytes(): Promise<number>
}
export type Clients = {
  /** Connects so many more, a multiple of `perFile`, and resolves once all are ready for the application. */
  connect(count: number): Promise<void>
  /** Closes them all. */
  disconnect(): Promise<void>
}

/** A stack of this benchmark. */
export type SessionsStack = Stack<{
  server: () => Promise<Server>
  clients: (params: { url: string }) => Promise<Clients>
}>

interface SessionsCase extends Case {
  readonly connections: number
}

export default {
  question: 'what does a connection cost that does nothing?',
  unit: { label: 'connection', perLabel: 'ms/connection', scale: 1000 },
  roles: ['server', 'clients'],
  metrics: [
    { key: 'memory', label: 'server kB/connection', better: 'lower', compared: true },
    { key: 'rate', label: 'connected/s', better: 'higher' },
  ],
  targets: [
    {
      text: 'an idle session at most 1.5 times the memory of a plain socket',
      metric: 'memory',
      ours: 'ours',
      peer: 'socket-io',
      ratio: 1.5,
    },
  ],
  plan,
  open,
  remarks: () => [
    'memory: resident memory of the server after a full collection, less what it was without connections. CPU: of connecting.',
  ],
} satisfies Benchmark<SessionsCase>

function plan(scale: Scale): Plan<SessionsCase> {
  const common = { schedule: 'isolated', warmUpMs: 0, windowMs: 0 } as const
  switch (scale) {
    case 'full':
      return { ...common, cases: [1_000, 5_000, 20_000].map(caseOf), rounds: 3 }
    case 'quick':
      return { ...common, cases: [1_000].map(caseOf), rounds: 3 }
    case 'moment':
      return { ...common, cases: [50].map(caseOf), rounds: 1 }
    default:
      return scale satisfies never
  }
}

function caseOf(connections: number): SessionsCase {
  return { label: `${connections} connections`, connections }
}

async function open(
  cast: Cast,
  _plan: Plan<SessionsCase>,
  which?: SessionsCase,
): Promise<Fixture<SessionsCase>> {
  const server = await cast.start<Server>('server')
  const url = await server.call('url')
  const clients = await Promise.all(
    Array.from({ length: CLIENT_PROCESSES }, () => cast.start<Clients>('clients', { url })),
  )
  const wanted = which?.connections ?? 0
  const perFile = await server.call('perFile')
  const possible = Math.min(wanted, perFile * (openFilesLimit() - SPARE_FILES))
  const perProcess = perFile * Math.ceil(possible / perFile / clients.length)
  const total = perProcess * clients.length
  const notes = total < wanted ? [`${total} connections: the limit of open files is ${openFilesLimit()}`] : []
  const connected = (count: number) =>
    until(`${count} connections`, ARRIVAL_LIMIT_MS, async () => (await server.call('connections')) === count)

  const warmUp = Math.min(WARM_UP_CONNECTIONS, perProcess)
  await Promise.all(clients.map((each) => each.call('connect', warmUp)))
  await connected(warmUp * clients.length)
  await Promise.all(clients.map((each) => each.call('disconnect')))
  await connected(0)
  return {
    async measure(): Promise<Sample> {
      const emptyBytes = await server.call('settledRssBytes')
      const { seconds, usage } = await cast.measure(() =>
        Promise.all(clients.map((each) => each.callWithin(CONNECT_LIMIT_MS, 'connect', perProcess))),
      )
      await connected(total)
      const bytes = (await server.call('settledRssBytes')) - emptyBytes
      return {
        units: total,
        values: { memory: bytes / total / BYTES_PER_KB, rate: total / seconds },
        usage,
        notes,
      }
    },
    close: async () => {},
  }
}
