import { type Announcement, AUTH_KEY } from '@socket-star/protocol/session'
import type { Wire } from '../wire.ts'

/** socket.io-parser's number for what asks for a namespace. */
const CONNECT_PACKET = 0

/**
 * Puts the announcement beside whatever the application's `auth` says then
 * (PROTOCOL.md SES-2), where it leaves: `auth` itself is not touched. A socket
 * of socket.io-client 2 sends no `auth`, and announces nothing. The answer
 * gives the socket its own ways back.
 */
export function announceInAuth({ socket, packets }: Wire, announce: () => Announcement): () => void {
  const { packet } = socket
  if (packets) {
    socket.packet = (sent) => {
      if (sent.type === CONNECT_PACKET) sent.data = { ...sent.data, [AUTH_KEY]: announce() }
      packet?.call(socket, sent)
    }
  }
  return () => {
    if (packets) socket.packet = packet
  }
}
