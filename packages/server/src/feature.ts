import type { AnySocket } from './socket-types.ts'

/** One thing that a star does for the sockets of its namespace, such as the rendezvous. */
export interface Feature {
  /** A socket of the namespace connected, or was recovered. */
  attach(socket: AnySocket): void
  /** Lets go of every socket and timer. */
  close(): void
}
