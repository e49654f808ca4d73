import type { Connection } from './socket-types.ts'

/** What of Engine.IO's and ws' insides a frame is written through, each part checked before it is used. */
interface Insides {
  readonly readyState?: unknown
  readonly upgrading?: unknown
  readonly writeBuffer?: { readonly length?: unknown }
  readonly transport?: {
    readonly name?: unknown
    readonly writable?: unknown
    readonly perMessageDeflate?: unknown
    readonly socket?: {
      readonly readyState?: unknown
      readonly _sender?: { sendFrame?: (parts: Buffer[]) => void }
    }
  }
}

/** Engine.IO's mark of a message, the first character of every packet. */
const MESSAGE = '4'
/** ws' state of a connection that can be written to. */
const OPEN = 1
const FINAL_TEXT = 0x81
const LENGTH_16 = 126
const LENGTH_64 = 127

/** A whole WebSocket frame, header and all, that carries an encoded Socket.IO packet from a server. */
export function textFrame(packet: string): Buffer {
  const payload = Buffer.byteLength(packet) + MESSAGE.length
  const header = payload < LENGTH_16 ? 2 : payload <= 0xffff ? 4 : 10
  const frame = Buffer.allocUnsafe(header + payload)
  frame[0] = FINAL_TEXT
  if (header === 2) frame[1] = payload
  else if (header === 4) {
    frame[1] = LENGTH_16
    frame.writeUInt16BE(payload, 2)
  } else {
    frame[1] = LENGTH_64
    frame.writeBigUInt64BE(BigInt(payload), 2)
  }
  frame.write(MESSAGE + packet, header)
  return frame
}

/**
 * Hands a frame straight to a connection's WebSocket: half of what a write
 * through Engine.IO costs the process. Only where nothing waits in Engine.IO,
 * so that order holds, and nothing would change the frame; false, and nothing
 * written, everywhere else (long-polling, compression, another transport).
 */
export function writeFrame(connection: Connection, frame: Buffer): boolean {
  const { readyState, upgrading, writeBuffer, transport } = connection as unknown as Insides
  if (readyState !== 'open' || upgrading === true || writeBuffer?.length !== 0) return false
  if (transport?.name !== 'websocket' || transport.writable !== true || transport.perMessageDeflate)
    return false
  const sender = transport.socket?._sender
  if (transport.socket?.readyState !== OPEN) return false
  if (typeof sender?.sendFrame !== 'function') return false
  sender.sendFrame([frame])
  return true
}
