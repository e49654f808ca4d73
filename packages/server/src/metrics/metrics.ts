import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { DROP_REASONS, type Outcome, type StarObserver } from '../observer.ts'
import type { SessionCensus } from '../session/census.ts'
import { createLegacyMetrics } from './legacy-metrics.ts'
import { createSessionMetrics } from './session-metrics.ts'

/** What one server counts about itself, and the observer that counts it. */
export interface Metrics {
  readonly observer: Required<StarObserver>
  /** Whom to ask for the figures of sessions and rooms, and for the connections. */
  ask(census: () => SessionCensus, connections: () => number): void
  readonly contentType: string
  /** The Prometheus text exposition. */
  text(): Promise<string>
}

/** A registry of its own: the host application's, and a second server's, stay untouched. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const peers = new Gauge({ name: 'socket_star_peers', help: 'Addresses that are online', registers })
  const streams = new Gauge({
    name: 'socket_star_streams_open',
    help: 'Dialled streams that are open',
    registers,
  })
  const relayed = new Counter({
    name: 'socket_star_relayed_bytes_total',
    help: 'Payload bytes relayed between peers',
    registers,
  })
  const joins = new Counter({
    name: 'socket_star_joins_total',
    help: 'Joins by their outcome: ok, or an error code',
    labelNames: ['outcome'],
    registers,
  })
  const dials = new Counter({
    name: 'socket_star_dials_total',
    help: 'Dials by their outcome: ok, or an error code',
    labelNames: ['outcome'],
    registers,
  })
  const drops = new Counter({
    name: 'socket_star_drops_total',
    help: 'What arrived and was not used, by reason',
    labelNames: ['reason'],
    registers,
  })
  // a series that begins with its first event hides that event from rate()
  joins.inc({ outcome: 'ok' }, 0)
  dials.inc({ outcome: 'ok' }, 0)
  for (const reason of Object.keys(DROP_REASONS)) drops.inc({ reason }, 0)
  let countConnections = (): number => 0
  new Gauge({
    name: 'socket_star_connections',
    help: 'Connections of all clients that are open, with a session, joined, or neither',
    registers,
    collect() {
      this.set(countConnections())
    },
  })
  const legacy = createLegacyMetrics(registry)
  const sessions = createSessionMetrics(registry)

  return {
    observer: {
      peers: (online) => {
        peers.set(online)
        legacy.peers(online)
      },
      join: (outcome: Outcome) => {
        joins.inc({ outcome })
        legacy.join(outcome === 'ok')
      },
      dial: (outcome: Outcome) => {
        dials.inc({ outcome })
        legacy.dial(outcome === 'ok')
      },
      streams: (open) => streams.set(open),
      relayed: (bytes) => relayed.inc(bytes),
      drop: (reason) => drops.inc({ reason }),
      ...sessions.observer,
    },
    ask: (census, connections) => {
      sessions.ask(census)
      countConnections = connections
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}
