import { CLOSE_REASONS, RENEWAL_REASONS } from '@socket-star/protocol/session'
import { Counter, Gauge, type Registry } from 'prom-client'
import { EVICTION_REASONS, type StarObserver } from '../observer.ts'
import { NO_CENSUS, type SessionCensus } from '../session/census.ts'

/** Statuses that a session may be counted in: one that is over is not counted. */
const STATUSES = ['OPEN', 'PRECONNECTED', 'CONNECTED', 'RECONNECTING'] as const

/** Figures of sessions and rooms: the counters are told, the gauges ask when they are read. */
export interface SessionMetrics {
  readonly observer: Required<Pick<StarObserver, 'resume' | 'renewal' | 'eviction' | 'close'>>
  /** Whom the gauges ask. */
  ask(census: () => SessionCensus): void
}

/**
 * How many sessions a census counts for each millisecond that it is good for: one of 100,000 is taken once a second,
 * however often somebody reads the metrics. The walk costs less than a hundredth of that time.
 */
const SESSIONS_PER_MS = 100

/** `clock` is in milliseconds, from any origin. */
export function createSessionMetrics(
  registry: Registry,
  clock: () => number = () => performance.now(),
): SessionMetrics {
  const registers = [registry]
  let census = (): SessionCensus => NO_CENSUS
  let taken = NO_CENSUS
  let goodUntil = Number.NEGATIVE_INFINITY
  const now = (): SessionCensus => {
    const at = clock()
    if (at >= goodUntil) {
      taken = census()
      goodUntil = at + sessionsIn(taken) / SESSIONS_PER_MS
    }
    return taken
  }
  const gauge = (name: string, help: string, read: (census: SessionCensus) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(now()))
      },
    })
  }
  new Gauge({
    name: 'socket_star_sessions',
    help: 'Sessions of this process by status',
    labelNames: ['status'],
    registers,
    collect() {
      const { statuses } = now()
      for (const status of STATUSES) this.set({ status }, statuses[status] ?? 0)
    },
  })
  gauge(
    'socket_star_session_buffered_messages',
    'Messages that clients have not acknowledged',
    (of) => of.bufferedMessages,
  )
  gauge(
    'socket_star_session_buffered_bytes',
    'Bytes that clients have not acknowledged',
    (of) => of.bufferedBytes,
  )
  gauge('socket_star_rooms', 'Rooms with members in this process', (of) => of.rooms)
  gauge('socket_star_room_members', 'Memberships of sessions in rooms', (of) => of.roomMembers)
  gauge('socket_star_room_logs', 'Rooms with a log in memory', (of) => of.roomLogs)
  gauge(
    'socket_star_room_log_bytes',
    'Bytes of room messages that can be read again',
    (of) => of.roomLogBytes,
  )
  const resumes = new Counter({
    name: 'socket_star_session_resumes_total',
    help: 'Sessions that moved to a further socket',
    registers,
  })
  const renewals = new Counter({
    name: 'socket_star_session_renewals_total',
    help: 'Clients that got a new session instead of theirs, by reason',
    labelNames: ['reason'],
    registers,
  })
  const evictions = new Counter({
    name: 'socket_star_session_evictions_total',
    help: 'Sessions that were ended to make room, by reason',
    labelNames: ['reason'],
    registers,
  })
  const closes = new Counter({
    name: 'socket_star_session_closes_total',
    help: 'Sockets that got no session, or lost it, by what they were told',
    labelNames: ['reason'],
    registers,
  })
  // a series that begins with its first event hides that event from rate()
  for (const reason of RENEWAL_REASONS) renewals.inc({ reason }, 0)
  for (const reason of Object.keys(EVICTION_REASONS)) evictions.inc({ reason }, 0)
  for (const reason of Object.keys(CLOSE_REASONS)) closes.inc({ reason }, 0)
  return {
    observer: {
      resume: () => resumes.inc(),
      renewal: (reason) => renewals.inc({ reason }),
      eviction: (reason) => evictions.inc({ reason }),
      close: (reason) => closes.inc({ reason }),
    },
    ask: (of) => {
      census = of
    },
  }
}

function sessionsIn({ statuses }: SessionCensus): number {
  return STATUSES.reduce((sum, status) => sum + (statuses[status] ?? 0), 0)
}
