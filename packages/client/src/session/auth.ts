import { type Announcement, AUTH_KEY } from '@socket-star/protocol/session'
import type { Wire } from '../wire.ts'

/** The announcement in what a socket asks for its namespace with. */
export interface Announcing {
  /** Whether a connection was asked for with it: so is every later one. */
  readonly announced: boolean
  /** Gives the socket its own ways back. */
  undo(): void
}

/** socket.io-parser's number for what asks for a namespace. */
const CONNECT_PACKET = 0

/**
 * Puts the announcement beside whatever the application's `auth` says then
 * (PROTOCOL.md SES-2), where it leaves: `auth` itself is not touched. A socket
 * of socket.io-client 2 sends no `auth`, and announces nothing.
 */
export function announceInAuth({ socket, packets }: Wire, announce: () => Announcement): Announcing {
  const { packet } = socket
  const announcing = {
    announced: false,
    undo() {
      if (packets) socket.packet = packet
    },
  }
  if (packets)
    socket.packet = (sent) => {
      const asks = sent.type === CONNECT_PACKET
      announcing.announced ||= asks
      packet?.call(socket, asks ? { ...sent, data: { ...sent.data, [AUTH_KEY]: announce() } } : sent)
    }
  return announcing
}
