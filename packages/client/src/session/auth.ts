import { type Announcement, AUTH_KEY } from '@socket-star/protocol/session'
import type { Wire } from '../wire.ts'

/** The announcement in what a socket asks for its namespace with. */
export interface Announcing {
  /** Whether it was sent since the last question. */
  announced(): boolean
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
  let asked = false
  if (packets)
    socket.packet = (sent) => {
      const asks = sent.type === CONNECT_PACKET
      asked ||= asks
      packet?.call(socket, asks ? { ...sent, data: { ...sent.data, [AUTH_KEY]: announce() } } : sent)
    }
  return {
    announced() {
      const announced = asked
      asked = false
      return announced
    },
    undo() {
      if (packets) socket.packet = packet
    },
  }
}
