import type { ChannelOptions } from '@socket-star/protocol/channel'
import type { Encoded, ServerIdentitySnapshot } from '@socket-star/protocol/session'
import type { StarEnvironment } from '../environment.ts'
import type { SessionSnapshot } from '../store/session-store.ts'
import type { Alarms } from './alarms.ts'
import type { Entrance } from './entrance.ts'
import type { Link } from './link.ts'
import type { RoomBroadcast } from './rooms/broadcast.ts'
import type { RoomHub } from './rooms/hub.ts'
import type { SessionCore } from './session-core.ts'
import type { SessionSettings } from './settings.ts'
import type { TotalBacklog } from './total-backlog.ts'
import type { Turn } from './turn.ts'
import type { EndReason, SessionStart } from './types.ts'

/** What a session is made of. */
export interface SessionInit {
  readonly id: string
  readonly hash: string
  readonly identity: ServerIdentitySnapshot
  readonly start: SessionStart
  /** The store's: rises with each owner. */
  readonly fence: number
  /** Where it goes on from. */
  readonly snapshot?: SessionSnapshot
}

/** What all sessions of a star share. */
export interface SessionScope {
  readonly environment: StarEnvironment
  readonly settings: SessionSettings
  readonly alarms: Alarms
  readonly turn: Turn
  readonly totalBacklog: TotalBacklog
  readonly channelOptions: Omit<ChannelOptions<Encoded>, 'measure' | 'welcome' | 'incarnation'>
  readonly features: readonly string[]
  readonly hub: RoomHub
  /** Writes to a store that is durable; false when another process owns the session. Undefined with any other store. */
  readonly save: ((session: SessionCore, snapshot: SessionSnapshot) => Promise<boolean>) | undefined
  to(room: string | readonly string[]): RoomBroadcast
  /** The sockets, those that carry sessions included. */
  readonly entrance: Pick<Entrance, 'linkOf' | 'forget' | 'follow' | 'report' | 'blame'>
  started(session: SessionCore, start: SessionStart): void
  ended(session: SessionCore, reason: EndReason): void
  /** No socket carries it any more. `link`: the last one. */
  rests(session: SessionCore, link: Link): void
  /** It was at rest, and is on a socket again. */
  awake(session: SessionCore): void
  /** A session could not be written to its store. */
  notWritten(session: SessionCore, error: unknown): void
  /** A listener of the application failed. */
  failed(session: SessionCore, error: unknown, handler: string): void
}
