import type { Connected } from './handshake.ts'
import type { Status } from './status.ts'
import type { Announcement } from './wire/announcement.ts'
import type { Close } from './wire/close.ts'

/**
 * Who does what a client's identity decides, one thing after the other: what
 * is told while the driver is at work on something comes behind it. `S` is
 * what the driver knows a socket by.
 */
export interface ClientDriver<S> {
  /** Emit a token on `dop`, or the announcement, which the socket's `auth` did not carry. */
  send(socket: S, what: string | Announcement): void
  /** Tell the application (HS-1). */
  tell(event: 'status', status: Status): void
  /** This socket carries the session now: write what is new on it. `renewed`: the one that the client had is gone. */
  connected(socket: S, how: Connected): void
  /** Close this socket; nothing is heard from it any more. `stays`: it is still good for everything else (SES-5). */
  close(socket: S, stays?: boolean): void
  /** Another owner took the session over. Open a socket for one of our own (HS-13). */
  displaced(): void
  /**
   * The newest socket did not get the session. `kept`: the present one keeps it
   * (HS-12); otherwise, if `retryable`, back off and open another. An error beside `protocol`: the server broke the rules.
   */
  refused(close: Close, kept: boolean): void
  /** The session is over for good. `isOurs`: we ended it. */
  ended(isOurs: boolean): void
}
