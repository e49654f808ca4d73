import type { AnySocket } from '../socket-types.ts'

/** socket.io-parser's number for an event; socket.io does not export it. */
const EVENT_PACKET = 2

/** The call that a plain emit ends in. */
interface Insides {
  packet(packet: { type: number; data: readonly unknown[] }, options: PacketOptions): void
}

interface PacketOptions {
  readonly compress?: boolean
  readonly volatile?: boolean
}

/**
 * Emits an event of the suite on a socket, around connection state recovery,
 * which would send it again on another connection, and around the listeners
 * for outgoing events: they may not see a token (SES-1). Nothing is sent while
 * the socket is down.
 */
export function emitOwn(
  socket: AnySocket,
  event: string,
  args: readonly unknown[],
  options: PacketOptions = {},
): void {
  if (!socket.connected) return
  const { packet } = socket as unknown as Insides
  packet.call(socket, { type: EVENT_PACKET, data: [event, ...args] }, { ...options })
}
