import { Counter, Gauge, type Registry } from 'prom-client'

/** The figures of the legacy rendezvous under their own names, so that its dashboards go on working. */
export function createLegacyMetrics(registry: Registry) {
  const registers = [registry]
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  const peers = new Gauge({ name: 'rendezvous_peers', help: 'Same as socket_star_peers', registers })
  const joins = {
    all: counter('rendezvous_joins_total', 'All joins'),
    ok: counter('rendezvous_joins_total_success', 'Joins that succeeded'),
    failed: counter('rendezvous_joins_total_failure', 'Joins that failed'),
  }
  const dials = {
    all: counter('rendezvous_dials_total', 'All dials'),
    ok: counter('rendezvous_dials_total_success', 'Dials that succeeded'),
    failed: counter('rendezvous_dials_total_failure', 'Dials that failed'),
  }
  const count = (counters: typeof joins, ok: boolean): void => {
    counters.all.inc()
    if (ok) counters.ok.inc()
    else counters.failed.inc()
  }
  return {
    peers: (online: number) => peers.set(online),
    join: (ok: boolean) => count(joins, ok),
    dial: (ok: boolean) => count(dials, ok),
  }
}
