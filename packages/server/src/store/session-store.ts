import type { ChannelSnapshot } from '@socket-star/protocol/channel'
import type {
  Encoded,
  RenewalReason,
  RoomPosition,
  ServerIdentitySnapshot,
} from '@socket-star/protocol/session'

/** A session at rest: all that another process needs to go on with it (CH-17). Holds no token. */
export interface SessionSnapshot {
  readonly v: 1
  /** The client's id. */
  readonly id: string
  readonly identity: ServerIdentitySnapshot
  readonly channel: ChannelSnapshot<Encoded>
  /** `session.data` as JSON. */
  readonly data: string
  /** The last id of a request of ours: ids rise over all lives. */
  readonly lastRequest: number
  /** Requests of the client that a handler had begun: they are answered `ERR_INTERRUPTED` (SES-11). */
  readonly inWork: readonly number[]
  readonly rooms: readonly RoomAtRest[]
}

/** A membership at rest. */
export interface RoomAtRest {
  readonly room: string
  /** Where it began; undefined while the room's log has not told. */
  readonly since?: RoomPosition
}

/** What is remembered of a token that has no session any more (HS-17). */
export type Tombstone = 'ended' | RenewalReason

/** What a store knows of a token. */
export type Acquired =
  /** Nothing: never heard of, or forgotten. */
  | { readonly is: 'unknown' }
  /** It ended, or was renewed away. */
  | { readonly is: 'gone'; readonly as: Tombstone }
  /**
   * The session is the asking node's from now on, under this fence. Without a
   * snapshot its last owner died before it wrote one: the state is lost.
   */
  | {
      readonly is: 'acquired'
      readonly fence: number
      readonly snapshot: SessionSnapshot | undefined
      /** The node that owned it before; undefined when it had been released. */
      readonly from: string | undefined
    }

/** A session that rested until its time was over. The node that was handed it is its owner under this fence. */
export interface ExpiredSession {
  readonly hash: string
  readonly fence: number
  readonly snapshot: SessionSnapshot
}

/**
 * Where sessions rest, and who owns them. A session is known by the hash of
 * its token. Each owner has a fence, higher than every one before; a write
 * under an older fence answers false and changes nothing, so that an owner
 * that lost a session without noticing cannot harm it. Every implementation
 * passes the contract suite in `test/store/contract.ts`.
 */
export interface SessionStore {
  /**
   * What was written outlives the process that wrote it. The server then writes a session before what depends on it
   * leaves (CH-7), and an owner that dies takes nothing with it that its client relies on. Default: false.
   */
  readonly durable?: boolean
  /** Records a new session of a node. Answers its fence. Rejects with ERR_SESSION_REFUSED when the hash is taken. */
  create(hash: string, node: string): Promise<number>
  /** Makes a node the owner. The caller has seen to it that an owner that still lives froze the session. */
  acquire(hash: string, node: string): Promise<Acquired>
  /** Writes a snapshot and stays the owner. */
  save(hash: string, fence: number, snapshot: SessionSnapshot): Promise<boolean>
  /** Writes a snapshot and gives the session up. Without a new owner its time is over after `keepMs`, which may be 0: `acquire` knows nothing of it then. */
  release(hash: string, fence: number, snapshot: SessionSnapshot, keepMs: number): Promise<boolean>
  /** The session is over. With a tombstone the token is remembered for `keepMs`. */
  end(hash: string, fence: number, tombstone: Tombstone | undefined, keepMs: number): Promise<boolean>
  /**
   * Hands over sessions whose time is over, `most` of them at most and each once: the node becomes their owner, tells
   * its application of the end, and calls {@link end}. To {@link acquire} they stay unknown. A store that can tell that an owner is dead may hand over its
   * sessions, too, once nobody came for as long as it would have kept them. Without this method such sessions are
   * forgotten, and no application is told.
   */
  takeExpired?(node: string, most: number): Promise<readonly ExpiredSession[]>
}
