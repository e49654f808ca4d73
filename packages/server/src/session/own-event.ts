import { textFrame, writeFrame } from '../direct-frame.ts'
import type { AnyNamespace, AnySocket } from '../socket-types.ts'

/** socket.io-parser's number for an event; socket.io does not export it. */
const EVENT_PACKET = 2

/** The call that a plain emit ends in. */
interface Insides {
  packet(packet: { type: number; data: readonly unknown[] }, options: PacketOptions): void
}

interface PacketOptions {
  readonly volatile?: boolean
  /** There are binaries in the arguments. */
  readonly binary?: boolean
}

/** Encoders by whether they write plain events as socket.io-parser does. */
const plain = new WeakMap<object, boolean>()

/** Whether a namespace's packets are written as socket.io-parser writes them. */
function isPlain({ server: { encoder } }: AnyNamespace): boolean {
  let known = plain.get(encoder)
  if (known === undefined) {
    const [probe] = encoder.encode({ type: EVENT_PACKET, data: ['probe'], nsp: '/' })
    known = probe === `${EVENT_PACKET}["probe"]`
    plain.set(encoder, known)
  }
  return known
}

/**
 * The packet of an event of a namespace whose data is encoded already;
 * undefined where the host uses another parser, and the packet has to be left
 * to it.
 */
export function textPacket(namespace: AnyNamespace, json: string): string | undefined {
  if (!isPlain(namespace)) return undefined
  return namespace.name === '/' ? `${EVENT_PACKET}${json}` : `${EVENT_PACKET}${namespace.name},${json}`
}

/**
 * Emits an event of the suite on a socket, around connection state recovery,
 * which would send it again on another connection, and around the listeners
 * for outgoing events: they may not see a token (SES-1). Nothing is sent while
 * the socket is down. No event ends in a text: a client of Socket.IO's would
 * take it for the offset that its recovery begins at.
 */
export function emitOwn(
  socket: AnySocket,
  event: string,
  args: readonly unknown[],
  options: PacketOptions = {},
): void {
  if (!socket.connected) return
  const data = typeof args.at(-1) === 'string' ? [event, ...args, null] : [event, ...args]
  if (options.binary !== true) {
    const packet = textPacket(socket.nsp, JSON.stringify(data))
    if (packet !== undefined && writeFrame(socket.conn, textFrame(packet))) return
  }
  const { packet } = socket as unknown as Insides
  packet.call(socket, { type: EVENT_PACKET, data }, { volatile: options.volatile ?? false })
}
