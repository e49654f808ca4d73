import { until } from '../kit/until.ts'
import type { Cast } from '../lib/cast.ts'
import type { Benchmark, Case, Fixture, Plan, Scale, Stack } from '../lib/model.ts'

/** The text that every message carries. */
export const MESSAGE = 'm'.repeat(100)
const ARRIVAL_LIMIT_MS = 20_000
const CONNECT_LIMIT_MS = 60_000
const MEMBERS_PER_PROCESS = 500

/** What reached the members of a process so far, and when the last of it did. */
export interface Delivered {
  readonly messages: number
  readonly lastAtMs: number
}
export type Server = {
  url(): string
  /** Says so many messages to a room, one in each turn of the event loop; the answer is when it began. */
  say(room: string, messages: number): Promise<number>
}
export type Members = {
  /** Connects members and enters each into the rooms that are named for it. */
  enter(rooms: readonly (readonly string[])[]): Promise<void>
  delivered(): Delivered
}

/** A stack of this benchmark. */
export type RoomsStack = Stack<{
  server: () => Promise<Server>
  members: (params: { url: string }) => Promise<Members>
}>

interface RoomsCase extends Case {
  readonly members: number
  readonly messages: number
}

export default {
  question: `how fast does a message of ${MESSAGE.length} bytes reach all members of a room?`,
  unit: { label: 'delivery', perLabel: 'us/delivery', scale: 1e6 },
  roles: ['server', 'members'],
  metrics: [{ key: 'rate', label: 'deliveries/s', better: 'higher', compared: true }],
  targets: [
    {
      text: 'at least 0.9 of io.to(room).emit',
      metric: 'rate',
      ours: 'ours',
      peer: 'socket-io',
      cases: ['1000 members'],
      ratio: 0.9,
    },
  ],
  plan,
  open,
} satisfies Benchmark<RoomsCase>

/** Small rooms hear more messages, so that all cases take about as long. */
function casesOf(sizes: readonly number[], deliveries: number): RoomsCase[] {
  return sizes.map((members) => ({
    label: `${members} members`,
    members,
    messages: Math.ceil(deliveries / members),
  }))
}

function plan(scale: Scale): Plan<RoomsCase> {
  const common = { schedule: 'interleaved', warmUpMs: 0, windowMs: 0 } as const
  switch (scale) {
    case 'full':
      return { ...common, cases: casesOf([10, 100, 1000], 50_000), rounds: 7 }
    case 'quick':
      return { ...common, cases: casesOf([10, 1000], 10_000), rounds: 3 }
    case 'moment':
      return { ...common, cases: casesOf([10], 100), rounds: 1 }
    default:
      return scale satisfies never
  }
}

async function open(cast: Cast, { cases }: Plan<RoomsCase>): Promise<Fixture<RoomsCase>> {
  const server = await cast.start<Server>('server')
  const url = await server.call('url')
  const total = Math.max(...cases.map(({ members }) => members))
  const processes = Math.ceil(total / MEMBERS_PER_PROCESS)
  const members = await Promise.all(
    Array.from({ length: processes }, () => cast.start<Members>('members', { url })),
  )
  // every small room is a part of the next larger one
  const rooms = Array.from({ length: total }, (_, index) =>
    cases.filter((each) => index < each.members).map(({ label }) => label),
  )
  await Promise.all(
    members.map((each, nth) =>
      each.callWithin(
        CONNECT_LIMIT_MS,
        'enter',
        rooms.filter((_, index) => index % processes === nth),
      ),
    ),
  )
  const delivered = () => Promise.all(members.map((each) => each.call('delivered')))
  const messages = (all: readonly Delivered[]) => all.reduce((sum, each) => sum + each.messages, 0)
  return {
    async measure(which) {
      const expected = messages(await delivered()) + which.messages * which.members
      const { result, usage } = await cast.measure(async () => {
        const startedAtMs = await server.callWithin(ARRIVAL_LIMIT_MS, 'say', which.label, which.messages)
        let last: Delivered[] = []
        await until('delivery to all members', ARRIVAL_LIMIT_MS, async () => {
          last = await delivered()
          return messages(last) === expected
        })
        return Math.max(...last.map(({ lastAtMs }) => lastAtMs)) - startedAtMs
      })
      const deliveries = which.messages * which.members
      return { units: deliveries, values: { rate: (deliveries / result) * 1000 }, usage }
    },
    close: async () => {},
  }
}
