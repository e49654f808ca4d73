import type { AckGate, ChannelOptions, PathMode } from '@socket-star/protocol/channel'
import type { Habits } from './host.ts'
import { GOOD_LINK, type LinkConditions } from './link.ts'
import type { Random } from './random.ts'

/** What happens to the state of an end. */
type Storage =
  /** Nothing. */
  | 'none'
  /** A graceful hand-over: freeze, snapshot, restore. */
  | 'handover'
  /** A store commits before anything depends on it; the end crashes at any instant. */
  | 'durable'
  /** A snapshot from some time ago is restored after a crash, as if it were current. */
  | 'stale'
  /** As `stale`, and the earlier life goes on, unaware. */
  | 'zombie'

/** Everything about one run that is not decided while it runs. */
export interface Scenario {
  readonly seed: number
  readonly modes: readonly [PathMode, ...PathMode[]]
  readonly options: readonly [ChannelOptions<string>, ChannelOptions<string>]
  readonly habits: readonly [Habits, Habits]
  /** Whose state is stored, and how. */
  readonly storage: Storage
  readonly storedSide: 0 | 1
  /** The longest that a durable store takes to write, in ms. */
  readonly storeMs: number
  readonly conditions: LinkConditions
  /** For how long the network comes and goes, in ms. */
  readonly troubleMs: number
  /** The mean time between two troubles, in ms. */
  readonly troubleEveryMs: number
  /** How many messages each side wants to send. */
  readonly messages: readonly [number, number]
  readonly withEnd: boolean
  /** The second side is what a session's client bundles. */
  readonly lean: boolean
}

const measure = { bytes: (text: string) => text.length }

/** The scenario of a seed. */
export function scenarioOf(seed: number, random: Random): Scenario {
  const storage = random.pick<Storage>([
    'none',
    'none',
    'handover',
    'handover',
    'durable',
    'durable',
    'stale',
    'zombie',
  ])
  const storedSide = random.pick([0, 1] as const)
  const modes = random.pick<readonly [PathMode, ...PathMode[]]>([
    ['in-order'],
    ['lossy'],
    ['in-order', 'lossy'],
  ])
  const lossy = modes.includes('lossy')
  const welcome = random.chance(0.7)
  const textLength = random.pick([0, 20, 200, 2_000])
  const slow = random.chance(0.2)
  const options = (side: 0 | 1): ChannelOptions<string> => {
    const gates = random.pick<AckGate>(['received', 'received', 'consumed'])
    const durable = storage === 'durable' && storedSide === side
    const windowMessages = random.pick([1, 4, 32, 256])
    return {
      measure,
      welcome: welcome ? (side === 0 ? 'sends' : 'expects') : 'none',
      ackOn: durable ? 'committed' : gates,
      commitBeforeSend: durable,
      windowMessages,
      windowBytes: random.pick([50, 1_000, 20_000, 1_000_000]),
      ackDelayMs: random.pick([0, 5, 50]),
      backlogMessages: 100_000,
      backlogBytes: 10_000_000,
      frameLimits: {
        bytes: random.pick([100, 2_000, 65_536]),
        messages: random.pick([1, 7, 100]),
        attachments: 10,
      },
    }
  }
  const habit = (): Habits => ({ consumeMs: random.pick([0, 0, 30, 500]), textLength })
  const scenario: Omit<Scenario, 'lean'> = {
    seed,
    modes,
    options: [options(0), options(1)],
    habits: [habit(), habit()],
    storage,
    storedSide,
    storeMs: random.pick([5, 50, 400]),
    conditions: {
      ...GOOD_LINK,
      latencyMs: random.pick([1, 20, 150]),
      jitterMs: random.pick([0, 10, 100]),
      bytesPerSecond: slow ? 20_000 : 2_000_000,
      loss: lossy ? random.pick([0, 0.02, 0.2]) : 0,
      duplicate: lossy ? random.pick([0, 0.1]) : 0,
      queueBytes: random.pick([20_000, 1_000_000]),
    },
    troubleMs: random.int(1_000, 12_000),
    troubleEveryMs: random.pick([100, 600, 2_000]),
    messages: slow ? [random.int(0, 20), random.int(0, 20)] : [random.int(0, 120), random.int(0, 120)],
    withEnd: random.chance(0.5),
  }
  return { ...scenario, lean: isLean(scenario) }
}

/** Whether the second side does nothing that a session's client does not. */
function isLean({ modes, options, storage, storedSide, withEnd }: Omit<Scenario, 'lean'>): boolean {
  const [, { welcome, ackOn }] = options
  const durable = storage === 'durable' && storedSide === 1
  return welcome === 'expects' && ackOn === 'received' && !modes.includes('lossy') && !durable && !withEnd
}
