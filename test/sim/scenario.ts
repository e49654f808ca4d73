import type { Random } from '../../packages/protocol/test/channel/sim/random.ts'
import type { Transports } from './network.ts'
import type { Conditions } from './pipe.ts'

/** What may happen to a server process. */
type Restarts =
  | 'none'
  /** It stops with its state written, and the next one goes on from that. */
  | 'graceful'
  /** It dies, and the next one knows nothing. */
  | 'crash'
  /** It dies, and the next one goes on from what an earlier one had written. */
  | 'stale'
  /** It stops or dies, and the next one goes on from a store in which everything was that anybody relies on. */
  | 'durable'

/** What one client's application is like. */
export interface Habits {
  /** The session moves to a fresh connection now and then. */
  readonly cycles: boolean
  /** Its page is loaded again now and then, and its tab copied. */
  readonly persists: boolean
  /** How long a message is in work, at most, in milliseconds. */
  readonly consumeMs: number
  /** What it does with messages that a renewal hands back. */
  readonly resends: boolean
}

/** Everything about one run that is not decided while it runs. */
export interface Scenario {
  readonly seed: number
  readonly clients: readonly Habits[]
  readonly conditions: Conditions
  readonly noticeMs: number
  readonly transports: Transports
  readonly restarts: Restarts
  /** Tabs are copied, and so two clients show one token. */
  readonly copies: boolean
  /** The browsers have Web Locks. */
  readonly locks: boolean
  /** For how long the network comes and goes, in milliseconds. */
  readonly troubleMs: number
  /** The mean time between two troubles, in milliseconds. */
  readonly troubleEveryMs: number
  /** The mean time between two emits of one side, in milliseconds. */
  readonly emitEveryMs: number
  readonly textLength: number
  /** Messages have binaries with them. */
  readonly binary: boolean
  readonly resumeWindowMs: number
  readonly heartbeatMs: number
  readonly windowMessages: number
  readonly backlogMessages: number
  readonly consumeMs: number
  /** Messages of a room that can be read again; undefined: the server's own log, which a crash takes along. */
  readonly history: number | undefined
  /** The longest that a durable store takes, in milliseconds. */
  readonly storeMs: number
  /** Machines stand still now and then, and tabs are in the background. */
  readonly dozes: boolean
  /** Once, a machine sleeps for minutes. */
  readonly night: boolean
}

const RESTARTS = ['none', 'graceful', 'graceful', 'crash', 'stale', 'durable', 'durable'] as const

/** The scenario of a seed. */
export function scenarioOf(seed: number, random: Random): Scenario {
  const slow = random.chance(0.15)
  const habits = (): Habits => ({
    cycles: random.chance(0.5),
    persists: random.chance(0.4),
    consumeMs: random.pick([0, 0, 0, 100, 900]),
    resends: random.chance(0.6),
  })
  const backlogMessages = random.pick([20, 65_536, 65_536])
  const clients = Array.from({ length: random.pick([1, 1, 2, 3]) }, habits)
  return {
    seed,
    clients,
    conditions: {
      latencyMs: random.pick([1, 20, 150]),
      jitterMs: random.pick([0, 10, 100]),
      bytesPerSecond: slow ? 15_000 : 1_000_000,
    },
    noticeMs: random.pick([5, 300, 3_000]),
    transports: random.pick<Transports>(['websocket', 'websocket', 'websocket', 'polling', 'upgrade']),
    restarts: random.pick<Restarts>(RESTARTS),
    copies: random.chance(0.4),
    locks: random.chance(0.5),
    troubleMs: random.int(1_000, 12_000),
    troubleEveryMs: random.pick([80, 400, 1_500]),
    emitEveryMs: slow ? 500 : random.pick([100, 400]),
    textLength: slow ? 0 : random.pick([0, 0, 200, 5_000]),
    binary: random.chance(0.4),
    resumeWindowMs: random.pick([3_000, 120_000, 120_000]),
    heartbeatMs: random.pick([2_000, 30_000]),
    windowMessages: random.pick([2, 16, 2_048]),
    backlogMessages,
    consumeMs: random.pick([0, 0, 50, 400]),
    history: random.pick([undefined, undefined, 4, 1_000]),
    storeMs: random.pick([1, 20, 300]),
    dozes: random.chance(0.35),
    night: random.chance(0.12),
  }
}

/** So many messages of one client at most wait to be received: more would not go through the window in the time that is allowed. */
export function outstandingOf({ windowMessages, consumeMs }: Scenario): number {
  if (windowMessages > 2) return 400
  return consumeMs > 0 ? 30 : 150
}
