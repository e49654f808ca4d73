import type { AnyNamespace, Connection } from '../socket-types.ts'

type Engine = AnyNamespace['server']['engine']

/** The connection that came last to an engine, and how many want to know. */
interface Arrivals {
  last: Connection | undefined
  followers: number
  readonly arrive: (connection: Connection) => void
}

/** The stars of a server's namespaces share what they listen to. */
const byEngine = new WeakMap<Engine, Arrivals>()

/** Which connection a parser is made for: Socket.IO makes it when it hears of the connection, and this hears first. */
export interface FollowedArrivals {
  /** The connection that came just now, once. */
  take(): Connection | undefined
  stop(): void
}

/** Follows who comes to a server. One that listens to no port yet has no engine, and nobody is told of. */
export function followArrivals({ engine }: AnyNamespace['server']): FollowedArrivals {
  const is = engine as Engine | undefined
  if (is === undefined) return { take: () => undefined, stop: () => {} }
  const arrivals = byEngine.get(is) ?? begin(is)
  arrivals.followers += 1
  return {
    take: () => {
      const { last } = arrivals
      arrivals.last = undefined
      return last
    },
    stop: () => {
      arrivals.followers -= 1
      if (arrivals.followers > 0) return
      is.off('connection', arrivals.arrive)
      byEngine.delete(is)
    },
  }
}

function begin(engine: Engine): Arrivals {
  const arrivals: Arrivals = {
    last: undefined,
    followers: 0,
    arrive: (connection) => {
      arrivals.last = connection
    },
  }
  byEngine.set(engine, arrivals)
  engine.prependListener('connection', arrivals.arrive)
  return arrivals
}
