import { SOCKET_IO_EVENTS } from '@socket-star/protocol/session'
import {
  MAX_CONNECTS_AT_ONCE,
  MAX_NAMESPACE_LENGTH,
  MAX_PACKET_ARGUMENTS,
  MAX_SOCKETS_PER_CONNECTION,
  MAX_UNREAD_CONNECTS,
} from '../limits.ts'

/** A decoded packet, as far as it is looked at. Nothing in it is sure: some parsers hand over what they were sent. */
interface Packet {
  readonly type?: unknown
  readonly nsp?: unknown
  readonly id?: unknown
  readonly data?: unknown
}

/** The packet types of Socket.IO's protocol. */
const CONNECT = 0
const DISCONNECT = 1
const EVENTS: ReadonlySet<unknown> = new Set([2, 5])
const ANSWERS: ReadonlySet<unknown> = new Set([3, 6])

/** From a client they would be taken for the socket's own. */
const RESERVED_NAMES: ReadonlySet<unknown> = new Set(SOCKET_IO_EVENTS)

/** A namespace that is called the same whoever reads it. */
const PLAIN_NAME = /^[\w./~-]*$/

/** A packet that no honest client sends. */
export class PacketFault extends Error {}

/**
 * The check of one connection's packets: throws {@link PacketFault} for one
 * that Socket.IO could not deliver. What it does not catch is what
 * Socket.IO's own parser never lets through, and others do.
 *
 * @param isBehind whether more waits for the connection than it should leave there
 * @param namesAreUrls one namespace has many names there, as in Engine.IO 3
 */
export function createPacketCheck(isBehind: () => boolean, namesAreUrls: boolean): (packet: unknown) => void {
  let connects = 0
  let unread = 0
  /** Sockets that it has or may get: what a middleware is at work on costs as much, and those of no star, too. */
  let open = 0
  /** The namespaces that were left in this turn: Socket.IO takes it for no fault when one is left twice before it is gone. */
  const left = new Set<string>()
  const countConnect = (): void => {
    if (connects === 0) {
      setImmediate(() => {
        connects = 0
      })
    }
    connects += 1
    if (connects > MAX_CONNECTS_AT_ONCE) throw new PacketFault('too many namespaces at once')
    open += 1
    if (open > MAX_SOCKETS_PER_CONNECTION) throw new PacketFault('too many namespaces')
    unread = isBehind() ? unread + 1 : 0
    if (unread > MAX_UNREAD_CONNECTS) throw new PacketFault('too many namespaces, and no answer is read')
  }
  const countLeave = (namespace: string): void => {
    if (left.has(namespace) || (namesAreUrls && !PLAIN_NAME.test(namespace))) return
    if (left.size === 0) setImmediate(() => left.clear())
    left.add(namespace)
    open -= 1
  }
  return (packet) => {
    const { type, nsp, id, data } = (packet ?? {}) as Packet
    if (typeof nsp !== 'string') throw new PacketFault('a packet of no namespace')
    if (id !== undefined && typeof id !== 'number') throw new PacketFault('an id that is no number')
    if (nsp.length > MAX_NAMESPACE_LENGTH) throw new PacketFault('a namespace that nobody has')
    if (type === CONNECT) countConnect()
    else if (type === DISCONNECT) countLeave(nsp)
    if (EVENTS.has(type)) checkEvent(data)
    else if (ANSWERS.has(type)) checkArguments(data)
  }
}

/** A name of another type is turned into text to find its listeners, and may throw while it is. */
function checkEvent(data: unknown): void {
  checkArguments(data)
  if (!Array.isArray(data) || data.length === 0) return
  const name: unknown = data[0]
  const isName = typeof name === 'string' || typeof name === 'number'
  if (!isName || RESERVED_NAMES.has(name)) throw new PacketFault('an event of no name, or of a reserved one')
}

/** They are handed over by `apply`: more of them overflow the stack, outside of any handler's reach. */
function checkArguments(data: unknown): void {
  if (data === undefined) return
  if (!Array.isArray(data)) throw new PacketFault('arguments that are no list')
  if (data.length > MAX_PACKET_ARGUMENTS) throw new PacketFault('too many arguments')
}
