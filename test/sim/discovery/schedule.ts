import fc from 'fast-check'

/** What may happen, and how often it does beside the rest. */
const KINDS = {
  /** One peer, or two at once, join on a client that is there, beside those that it has. */
  join: 6,
  /** A peer leaves. */
  leave: 5,
  /** A peer leaves, and joins again in the same turn. */
  again: 4,
  /** A client comes, with up to three peers. */
  come: 3,
  /** A client is gone, from one instant to the next. */
  vanish: 1,
  /** A peer leaves amid the next event that it hears. */
  skittish: 1,
  cut: 3,
  /** A connection is cut, and another peer joins on the client before or after that is noticed. */
  cutAndJoin: 4,
  /** A connection carries nothing any more, in one direction or both, and nobody is told. */
  swallow: 1,
  /** A connection stands still for a while. */
  stall: 2,
  /** The application writes so much to one client that its lists have to wait. */
  clog: 1,
  /** A client is sent a change that nobody can read. */
  garble: 2,
  /** The server's process is another one, which knows nothing. */
  restart: 1,
} as const

type Kind = keyof typeof KINDS

/** One thing that happens. The numbers choose among those who are there then. */
export interface Step {
  readonly waitMs: number
  readonly kind: Kind
  readonly who: number
  readonly which: number
  readonly ms: number
}

/** Everything about one run: what is not in it follows from its `seed`. */
export interface Schedule {
  readonly seed: number
  /** Whoever joins proves the address. */
  readonly challenge: boolean
  /** Whom the server lets in it asks somebody first, which takes up to so many milliseconds; 0: nobody. */
  readonly authenticateMs: number
  /** How many addresses are there all the time, so that a list is worth to be sent with the changes behind it. */
  readonly residents: number
  /** How late timers are in processes that have much to do: later than what arrives meanwhile. */
  readonly lateMs: number
  readonly latencyMs: number
  readonly jitterMs: number
  /** How late an end may notice that its connection was cut, in milliseconds. */
  readonly noticeMs: number
  readonly watchBurst: number
  /** What comes first: true for a legacy client, false for one of ours. */
  readonly clients: readonly boolean[]
  readonly steps: readonly Step[]
}

const ms = (max: number) => fc.integer({ min: 0, max })

const kinds = fc.oneof(
  ...(Object.entries(KINDS) as [Kind, number][]).map(([kind, weight]) => ({
    weight,
    arbitrary: fc.constant(kind),
  })),
)

const steps: fc.Arbitrary<Step> = fc.record({
  // at once, within a turn of the network, within an interval, or when all is told
  waitMs: fc.oneof(fc.constant(0), fc.constant(0), ms(5), ms(60), ms(300), ms(3_000)),
  kind: kinds,
  // one of them has more to bear than the others: what it begins overlaps
  who: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(1_000) }),
  which: fc.nat(1_000),
  ms: ms(4_000),
})

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.noShrink(fc.nat()),
  // what it costs is mostly its signatures
  challenge: fc.boolean(),
  authenticateMs: fc.constantFrom(0, 0, 100),
  residents: fc.constantFrom(0, 4, 12, 24, 24),
  lateMs: fc.constantFrom(0, 5, 40, 200),
  latencyMs: fc.constantFrom(1, 20, 100),
  jitterMs: fc.constantFrom(0, 1, 50, 50, 500),
  noticeMs: fc.constantFrom(1, 1, 100, 3_000),
  watchBurst: fc.constantFrom(1, 2, 20),
  clients: fc.array(fc.boolean(), { maxLength: 3 }).map((others) => [false, ...others]),
  steps: fc.array(steps, { minLength: 4, maxLength: 50 }),
})

/** The schedule of a number, for whoever wants one again. */
export function scheduleOf(seed: number): Schedule {
  const [schedule] = fc.sample(schedules, { seed, numRuns: 1, unbiased: true })
  return schedule as Schedule
}
