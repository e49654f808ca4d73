import type { ErrorCode } from '../errors.ts'
import type { Connected } from './handshake.ts'
import type { Status } from './status.ts'
import type { Announcement } from './wire/announcement.ts'
import type { CloseReason } from './wire/close.ts'

/** The driver's name for a socket. */
export type SocketId = string | number

/** What the driver of a client has to do, in order. */
export type ClientOutput =
  | { readonly do: 'send'; readonly socket: SocketId; readonly token: string }
  /** Emit `star-announce`: the socket's `auth` did not carry the announcement. */
  | { readonly do: 'announce'; readonly socket: SocketId; readonly announcement: Announcement }
  | { readonly do: 'status'; readonly status: Status }
  /**
   * This socket carries the session now: write what is new on it. `first`: the
   * session is new to this client. `renewed` and not `first`: the one that it
   * had is gone. `draining`: the socket that carried it until now.
   */
  | {
      readonly do: 'connected'
      readonly socket: SocketId
      readonly how: Connected
      readonly first: boolean
      readonly draining: SocketId | undefined
    }
  /** The socket that carried the session was cut, and this older one that still lives carries it again. */
  | { readonly do: 'promoted'; readonly socket: SocketId }
  /** Close this socket; nothing is heard from it any more. `code`: the server broke the protocol. */
  | {
      readonly do: 'close'
      readonly socket: SocketId
      readonly reason: CloseReason
      readonly code: ErrorCode | undefined
    }
  /** Another owner took the session over. Open a socket for one of our own (HS-13). */
  | { readonly do: 'displaced' }
  /**
   * The newest socket did not get the session. `kept`: the present one keeps it
   * (HS-12); otherwise, if `retryable`, back off and open another.
   */
  | {
      readonly do: 'refused'
      readonly socket: SocketId
      readonly reason: CloseReason
      readonly retryable: boolean
      readonly kept: boolean
    }
  /** The session is over for good. */
  | { readonly do: 'ended'; readonly by: 'local' | 'remote' }
